import numpy as np
import pytest
from PIL import Image

from flows.review.mending import matte_again
from flows.review.pictures import Work, painted
from matting_models.backends import create_backend
from pipelines.labelling.matting import MattingFailed
from pipelines.report.cards import Frame
from pipelines.report.pictures import PictureError


def two_colours() -> np.ndarray:
    """Left half dark, right half bright."""
    photo = np.full((40, 60, 3), 30, np.uint8)
    photo[:, 30:] = 220
    return photo


def band(left: int, right: int) -> np.ndarray:
    """Background, unknown between the columns, foreground."""
    trimap = np.full((40, 60), 128, np.uint8)
    trimap[:, :left], trimap[:, right:] = 0, 255
    return trimap


@pytest.mark.parametrize("backend", [create_backend("closed-form"), None], ids=["trimaps", "masks"])
def test_the_photo_decides_what_was_opened(backend: object) -> None:
    wrong = np.where(band(10, 10) == 255, 255, 0).astype(np.uint8)  # the machine's matte reached 20 columns too far
    alpha = matte_again(backend, two_colours(), band(6, 40), band(10, 10), wrong)  # type: ignore[arg-type]
    assert alpha.dtype == np.uint8 and alpha[:, :28].max() < 30 and alpha[:, 32:].min() > 225


def test_what_is_painted_known_is_exact() -> None:
    mended = band(6, 40)
    mended[5, 20], mended[8, 35] = 255, 0
    alpha = matte_again(create_backend("closed-form"), two_colours(), mended, band(6, 40), np.zeros((40, 60), np.uint8))
    assert (alpha[mended == 255] == 255).all() and (alpha[mended == 0] == 0).all()


@pytest.mark.parametrize("opened", [False, True])
def test_the_machines_alpha_counts_where_colours_say_nothing(opened: bool) -> None:
    plain, trimap = np.full((40, 60, 3), 100, np.uint8), band(6, 54)
    if opened:
        trimap[20, 6] = 0
    low, high = (
        matte_again(None, plain, band(6, 54), trimap, np.full((40, 60), level, np.uint8)) for level in (0, 255)
    )
    assert (high[:, 20:40] > low[:, 20:40] + 20).all()


def test_a_backend_sees_as_much_around_the_unknown_as_it_asks_for() -> None:
    class Half:
        context = 3

        def __call__(self, image: np.ndarray, levels: np.ndarray) -> np.ndarray:
            assert image.shape == (40, 16, 3)
            return np.full(levels.shape, 0.5, np.float32)

    mended = band(20, 30)
    alpha = matte_again(Half(), two_colours(), mended, mended, mended)  # type: ignore[arg-type]
    np.testing.assert_array_equal(alpha, mended)  # 127.5 is 128


def test_a_trimap_without_unknown_is_its_own_matte() -> None:
    mended = np.where(band(30, 30) == 255, 255, 0).astype(np.uint8)
    np.testing.assert_array_equal(matte_again(None, two_colours(), mended, mended, mended), mended)


def test_known_pixels_far_from_the_unknown_ones_are_found() -> None:
    mended = np.full((40, 400), 0, np.uint8)
    mended[:, 10:14], mended[:, 398:] = 128, 255
    photo = np.full((40, 400, 3), 30, np.uint8)
    alpha = matte_again(create_backend("closed-form"), photo, mended, mended, mended)
    assert alpha[:, :398].max() == 0


@pytest.mark.parametrize("value, name", [(255, "background"), (0, "foreground")])
def test_a_trimap_needs_both(value: int, name: str) -> None:
    levels = np.full((4, 4), value, np.uint8)
    with pytest.raises(MattingFailed, match=f"the trimap has no known {name}: paint some"):
        matte_again(None, np.zeros((4, 4, 3), np.uint8), levels, levels, levels)


# ---- from the page's trimap to the photo's


def work(trimap: np.ndarray, crop: tuple[int, int, int, int], size: tuple[int, int]) -> Work:
    photo = np.zeros((*trimap.shape, 3), np.uint8)
    return Work(photo, trimap, trimap, trimap, Frame((trimap.shape[1], trimap.shape[0]), crop, size))


def test_painting_reaches_the_crop_alone() -> None:
    trimap = np.array([[0, 0, 0, 0], [0, 128, 255, 0], [0, 255, 128, 0]], np.uint8)
    shown = trimap[1:3, 1:3].copy()
    shown[0, 0] = 255
    whole = painted(work(trimap, (1, 1, 3, 3), (2, 2)), shown.tobytes())
    np.testing.assert_array_equal(whole, [[0, 0, 0, 0], [0, 255, 255, 0], [0, 255, 128, 0]])


def test_what_was_not_painted_keeps_its_pixels_where_the_page_shows_it_smaller() -> None:
    trimap = np.kron(np.array([[0, 128], [255, 0]]), np.ones((8, 8))).astype(np.uint8)
    trimap[0, 0] = 255  # lost at a quarter of the size
    shown = np.kron(np.array([[0, 128], [255, 0]]), np.ones((2, 2))).astype(np.uint8)
    shown[3, 3] = 128
    whole = painted(work(trimap, (0, 0, 16, 16), (4, 4)), shown.tobytes())
    expected = trimap.copy()
    expected[12:, 12:] = 128
    np.testing.assert_array_equal(whole, expected)


@pytest.mark.parametrize("side", [5, 7])
def test_what_was_painted_is_shown_as_it_was_painted(side: int) -> None:
    page = np.random.default_rng(0).choice(np.array([0, 128, 255], np.uint8), (4, 4))
    of = work(np.zeros((side, side), np.uint8), (0, 0, side, side), (4, 4))
    whole = painted(of, page.tobytes())
    np.testing.assert_array_equal(of.frame.shrink(whole, Image.Resampling.NEAREST), page)


@pytest.mark.parametrize("levels", [b"", bytes(3), bytes(5), bytes([0, 128, 255, 7])])
def test_another_size_or_level_is_refused(levels: bytes) -> None:
    with pytest.raises(PictureError, match="the painted trimap is not 2 x 2 times 0, 128 or 255"):
        painted(work(np.zeros((2, 2), np.uint8), (0, 0, 2, 2), (2, 2)), levels)
