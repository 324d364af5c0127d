"""Degraded segmentations and true trimaps, on lines of pixels that can be counted."""

import numpy as np
import pytest
from numpy.typing import NDArray

from matting_models.networks.net_t.segmentation import (
    eroded_segmentation,
    fixed_blur,
    in_pixels,
    random_segmentation,
    true_trimap,
)


def bar(left: int, right: int, width: int = 40) -> NDArray[np.uint8]:
    """(5, width) uint8, 255 from ``left`` to before ``right``."""
    alpha = np.zeros((5, width), np.uint8)
    alpha[:, left:right] = 255
    return alpha


@pytest.mark.parametrize(("pixels", "side", "expected"), [(15, 512, 15), (15, 64, 2), (20, 1024, 40), (1, 64, 1)])
def test_pixels_go_with_the_side(pixels: int, side: int, expected: int) -> None:
    assert in_pixels(pixels, side) == expected


def test_the_true_trimap_is_15_pixels_off_on_both_sides() -> None:
    alpha = bar(20, 60, 80)
    alpha[:, 60] = 128
    # An ellipse of 15 pixels takes 7 on each side.
    expected = np.zeros(80, np.uint8)
    expected[20 - 7 : 61 + 7] = 1
    expected[20 + 7 : 60 - 7] = 2
    assert true_trimap(alpha, 512)[2].tolist() == expected.tolist()


def test_the_papers_test_erodes_foreground_and_unknown() -> None:
    classes = (bar(10, 30) // 255).astype(np.uint8)
    classes[:, 15:25] = 2
    # At 128 px, 20 pixels are 5: 2 on each side; the blur's deviation is 1.25.
    found = eroded_segmentation(classes, 128)
    assert found is not None
    assert np.array_equal(found[2] > 127, bar(12, 28)[2] > 0)
    assert found[2, 20] == 255 and 0 < found[2, 11] < 127
    assert eroded_segmentation(classes, 128, 100) is None


def test_the_frame_erodes_nothing() -> None:
    found = eroded_segmentation((bar(0, 20) // 255).astype(np.uint8), 128)
    assert found is not None
    assert found[2, 0] == 255


def test_the_blur_has_its_deviation() -> None:
    step = fixed_blur(bar(20, 40), 512)[2].astype(float) / 255
    # One deviation, 5 pixels, from the edge at 19.5: the normal distribution has 0.159 beyond.
    assert np.interp(14.5, range(40), step) == pytest.approx(0.159, abs=0.01)


def test_random_segmentations_differ_and_come_again() -> None:
    alpha = np.zeros((64, 64), np.uint8)
    alpha[20:44, 20:44] = 255
    first, second, again = (random_segmentation(alpha, 64, np.random.default_rng(seed)) for seed in (1, 2, 1))
    assert first is not None and second is not None and again is not None
    assert np.array_equal(first, again) and not np.array_equal(first, second)
    # At 64 px erosion and dilation reach 4 pixels at most, as the random band's 2 does.
    for found in (first, second):
        assert found[32, 32] > 200 and found[32, 6] == found[6, 32] == 0


def test_what_no_draw_leaves_anything_of() -> None:
    assert random_segmentation(np.zeros((64, 64), np.uint8), 64, np.random.default_rng(0)) is None
