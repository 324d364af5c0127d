import colorsys

import numpy as np
import pytest

from matting_models.data.colour import jitter_colour
from tests.matting_models.data.conftest import rng


def reference(image: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """The formula pixel by pixel in floating point."""
    turn, pushes = generator.integers(-40, 41), generator.uniform(-1, 1, 2)
    hsv = np.array([[colorsys.rgb_to_hsv(*(pixel / 255)) for pixel in row] for row in image])
    hsv[:, :, 0] = (hsv[:, :, 0] + turn / 360) % 1
    for channel in (1, 2):
        moved = np.abs(hsv[:, :, channel] + pushes[channel - 1] * (1.1 - hsv[:, :, channel].mean()) / 10)
        hsv[:, :, channel] = np.where(moved > 1, 2 - moved, moved)
    return 255 * np.array([[colorsys.hsv_to_rgb(*pixel) for pixel in row] for row in hsv])


@pytest.mark.parametrize("seed", range(8))
def test_agrees_with_the_formula(seed: int) -> None:
    image = np.random.default_rng(seed).integers(0, 256, (12, 13, 3), np.uint8)
    ours, exact = jitter_colour(image, rng(seed)), reference(image, rng(seed))
    assert ours.dtype == np.uint8
    # 8-bit hue has steps of 1.4 degrees.
    assert np.abs(ours - exact).max() <= 12
    assert np.abs(ours - exact).mean() < 1.5


def test_hue_turns_both_ways() -> None:
    red = np.zeros((4, 4, 3), np.uint8) + np.array([200, 40, 40], np.uint8)
    colours = {tuple(jitter_colour(red, rng(seed))[0, 0] > 60) for seed in range(60)}
    assert (True, True, False) in colours  # towards yellow
    assert (True, False, True) in colours  # towards magenta


def test_the_input_is_not_changed() -> None:
    image = np.random.default_rng(0).integers(0, 256, (8, 8, 3), np.uint8)
    before = image.copy()
    jitter_colour(image, rng())
    np.testing.assert_array_equal(image, before)
