import contextlib
import io
import sys
from pathlib import Path
from typing import Any

import cv2
import hypothesis.extra.numpy as hnp
import numpy as np
import pytest
import scipy.sparse
from hypothesis import given, settings
from hypothesis import strategies as st

from matting_models.closed_form import solver
from matting_models.closed_form.envelope_cholesky import MAX_ENTRIES, NotPositiveDefinite
from matting_models.closed_form.solver import ClosedForm, conjugate_gradients
from pipelines.labelling.trimap import make_trimap

COCO = Path(__file__).resolve().parents[4] / "shared/coco-sample"


def textured(height: int, width: int, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    coarse = rng.integers(0, 256, (height // 8 + 2, width // 8 + 2, 3)).astype(np.uint8)
    noise = rng.normal(0, 6, (height, width, 3))
    smooth = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
    return np.clip(smooth + noise, 0, 255).astype(np.uint8)


def disc_trimap(height: int, width: int, inner: float, outer: float) -> np.ndarray:
    ys, xs = np.mgrid[:height, :width]
    distance = np.hypot(ys - height / 2, xs - width / 2)
    return np.where(distance < inner, 255, np.where(distance > outer, 0, 128)).astype(np.uint8)


# ---- what it computes


def test_colour_ramp_gives_linear_alpha() -> None:
    """One colour line: alpha is linear in the colour, whatever the spacing."""
    grey = np.array([40, 40, 40, 60, 90, 100, 160, 180, 200, 200, 200], np.uint8)
    image = np.repeat(np.repeat(grey[None, :, None], 6, axis=0), 3, axis=2)
    trimap = np.repeat(np.array([[0, 0, 0, 128, 128, 128, 128, 128, 255, 255, 255]], np.uint8), 6, axis=0)
    expected = [0, 0, 0, 0.125, 0.3125, 0.375, 0.75, 0.875, 1, 1, 1]
    # The regularisation shrinks the slope by a few thousandths.
    assert np.abs(ClosedForm()(image, trimap) - expected).max() < 5e-3


def test_no_unknown_pixel() -> None:
    trimap = np.array([[0, 255], [255, 0]], np.uint8)
    alpha = ClosedForm()(np.zeros((2, 2, 3), np.uint8), trimap)
    assert alpha.dtype == np.float32
    assert alpha.tolist() == [[0, 1], [1, 0]]


def test_constant_colour_is_smooth_between_the_known_regions() -> None:
    trimap = np.repeat(np.array([[0, 0, 128, 128, 128, 255, 255]], np.uint8), 7, axis=0)
    alpha = ClosedForm()(np.full((7, 7, 3), 77, np.uint8), trimap)
    assert np.abs(alpha[:, 3] - 0.5).max() < 1e-6
    assert (np.diff(alpha, axis=1) >= 0).all()


@pytest.mark.parametrize("shape", [(1, 5), (2, 5)])
def test_image_without_windows_keeps_the_trimap(shape: tuple[int, int]) -> None:
    trimap = np.full(shape, 128, np.uint8)
    trimap[:, 0], trimap[:, -1] = 0, 255
    alpha = ClosedForm()(textured(*shape, seed=0), trimap)
    np.testing.assert_array_equal(alpha, trimap.astype(np.float32) / 255)


def test_unknown_pixels_far_from_each_other() -> None:
    trimap = np.zeros((40, 60), np.uint8)
    trimap[10:30, 10:50] = 255
    for y, x in ((0, 0), (39, 59), (20, 30), (0, 30), (10, 10)):
        trimap[y, x] = 128
    alpha = ClosedForm()(textured(40, 60, seed=1), trimap)
    assert np.isfinite(alpha).all()
    assert alpha[20, 30] == pytest.approx(1, abs=1e-4)
    assert alpha[0, 0] == pytest.approx(0, abs=1e-4)


def test_any_value_between_is_unknown() -> None:
    image, trimap = textured(30, 30, seed=2), disc_trimap(30, 30, 6, 12)
    other = trimap.copy()
    other[trimap == 128] = np.random.default_rng(0).integers(1, 255, (trimap == 128).sum())
    np.testing.assert_array_equal(ClosedForm()(image, trimap), ClosedForm()(image, other))


def test_views_and_batches_equal_single_contiguous_crops() -> None:
    image, trimap = textured(50, 70, seed=3), disc_trimap(50, 70, 10, 18)
    backend = ClosedForm()
    whole = backend(image, trimap)
    crop = np.s_[4:47, 14:57]
    first, second = backend.batch([image[crop], image], [trimap[crop], trimap])
    np.testing.assert_array_equal(first, whole[crop])
    np.testing.assert_array_equal(second, whole)


@settings(max_examples=40, deadline=None)
@given(
    image=hnp.arrays(np.uint8, st.tuples(st.integers(3, 9), st.integers(3, 9), st.just(3))),
    values=st.data(),
)
def test_properties(image: np.ndarray, values: st.DataObject) -> None:
    trimap = values.draw(hnp.arrays(np.uint8, image.shape[:2], elements=st.sampled_from([0, 128, 255])))
    trimap[0, 0], trimap[-1, -1] = 0, 255
    for backend in (ClosedForm(), ClosedForm(exact=True)):
        alpha = backend(image, trimap)
        assert alpha.dtype == np.float32
        assert ((alpha >= 0) & (alpha <= 1)).all()
        assert (alpha[trimap == 0] == 0).all()
        assert (alpha[trimap == 255] == 1).all()
    # PyMatting's rounding depends on the order of pixels, which shows in images of few colours: hence the exact one.
    for axis in (0, 1):
        flipped = ClosedForm(exact=True)(np.flip(image, axis), np.flip(trimap, axis))
        np.testing.assert_allclose(np.flip(flipped, axis), alpha, atol=1e-3)


# ---- the same as PyMatting, which compiles itself for a minute when it is first imported


def reference(image: np.ndarray, trimap: np.ndarray) -> np.ndarray:
    from pymatting.alpha.estimate_alpha_cf import estimate_alpha_cf

    scaled = np.where((trimap != 0) & (trimap != 255), 0.5, trimap / 255)
    with contextlib.redirect_stdout(io.StringIO()):
        return estimate_alpha_cf(image / 255, scaled)


def assert_matches(alpha: np.ndarray, expected: np.ndarray, trimap: np.ndarray) -> None:
    difference = np.abs(alpha - expected)[trimap == 128]
    assert np.percentile(difference, 99.9) < 1 / 255


def crop_around_unknown(trimap: np.ndarray, context: int) -> tuple[slice, slice]:
    ys, xs = np.nonzero(trimap == 128)
    rows = slice(max(0, ys.min() - context), ys.max() + context + 1)
    return rows, slice(max(0, xs.min() - context), xs.max() + context + 1)


@pytest.mark.slow
@pytest.mark.parametrize("inner, outer", [(15, 25), (30, 60), (1, 100)])
def test_equals_pymatting_on_texture(inner: float, outer: float) -> None:
    image, trimap = textured(90, 120, seed=4), disc_trimap(90, 120, inner, outer)
    trimap[0, 0] = 0
    assert_matches(ClosedForm()(image, trimap), reference(image, trimap), trimap)


@pytest.fixture(scope="module")
def coco() -> Any:
    from pycocotools.coco import COCO as Annotations

    with contextlib.redirect_stdout(io.StringIO()):
        return Annotations(str(COCO / "annotations/instances_train2017.json"))


# The first two have windows with nearly singular colours, where rounding decides; the others meet the image's borders.
@pytest.mark.slow
@pytest.mark.skipif(not COCO.is_dir(), reason="no COCO sample beside the checkout")
@pytest.mark.parametrize("person", [537183, 537446, 436389, 455475, 1206224])
def test_crops_equal_pymatting_on_whole_photographs(coco: Any, person: int) -> None:
    annotation = coco.anns[person]
    path = COCO / "images/train2017" / coco.imgs[annotation["image_id"]]["file_name"]
    image, trimap = cv2.imread(str(path))[..., ::-1], make_trimap(coco.annToMask(annotation)).values
    backend = ClosedForm()
    crop = crop_around_unknown(trimap, backend.context)
    alpha = (trimap / 255).astype(np.float32)
    alpha[crop] = backend(image[crop], trimap[crop])
    assert_matches(alpha, reference(image, trimap), trimap)
    assert backend.counts.direct == 1


# ---- when the direct solver cannot


def few_colours(seed: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    image = rng.integers(0, 256, (3, 3)).astype(np.uint8)[rng.integers(0, 3, (9, 9))]
    trimap = rng.choice([0, 128, 255], (9, 9), p=[0.1, 0.8, 0.1]).astype(np.uint8)
    trimap[0, 0], trimap[-1, -1] = 0, 255
    return image, trimap


@pytest.mark.parametrize("max_entries", [MAX_ENTRIES, pytest.param(10, marks=pytest.mark.slow)])  # 10: PyMatting's
def test_matrix_made_indefinite_by_rounding_is_reassembled(max_entries: int) -> None:
    backend, exact = ClosedForm(max_entries), ClosedForm(exact=True)
    for seed in range(400):
        crop = few_colours(seed)
        before = backend.counts.reassembled
        alpha = backend(*crop)
        if backend.counts.reassembled > before:
            np.testing.assert_allclose(alpha, exact(*crop), atol=1e-3)
    assert 0 < backend.counts.reassembled == exact.counts.direct


def test_exact_equations_give_nearly_the_same_on_texture() -> None:
    image, trimap = textured(40, 40, seed=9), disc_trimap(40, 40, 8, 15)
    exact = ClosedForm(exact=True)
    np.testing.assert_allclose(exact(image, trimap), ClosedForm()(image, trimap), atol=1e-6)
    assert exact.revision == ClosedForm().revision + "-exact"


@pytest.mark.slow
def test_too_large_for_the_exact_solver_falls_back(capsys: pytest.CaptureFixture[str]) -> None:
    image, trimap = textured(60, 60, seed=6), disc_trimap(60, 60, 10, 25)
    small = ClosedForm(max_entries=100)
    np.testing.assert_allclose(small(image, trimap), ClosedForm()(image, trimap), atol=1e-3)
    assert (small.counts.direct, small.counts.incomplete_cholesky, small.counts.jacobi) == (0, 1, 0)
    assert capsys.readouterr().out == ""


@pytest.mark.slow
def test_warnings_are_counted_not_printed(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    import pymatting

    def noisy(matrix, **options):
        print("PERFORMANCE WARNING:")
        raise ValueError("did not work")

    monkeypatch.setattr(pymatting, "ichol", noisy)
    image, trimap = textured(40, 40, seed=7), disc_trimap(40, 40, 8, 15)
    backend = ClosedForm(max_entries=100)
    np.testing.assert_allclose(backend(image, trimap), ClosedForm()(image, trimap), atol=1e-3)
    assert (backend.counts.jacobi, backend.counts.warnings) == (1, 1)
    assert capsys.readouterr().out == ""


def test_without_pymatting_the_diagonal_serves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pymatting", None)
    image, trimap = textured(40, 40, seed=8), disc_trimap(40, 40, 8, 15)
    backend = ClosedForm(max_entries=100)
    np.testing.assert_allclose(backend(image, trimap), ClosedForm()(image, trimap), atol=1e-3)
    assert backend.counts.jacobi == 1


def test_conjugate_gradients_say_when_they_fail() -> None:
    wrong = scipy.sparse.csr_matrix(np.array([[0.0, 1.0], [-1.0, 0.0]]))
    with pytest.raises(NotPositiveDefinite, match=r"^the matrix of 2 unknown pixels is not positive definite$"):
        conjugate_gradients(wrong, np.array([1.0, 0.0]), lambda r: r)


def test_conjugate_gradients_give_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(solver, "CG_MAX_ITERATIONS", 1)
    with pytest.raises(RuntimeError, match=r"^closed-form matting of 2 unknown pixels did not converge$"):
        conjugate_gradients(scipy.sparse.diags([1.0, 9.0]), np.ones(2), lambda r: r)


def test_conjugate_gradients_solve() -> None:
    matrix = scipy.sparse.csr_matrix(np.array([[4.0, 1.0], [1.0, 3.0]]))
    np.testing.assert_allclose(conjugate_gradients(matrix, np.array([1.0, 2.0]), lambda r: r), [1 / 11, 7 / 11])
    assert conjugate_gradients(matrix, np.zeros(2), lambda r: r).tolist() == [0, 0]


# ---- bad input

IMAGE = np.zeros((4, 5, 3), np.uint8)
TRIMAP = np.array([[0, 128, 128, 128, 255]] * 4, np.uint8)


@pytest.mark.parametrize(
    ("image", "trimap", "message"),
    [
        (IMAGE.tolist(), TRIMAP, "image is a list, expected a NumPy array"),
        (IMAGE[..., 0], TRIMAP, "image has shape (4, 5), expected (H, W, 3)"),
        (IMAGE.astype(np.float32), TRIMAP, "image has dtype float32, expected uint8"),
        (IMAGE, None, "trimap is a NoneType, expected a NumPy array"),
        (IMAGE, TRIMAP[1:], "trimap has shape (3, 5), expected (4, 5) as the image"),
        (IMAGE, TRIMAP / 255, "trimap has dtype float64, expected uint8"),
        (IMAGE, np.minimum(TRIMAP, 200), "trimap has no known foreground, expected at least one pixel of value 255"),
        (IMAGE, np.maximum(TRIMAP, 9), "trimap has no known background, expected at least one pixel of value 0"),
    ],
)
def test_bad_crops(image, trimap, message: str) -> None:
    with pytest.raises(ValueError) as caught:
        ClosedForm()(image, trimap)
    assert str(caught.value) == message


def test_bad_batch() -> None:
    with pytest.raises(ValueError, match=r"^batch has 2 images and 1 trimaps, expected as many of each$"):
        ClosedForm().batch([IMAGE, IMAGE], [TRIMAP])


# ---- with a prior


def test_a_prior_draws_unknown_pixels_to_it() -> None:
    """The minimum of a^T L a + sum w (a - prior)^2, against a dense solver."""
    image, trimap = textured(12, 14, 3), disc_trimap(12, 14, 2, 5)
    prior, weight = np.random.default_rng(0).random((2, 12, 14)).astype(np.float32)
    system = solver.reduced_system(image, trimap)
    weights = weight[system.ys, system.xs]
    matrix = solver.to_csr(system).toarray() + np.diag(weights)
    expected = np.clip(np.linalg.solve(matrix, system.rhs + weights * prior[system.ys, system.xs]), 0, 1)
    alpha = ClosedForm().with_prior(image, trimap, prior, weight)
    assert alpha[system.ys, system.xs] == pytest.approx(expected, abs=1e-5)
    assert (alpha[trimap == 0] == 0).all()
    assert (alpha[trimap == 255] == 1).all()


def test_a_heavy_prior_is_the_alpha_and_a_light_one_changes_nothing() -> None:
    image, trimap = textured(20, 30, 4), disc_trimap(20, 30, 4, 9)
    prior = np.full((20, 30), 0.3, np.float32)
    assert ClosedForm().with_prior(image, trimap, prior, 1e9)[trimap == 128] == pytest.approx(0.3, abs=1e-4)
    plain = ClosedForm()(image, trimap)
    assert ClosedForm().with_prior(image, trimap, prior, 1e-12) == pytest.approx(plain, abs=1e-3)
