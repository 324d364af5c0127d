"""Foreground colours: known blends come apart again."""

import subprocess
import sys

import numpy as np
import pytest
from numpy.typing import NDArray

from pipelines.labelling import foreground
from pipelines.labelling.foreground import cutout, estimate_foreground, warm_up

RED, GREEN = np.array([200, 40, 30], np.uint8), np.array([20, 220, 60], np.uint8)


def _blend(side: int = 96, ramp: int = 12) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """A red disc on green whose rim is ``ramp`` pixels wide, and its alpha."""
    y, x = np.mgrid[:side, :side]
    distance = np.hypot(y - side / 2, x - side / 2)
    alpha = np.clip((side / 3 - distance) / ramp + 0.5, 0, 1).astype(np.float32)
    image = alpha[..., None] * RED + (1 - alpha[..., None]) * GREEN
    return np.rint(image).astype(np.uint8), alpha


def _green_excess(rgba: NDArray[np.uint8], rim: NDArray[np.bool_]) -> float:
    """Mean error of the rim's colours, weighted as seen on a new background: by alpha."""
    weight = rgba[..., 3][rim] / 255
    error = np.abs(rgba[..., :3][rim].astype(float) - RED).mean(axis=-1)
    return float((weight * error).sum() / weight.sum())


def test_a_blend_comes_apart() -> None:
    image, alpha = _blend()
    colours = estimate_foreground(image, alpha)
    assert colours.dtype == np.uint8 and colours.shape == image.shape
    assert np.abs(colours[alpha > 0.1].astype(int) - RED).max() <= 8


def test_no_halo_unlike_the_naive_cutout() -> None:
    image, alpha = _blend()
    rim = (alpha > 0.02) & (alpha < 0.98)
    naive = np.dstack([image, np.rint(alpha * 255).astype(np.uint8)])
    assert _green_excess(naive, rim) > 25
    assert _green_excess(cutout(image, alpha), rim) < 2


def test_composite_over_the_old_background_gives_the_photo_back() -> None:
    image, alpha = _blend()
    rgba = cutout(image, alpha)
    again = rgba[..., :3] * alpha[..., None] + GREEN * (1 - alpha[..., None])
    assert np.abs(again - image).max() <= 4


def test_opaque_pixels_keep_the_photo() -> None:
    rng = np.random.default_rng(0)
    image = rng.integers(0, 256, (40, 50, 3), np.uint8)
    alpha = np.clip(rng.normal(0.5, 1, (40, 50)), 0, 1).astype(np.float32)
    assert np.array_equal(estimate_foreground(image, alpha)[alpha == 1], image[alpha == 1])


def test_cutout_is_all_zero_where_alpha_rounds_to_zero() -> None:
    image, alpha = _blend()
    alpha[:4] = 0.001
    rgba = cutout(image, alpha)
    assert (rgba[..., 3] == 0).sum() > 1000
    assert not rgba[rgba[..., 3] == 0].any()


@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (9, 1), (2, 2), (37, 53)])
@pytest.mark.parametrize("value", [0.0, 0.001, 0.5, 1.0])
def test_constant_alpha(shape: tuple[int, int], value: float) -> None:
    image = np.random.default_rng(0).integers(0, 256, (*shape, 3), np.uint8)
    rgba = cutout(image, np.full(shape, value, np.float32))
    assert (rgba[..., 3] == round(value * 255)).all()
    if value == 1:
        assert np.array_equal(rgba[..., :3], image)
    if rgba[..., 3].max() == 0:
        assert not rgba.any()


def test_empty_picture() -> None:
    assert cutout(np.zeros((0, 5, 3), np.uint8), np.zeros((0, 5), np.float32)).shape == (0, 5, 4)


def test_inputs_are_left_alone_and_may_be_views() -> None:
    image, alpha = _blend()
    image.flags.writeable = alpha.flags.writeable = False
    expected = cutout(image, alpha)
    assert np.array_equal(
        cutout(image[::-1, ::-1], alpha[::-1, ::-1]), cutout(image[::-1, ::-1].copy(), alpha[::-1, ::-1].copy())
    )
    assert np.array_equal(cutout(image, alpha), expected)


def test_far_background_has_no_say() -> None:
    """Only the subject's box and a margin are worked on, so a large photo costs what its subject costs."""
    image, alpha = _blend()
    large, wide = np.full((400, 500, 3), 77, np.uint8), np.zeros((400, 500), np.float32)
    large[100:196, 200:296], wide[100:196, 200:296] = image, alpha
    result = estimate_foreground(large, wide)
    assert not result[:50].any() and not result[:, :100].any()
    assert np.abs(result[wide > 0.1].astype(int) - RED).max() <= 8


@pytest.mark.parametrize(
    ("image", "alpha", "message"),
    [
        (np.zeros((4, 4, 3), np.float32), np.zeros((4, 4), np.float32), r"image is float32 \(4, 4, 3\)"),
        (np.zeros((4, 4), np.uint8), np.zeros((4, 4), np.float32), r"image is uint8 \(4, 4\)"),
        (np.zeros((4, 4, 4), np.uint8), np.zeros((4, 4), np.float32), r"image is uint8 \(4, 4, 4\)"),
        (np.zeros((4, 4, 3), np.uint8), np.zeros((4, 4), np.uint8), r"alpha is uint8 \(4, 4\)"),
        (np.zeros((4, 4, 3), np.uint8), np.zeros((4, 5), np.float32), r"alpha is float32 \(4, 5\)"),
        (np.zeros((4, 4, 3), np.uint8), np.full((4, 4), 1.5, np.float32), r"alpha reaches from 1.5 to 1.5"),
        (np.zeros((4, 4, 3), np.uint8), np.full((4, 4), np.nan, np.float32), r"alpha reaches from nan to nan"),
    ],
)
def test_wrong_input_is_named(image: NDArray[np.uint8], alpha: NDArray[np.float32], message: str) -> None:
    for function in (estimate_foreground, cutout):
        with pytest.raises(ValueError, match=message):
            function(image, alpha)


def _python(code: str) -> str:
    return subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout.strip()


def test_importing_loads_nothing_that_compiles() -> None:
    code = "import sys, pipelines.labelling.foreground; print([m for m in ('numba', 'pymatting') if m in sys.modules])"
    assert _python(code) == "[]"


def test_only_the_estimator_of_pymatting_is_loaded() -> None:
    code = (
        "import sys, pipelines.labelling.foreground as f; f.warm_up()\n"
        "print(sorted(m for m in sys.modules if m.startswith('pymatting')))"
    )
    assert _python(code) == "['pymatting.foreground.estimate_foreground_ml']"


@pytest.mark.slow
@pytest.mark.parametrize("first", ["import pymatting; f.warm_up()", "f.warm_up(); import pymatting"])
def test_the_package_and_the_lone_module_are_one(first: str) -> None:
    code = f"from pipelines.labelling import foreground as f; {first}; "
    code += "print(f._estimator() is pymatting.estimate_foreground_ml)"
    assert _python(code) == "True"


def test_another_layout_of_pymatting_still_works(monkeypatch: pytest.MonkeyPatch) -> None:
    warm_up()
    module = sys.modules[foreground._MODULE]
    monkeypatch.delitem(sys.modules, foreground._MODULE)
    monkeypatch.setattr(foreground, "_load_alone", lambda: None)
    monkeypatch.setattr("importlib.import_module", {foreground._MODULE: module}.__getitem__)
    assert foreground._estimator() is module.estimate_foreground_ml
