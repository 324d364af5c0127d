from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import Tensor

from matting_models.data.batch import Loaded
from matting_models.data.sample import Sample
from matting_models.networks.net_m import NetM
from matting_models.networks.net_m.batch import NetMExamples
from matting_models.networks.net_m.inputs import network_inputs
from matting_models.networks.net_m.validation import judge, verdict
from tests.matting_models.data.conftest import rng


def test_scores_of_the_unknown_region_alone() -> None:
    alpha = np.zeros((40, 50), np.uint8)
    alpha[:, 20:], alpha[:, 18:20] = 255, 51
    trimap = alpha.copy()
    trimap[:, 18:20] = 128
    examples = NetMExamples(32)
    one = examples.evaluate(Sample("s", np.zeros((40, 50, 3), np.uint8), alpha, trimap), rng())
    batch = examples.collate([Loaded(one)])

    def always(value: float) -> Callable[[Tensor], Tensor]:
        return lambda planes: torch.full_like(planes[:, :1], value, dtype=torch.float32)

    judged = judge(always(0.7), batch, 1)[0]
    assert judged.scores == pytest.approx({"sad": 80 * 0.5 / 1000, "mse": 0.25, "grey_sad": 80 * 0.3 / 1000})
    assert judged.picture is not None and judged.picture.shape == (256, 1024, 3)
    overflown = judge(always(float("nan")), batch, 0)[0]
    assert np.isnan(overflown.scores["sad"]) and overflown.picture is None
    assert verdict(judged.scores).score == pytest.approx(0.04)


def test_the_padding_is_cut_off(lively: NetM) -> None:
    alpha = np.zeros((33, 45), np.uint8)
    alpha[10:20, 10:30] = 255
    examples = NetMExamples(32)
    one = examples.evaluate(Sample("s", np.zeros((33, 45, 3), np.uint8), alpha), rng())
    with torch.no_grad():
        scores = judge(lambda planes: lively(*network_inputs(planes))[1], examples.collate([Loaded(one)]), 0)[0].scores
    assert 0 < scores["sad"] < 1
