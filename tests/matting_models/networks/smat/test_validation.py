import math

import numpy as np
import pytest
import torch

from matting_models.networks.smat.batch import Photos
from matting_models.networks.smat.network import SMatNet
from matting_models.networks.smat.validation import judge, verdict


def photos() -> Photos:
    """One, whose four prompts are four quarters of it; the truth is the first."""
    prompts = torch.zeros(4, 1, 28, 28, dtype=torch.uint8)
    for number, (top, left) in enumerate([(0, 0), (0, 14), (14, 0), (14, 14)]):
        prompts[number, :, top : top + 14, left : left + 14] = 1
    image = torch.zeros(3, 28, 28, dtype=torch.uint8)
    fields = {"sample_ids": ["a"], "skipped": [], "missing": 0}
    return Photos(images=[image], alphas=[prompts[0, 0] * 255], prompts=[prompts], **fields)


class Obedient(torch.nn.Module):
    """Gives back its prompts as alpha, or nothing finite."""

    def __init__(self, network: SMatNet, factor: float = 1) -> None:
        super().__init__()
        self.see, self._network, self._factor = network.see, network, factor

    def matte(self, seen: object, prompts: torch.Tensor) -> object:
        found = self._network.matte(seen, prompts)  # type: ignore[arg-type]
        return type(found)(prompts.float() * self._factor, found.similarity)


def test_every_prompt_is_scored_against_the_same_truth(network: SMatNet) -> None:
    (judged,) = judge(Obedient(network), photos(), 1)  # type: ignore[arg-type]
    quarter = 14 * 14 / 1000
    assert judged.scores == pytest.approx(
        {"sad_box": 0, "sad_points": 2 * quarter, "sad_scribble": 2 * quarter, "sad_none": 2 * quarter, "mse_box": 0,
         "empty_sad": quarter}
    )  # fmt: skip
    assert judged.picture is not None
    assert judged.picture.shape == (256, 6 * 256, 3)
    assert verdict(judged.scores).score == 0
    assert verdict(judged.scores).text == (
        "SAD with box 0.000, points 0.392, scribble 0.392, none 0.392 (nothing 0.196), MSE with box 0.00000"
    )


def test_what_overflows_has_no_score(network: SMatNet) -> None:
    (judged,) = judge(Obedient(network, math.nan), photos(), 1)  # type: ignore[arg-type]
    assert np.isnan(judged.scores["sad_box"])
    assert judged.picture is not None
