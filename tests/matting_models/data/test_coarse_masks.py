import cv2
import numpy as np
import pytest

from matting_models.data import coarse_masks
from matting_models.data.coarse_masks import SHARES, coarsen
from tests.matting_models.data.conftest import disc, rng


@pytest.fixture
def only(monkeypatch: pytest.MonkeyPatch):  # type: ignore[no-untyped-def]
    """Leaves one kind."""
    return lambda kind: monkeypatch.setattr(coarse_masks, "SHARES", {kind: 1.0})


def haired() -> np.ndarray:
    """A disc of radius 40 with 40 hairs, 30 px long and 2 px wide, and a hole."""
    alpha = np.zeros((200, 200), np.uint8)
    cv2.circle(alpha, (100, 100), 40, 255, -1)
    for turn in np.linspace(0, 2 * np.pi, 40, endpoint=False):
        end = (round(100 + 70 * np.cos(turn)), round(100 + 70 * np.sin(turn)))
        cv2.line(alpha, (100, 100), end, 255, 2)
    cv2.circle(alpha, (100, 100), 8, 0, -1)
    return alpha


def masks(alpha: np.ndarray, count: int = 12) -> list[np.ndarray]:
    return [coarsen(alpha, rng(seed)) for seed in range(count)]


def test_shares_are_all_there_is() -> None:
    assert sum(SHARES.values()) == pytest.approx(1)


@pytest.mark.parametrize("kind", SHARES)
def test_every_kind_gives_a_mask_of_the_object(only, kind: str) -> None:  # type: ignore[no-untyped-def]
    only(kind)
    alpha = haired()
    exact = alpha > 127
    for mask in masks(alpha):
        assert (mask.shape, mask.dtype) == ((200, 200), np.uint8)
        assert set(np.unique(mask)) == {0, 1}
        assert mask[70:80, 95:105].all()
        assert mask.sum() > 0.3 * exact.sum()


def test_the_generator_decides() -> None:
    alpha = haired()
    assert all((coarsen(alpha, rng(seed)) == coarsen(alpha, rng(seed))).all() for seed in range(20))
    assert len({mask.tobytes() for mask in masks(alpha, 20)}) > 15


def test_hair_is_cut_off_and_a_hull_goes_around_it(only) -> None:  # type: ignore[no-untyped-def]
    rows, columns = np.mgrid[:200, :200]
    radius = np.hypot(rows - 100, columns - 100)
    ring = (radius > 52) & (radius < 64)
    only("hair cut off")
    assert np.median([mask[ring].mean() for mask in masks(haired())]) < 0.05 < (haired()[ring] > 127).mean()
    only("hull")
    assert max(mask[ring].mean() for mask in masks(haired())) > (haired()[ring] > 127).mean() + 0.05


@pytest.mark.parametrize(("hairs", "blur"), [(False, 3), (False, 6), (True, 2)])
def test_masks_are_as_often_too_small_as_too_large(hairs: bool, blur: float) -> None:
    """Soft edges must not make them so: an edge's outer half is no part of a mask."""
    alpha = haired() if hairs else disc(200, 200, 50)
    alpha = cv2.GaussianBlur(alpha, (0, 0), blur)
    too_large = too_small = 0
    for seed in range(150):
        wrong = coarsen(alpha, rng(seed)) - alpha / 255
        too_large, too_small = too_large + wrong.clip(0).sum(), too_small - wrong.clip(None, 0).sum()
    assert 0.5 < too_large / too_small < 1.6


def test_mask_heads_have_cells(only) -> None:  # type: ignore[no-untyped-def]
    only("mask head")
    checks = np.zeros((300, 300), np.uint8)
    checks[20:280, 20:280] = 255
    checks[40:44, 20:280] = 0  # less than half of a cell of 260 / 28 and most of one of 260 / 56
    open_slits = {bool((mask[36:48, 150] == 0).any()) for mask in masks(checks, 30)}
    assert open_slits == {True, False}


def test_holes_near_the_edge_are_filled_in_some_masks_and_deep_ones_in_none(only) -> None:  # type: ignore[no-untyped-def]
    only("exact")
    alpha = np.zeros((200, 200), np.uint8)
    cv2.circle(alpha, (100, 100), 60, 255, -1)
    for column in (152, 100):  # 11 and 60 pixels from the edge; 2.5 u are 13
        cv2.circle(alpha, (column, 100), 3, 0, -1)
    found = masks(alpha, 20)
    assert {int(mask[100, 152]) for mask in found} == {0, 1}
    assert {int(mask[100, 100]) for mask in found} == {0}


def test_glass_is_masked_whole_and_the_tips_of_hair_are_not() -> None:
    alpha = np.zeros((120, 120), np.uint8)
    alpha[20:80, 20:80] = 60  # a pane
    alpha[20:80, 20:24] = 255  # with one opaque edge
    alpha[50, 80:110] = 100  # and a hair
    found = masks(alpha, 20)
    assert np.mean([mask[30:70, 35:65].mean() for mask in found]) > 0.95
    assert np.mean([mask[50, 100] for mask in found]) < 0.3


def test_nothing_and_everything() -> None:
    empty = np.full((20, 30), 25, np.uint8)
    assert all(not mask.any() for mask in masks(empty))
    full = np.full((20, 30), 255, np.uint8)
    assert all(mask.sum() > 0.3 * 600 for mask in masks(full, 40))


def test_specks_stay() -> None:
    speck = np.zeros((9, 9), np.uint8)
    speck[4, 4] = 200
    assert all(mask.any() for mask in masks(speck, 40))


def test_polygons_keep_most_of_a_disc(only) -> None:  # type: ignore[no-untyped-def]
    only("polygon")
    alpha = disc(200, 300, 60)
    exact = alpha > 127
    for mask in masks(alpha):
        assert ((mask > 0) & exact).sum() / ((mask > 0) | exact).sum() > 0.85
