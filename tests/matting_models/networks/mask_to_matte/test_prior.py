import numpy as np
import pytest

from matting_models.networks.mask_to_matte.prior import prior_weight


def test_the_surer_the_network_the_more_it_weighs() -> None:
    alpha = np.array([[0.0, 0.1, 0.5, 0.9, 1.0]], np.float32)
    # 0.005 / (4 alpha (1 - alpha) + 0.02)^2
    expected = np.array([[12.5, 0.034626, 0.0048058, 0.034626, 12.5]])
    assert prior_weight(alpha) == pytest.approx(expected, rel=1e-4)
