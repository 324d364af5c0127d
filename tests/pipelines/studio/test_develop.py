from pathlib import Path

import cv2
import numpy as np
import pytest

from pipelines.errors import UserError
from pipelines.studio.develop import developed, read_pass, sides_cut, spread_colours

RED, GREEN = (1.0, 0.0, 0.0), (0.0, 1.0, 0.0)


def half_red(alpha_at_edge: float) -> tuple[np.ndarray, np.ndarray]:
    """16 x 16: left half solid red, one thin column whose colour is noise, nothing (black) right of it."""
    colour, alpha = np.zeros((16, 16, 3), np.float32), np.zeros((16, 16), np.float32)
    colour[:, :8], alpha[:, :8] = RED, 1
    colour[:, 8], alpha[:, 8] = (0.9, 0.1, 0.1), alpha_at_edge
    return colour, alpha


def test_solid_colours_stay() -> None:
    colour, alpha = half_red(0.3)
    colour[3, 3] = GREEN
    np.testing.assert_array_equal(spread_colours(colour, alpha)[:, :8], colour[:, :8])


def test_no_dark_rim_on_any_background() -> None:
    colour, alpha = half_red(0.3)
    spread = spread_colours(colour, alpha)
    assert spread[..., 0].min() > 0.85
    assert spread[..., 1:].max() < 0.1


def test_thin_pixels_take_the_weighted_mean() -> None:
    colour, alpha = np.zeros((33, 33, 3), np.float32), np.zeros((33, 33), np.float32)
    colour[16, 15], colour[16, 17] = RED, GREEN
    alpha[16, 15], alpha[16, 17] = 0.9, 0.3
    spread = spread_colours(colour, alpha)
    np.testing.assert_allclose(spread[16, 16], (0.75, 0.25, 0), atol=1e-5)  # as far from both
    np.testing.assert_allclose(spread[0, 0], (0.75, 0.25, 0), atol=0.02)  # far from both


def test_nothing_there() -> None:
    assert not spread_colours(np.zeros((8, 8, 3), np.float32), np.zeros((8, 8), np.float32)).any()


def test_alpha_is_the_exact_pass() -> None:
    colour = np.ones((4, 4, 4), np.float32)
    coverage = np.linspace(0, 1, 16, dtype=np.float32).reshape(4, 4)
    pixels = developed(colour, coverage)
    assert (pixels.dtype, pixels.shape) == (np.uint8, (4, 4, 4))
    np.testing.assert_array_equal(pixels[..., 3], np.rint(coverage * 255))
    assert (pixels[..., :3] == 255).all()


def test_a_pass_is_read(tmp_path: Path) -> None:
    bgra = np.zeros((2, 3, 4), np.uint16)
    bgra[..., 2], bgra[..., 3] = 65535, 13107
    cv2.imwrite(str(tmp_path / "a.png"), bgra)
    np.testing.assert_allclose(read_pass(tmp_path / "a.png")[1, 2], (1, 0, 0, 0.2), atol=1e-6)


def test_damaged_and_wrong_passes(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(b"\x89PNG nothing")
    with pytest.raises(UserError, match="a.png: cannot be read as a picture; expected a 16-bit RGBA PNG"):
        read_pass(path)
    cv2.imwrite(str(path), np.zeros((2, 3, 3), np.uint8))
    with pytest.raises(UserError, match=r"found uint8 of shape \(2, 3, 3\), expected a 16-bit RGBA PNG"):
        read_pass(path)


def test_sides_that_cut() -> None:
    alpha = np.zeros((20, 20), np.uint8)
    alpha[5:, 5:10] = 255
    assert sides_cut(alpha) == ["bottom"]
    alpha[:, 0] = 12  # too faint to count
    assert sides_cut(alpha) == ["bottom"]
    alpha[0, 2:18], alpha[2:, -1] = 255, 255
    assert sides_cut(alpha) == ["top", "right", "bottom"]
