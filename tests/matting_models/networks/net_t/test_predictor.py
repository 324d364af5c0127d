"""Trimaps of whole photos."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from matting_models.networks.net_t.predictor import Classified, TrimapNetwork
from matting_models.networks.saved import revision_of
from pipelines.labelling.matting import MattingFailed
from tests.matting_models.networks.net_t.conftest import save_tiny

pytestmark = pytest.mark.usefixtures("one_thread")


def inputs(height: int = 150, width: int = 220) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    image = np.random.default_rng(0).integers(0, 256, (height, width, 3), np.uint8)
    mask = np.zeros((height, width), np.uint8)
    mask[60:100, 80:110] = 1
    return image, mask


def test_a_trimap_of_the_photos_size_the_same_each_time(net_t: Path) -> None:
    network = TrimapNetwork(net_t, "cpu")
    trimap = network.trimap(*inputs())
    assert trimap.shape == (150, 220)
    assert set(np.unique(trimap)) <= {0, 128, 255}
    assert np.array_equal(trimap, TrimapNetwork(net_t, "cpu").trimap(*inputs()))
    assert network.revision == revision_of(net_t)


def test_outside_of_the_crop_is_background(tmp_path: Path) -> None:
    network = TrimapNetwork(save_tiny(tmp_path, bias=(0, 0, 3)), "cpu")
    image, mask = inputs()
    expected = np.zeros((150, 220), np.uint8)
    expected[44:116, 64:126] = 255  # 16 px around the mask
    assert np.array_equal(network.trimap(image, mask), expected)
    found = network.classify(image, mask)
    shares = torch.softmax(torch.tensor([0.0, 0.0, 3.0]), 0).tolist()
    assert [found.probability(which)[50, 70] for which in (0, 1, 2)] == pytest.approx(shares)
    assert [found.probability(which)[0, 0] for which in (0, 1, 2)] == [1, 0, 0]


def test_the_likeliest_class_is_taken_at_the_photos_size() -> None:
    small = np.zeros((3, 1, 2), np.float32)
    small[0], small[1], small[2] = [[0.6, 0.1]], [[0.3, 0.3]], [[0.1, 0.6]]
    trimap = Classified(small, np.s_[0:1, 1:5], (1, 6)).trimap()
    # Between the pixels' centres, at 1/4 and 3/4, the probabilities are mixed: 0.475 against 0.3 and 0.225.
    assert trimap.tolist() == [[0, 0, 0, 255, 255, 0]]


@pytest.mark.parametrize("shape", [(33, 500), (500, 33), (5, 5), (1, 300)])
def test_photos_of_odd_sizes(net_t: Path, shape: tuple[int, int]) -> None:
    mask = np.zeros(shape, np.bool_)
    mask[:, shape[1] // 3 : shape[1] // 2 + 1] = True
    assert TrimapNetwork(net_t, "cpu").trimap(np.zeros((*shape, 3), np.uint8), mask).shape == shape


def test_inputs_that_cannot_be_meant(net_t: Path) -> None:
    network = TrimapNetwork(net_t, "cpu")
    image, mask = inputs()
    bad: list[tuple[Any, Any, str]] = [
        (image.astype(float), mask, r"^image is \(H, W, 3\) uint8, got shape \(150, 220, 3\) and dtype float64$"),
        (image, mask[:10], r"^mask is uint8 or bool of the image's size \(150, 220\), got shape \(10, 220\)"),
        (image, 0 * mask, "^mask has no pixel set$"),
        (image, 255 * mask, "^mask holds 0 and 1, got 255$"),
    ]
    for photo, marked, message in bad:
        with pytest.raises(ValueError, match=message):
            network.trimap(photo, marked)


def test_overflow_and_full_memory_lose_one_instance(net_t: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    network = TrimapNetwork(net_t, "cpu")
    monkeypatch.setattr(network, "_probabilities", lambda *_: np.full((3, 64, 64), np.nan, np.float32))
    with pytest.raises(MattingFailed, match="not finite"):
        network.trimap(*inputs())

    def fail(*_: object) -> None:
        raise torch.OutOfMemoryError

    monkeypatch.setattr(network, "_probabilities", fail)
    with pytest.raises(MattingFailed, match="does not fit into the GPU's memory"):
        network.trimap(*inputs())


def test_bf16_is_near(net_t: Path) -> None:
    full, half = (TrimapNetwork(net_t, "cpu", p).classify(*inputs()).probability(1) for p in ("fp32", "bf16"))
    assert 0 < np.abs(full - half).mean() < 0.01


def test_weights_that_are_not_there(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"config\.json do not exist; expected a folder that training wrote"):
        TrimapNetwork(tmp_path)
