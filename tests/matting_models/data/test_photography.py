"""Composites that look like photographs."""

import numpy as np
import pytest
from numpy.typing import NDArray

from matting_models.data import photography
from matting_models.data.cutouts import Cutout, cutout_of

SIDE = 160
DISC = np.add.outer((np.arange(SIDE) - 80) ** 2, (np.arange(SIDE) - 80) ** 2) < 40**2


@pytest.fixture
def plain(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing happens by chance but noise."""
    for name in ("DEFOCUSED", "HARMONISED", "ALIKE", "EXPOSED", "COMPRESSED"):
        monkeypatch.setattr(photography, name, 0)


def _subject() -> Cutout:
    """A disc, red on its left and green on its right."""
    colour = np.zeros((SIDE, SIDE, 3), np.uint8)
    colour[:, :80, 0], colour[:, 80:, 1] = 200, 200
    return cutout_of(colour, DISC.astype(np.uint8) * np.uint8(255))


def _stripes() -> NDArray[np.uint8]:
    """Blue ones of two tones, two pixels wide."""
    background = np.zeros((SIDE, SIDE, 3), np.uint8)
    background[:, :, 2] = np.where(np.arange(SIDE) // 2 % 2, 90, 170)
    return background


def _photographed(seed: int) -> NDArray[np.float64]:
    image = photography.photograph(_subject(), _stripes(), None, np.random.default_rng(seed))
    return image.astype(np.float64)


@pytest.mark.usefixtures("plain")
def test_a_background_made_alike_takes_the_colours_of_the_parts_beside_it_and_keeps_its_texture(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(photography, "ALIKE", 1)

    image = _photographed(0)

    left, right = image[70:90, 30:39], image[70:90, 121:130]
    red, green = left.mean((0, 1)), right.mean((0, 1))
    assert red[0] > 80 > 30 > red[1]
    assert green[1] > 80 > 30 > green[0]
    plain_blue = 130
    assert max(red[2], green[2]) < 0.75 * plain_blue
    tones = left[:, :, 2].mean(0)  # of columns 30 to 38: the subject reaches from 40
    assert tones.max() - tones.min() > 65  # of 80, under noise of up to 5


@pytest.mark.usefixtures("plain")
def test_exposure_is_mostly_darker_and_keeps_what_is_brighter_brighter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(photography, "EXPOSED", 1)
    darker = 0

    for seed in range(20):
        image = _photographed(seed)
        outside = image[:20, :, 2]
        dark, bright = (outside[:, np.arange(SIDE) // 2 % 2 == odd].mean() for odd in (1, 0))
        assert 8 < dark < bright - 8
        assert 255 * (0.4 * 170 / 255) ** 1.4 - 3 < bright < 255 * (1.3 * 170 / 255) ** 0.8 + 3
        darker += bright < 170

    assert 10 <= darker < 20
