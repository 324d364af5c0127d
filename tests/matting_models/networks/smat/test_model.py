from pathlib import Path

import numpy as np
import pytest
import torch

from matting_models.errors import InputError
from matting_models.networks.smat import Box, Marked, Points, SMat
from matting_models.networks.smat.network import SMatNet
from matting_models.networks.smat.prompts import Prompt

pytestmark = pytest.mark.usefixtures("one_thread")


def photo(height: int, width: int) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    return np.random.default_rng(0).integers(0, 256, (height, width, 3), np.uint8)


def test_a_matte_of_the_photos_size_for_every_prompt(weights: Path) -> None:
    model = SMat.from_pretrained(weights, "cpu")
    image = photo(150, 130)
    marked = np.zeros((150, 130), bool)
    marked[30:90, 20:60] = True
    prompts: list[Prompt | None] = [Box((20, 30, 60, 90)), Points([(40, 60)]), Marked(marked), None]
    alphas = model.predict_each(image, prompts)
    for alpha, prompt in zip(alphas, prompts, strict=True):
        assert alpha.shape == (150, 130)
        assert alpha.dtype == np.float32
        assert 0 <= alpha.min() < alpha.max() <= 1
        assert np.allclose(alpha, model.predict(image, prompt), atol=1e-5)
    assert np.array_equal(alphas[0], alphas[2])  # the same pixels
    assert not np.allclose(alphas[0], alphas[3], atol=1e-3)


@pytest.mark.parametrize(("height", "width"), [(1, 1), (5, 40), (31, 17)])
def test_odd_sizes(height: int, width: int, weights: Path) -> None:
    alpha = SMat.from_pretrained(weights, "cpu").predict(photo(height, width), Points([(0, 0)]))
    assert alpha.shape == (height, width)


def test_half_precision(weights: Path) -> None:
    exact, half = (
        SMat.from_pretrained(weights, "cpu", precision).predict(photo(60, 70)) for precision in ("fp32", "bf16")
    )
    assert half.dtype == np.float32
    assert 0 < np.abs(half - exact).mean() < 0.02


def test_an_overflow_is_said(network: SMatNet) -> None:
    with torch.no_grad():
        network.decoder.head[3].bias.fill_(float("nan"))  # type: ignore[operator,union-attr]
    with pytest.raises(InputError, match=r"is not finite: its weights are damaged"):
        SMat(network).predict(photo(30, 30))


def test_what_is_no_photo(weights: Path) -> None:
    with pytest.raises(InputError, match=r"image has shape \(30, 30\), expected"):
        SMat.from_pretrained(weights, "cpu").predict(np.zeros((30, 30), np.uint8))
