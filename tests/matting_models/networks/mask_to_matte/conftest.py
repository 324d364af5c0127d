from pathlib import Path

import numpy as np
import pytest

from matting_models.networks.mask_to_matte.weights import read_weights, write_weights


@pytest.fixture
def other_weights(tmp_path: Path) -> Path:
    """The package's weights with its last layer changed: the network always believes in an alpha of its own, 0.5."""
    tensors = read_weights(None)[0]
    weight, bias = np.zeros_like(tensors["head.weight"]), np.zeros_like(tensors["head.bias"])
    bias[5 * 4 : 6 * 4] = 20
    write_weights(tmp_path / "other", tensors | {"head.weight": weight, "head.bias": bias})
    return tmp_path / "other"
