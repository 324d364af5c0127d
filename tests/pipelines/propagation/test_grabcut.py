import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from pipelines.propagation.grabcut import GrabCut
from pipelines.propagation.segmenter import Prompt, Segment

Mask = NDArray[np.bool_]
RED, BLUE = (200, 60, 40), (40, 70, 190)


def painted(mask: Mask, noise: int = 12, seed: int = 0) -> NDArray[np.uint8]:
    """Red where the mask is, blue elsewhere, with some noise."""
    plain = np.where(mask[..., None], RED, BLUE)
    return np.clip(plain + np.random.default_rng(seed).integers(-noise, noise + 1, plain.shape), 0, 255).astype(
        np.uint8
    )


def disc(height: int, width: int, x: float, y: float, radius: float) -> Mask:
    rows, columns = np.ogrid[:height, :width]
    return (columns - x) ** 2 + (rows - y) ** 2 <= radius**2


def prompt(points=(), positive=(), **rest) -> Prompt:
    return Prompt(np.array(points, np.float64).reshape(-1, 2), np.array(positive, np.bool_), **rest)


def cut(image: NDArray[np.uint8], given: Prompt) -> Segment:
    segment = GrabCut().segment(image, GrabCut().encode(image), given)
    assert segment.mask.shape == image.shape[:2] and segment.mask.dtype == np.bool_
    return segment


def iou(one: Mask, other: Mask) -> float:
    return (one & other).sum() / (one | other).sum()


DISC = disc(160, 200, 90, 80, 40)


def test_there_is_nothing_to_encode() -> None:
    assert GrabCut().encode(painted(DISC)) == {}


@pytest.mark.parametrize(("dx", "dy", "radius"), [(0, 0, 40), (6, -5, 40), (0, 0, 46), (0, 0, 34)])
def test_an_outline_that_is_off(dx, dy, radius) -> None:
    outline = disc(160, 200, 90 + dx, 80 + dy, radius)
    segment = cut(painted(DISC), prompt(outline=outline, outline_error=9.0))
    assert iou(segment.mask, DISC) > 0.97
    assert segment.quality == pytest.approx(iou(segment.mask, outline))
    assert segment.agreement == 1


def test_what_is_far_from_the_outline_stays_out() -> None:
    # Another disc of the same colour.
    image = painted(DISC | disc(160, 200, 170, 30, 20))
    segment = cut(image, prompt(outline=DISC, outline_error=4.0))
    assert iou(segment.mask, DISC) > 0.97


def test_large_images_are_cut_at_a_smaller_size() -> None:
    large = disc(900, 1200, 500, 450, 330)
    segment = cut(painted(large), prompt(outline=disc(900, 1200, 515, 440, 330), outline_error=25.0))
    assert iou(segment.mask, large) > 0.98


def test_a_box() -> None:
    segment = cut(painted(DISC), prompt(box=(45, 35, 90, 90)))
    assert iou(segment.mask, DISC) > 0.97
    assert segment.quality == 1


def test_a_box_with_points() -> None:
    # The box holds two discs; the points say which.
    left, right = disc(120, 200, 60, 60, 25), disc(120, 200, 140, 60, 25)
    given = prompt([(60, 60), (140, 60)], [True, False], box=(30, 30, 140, 60))
    segment = cut(painted(left | right), given)
    assert segment.mask[60, 60] and not segment.mask[60, 140]
    assert segment.agreement == 1 and not (segment.mask & ~(left | right)).sum() > 60


def test_points_alone_with_a_negative_one() -> None:
    left, right = disc(120, 200, 60, 60, 25), disc(120, 200, 140, 60, 25)
    segment = cut(painted(left | right), prompt([(60, 60), (140, 60)], [True, False]))
    assert segment.agreement == 1
    assert iou(segment.mask & ~right, left) > 0.9


def test_one_point_alone() -> None:
    segment = cut(painted(DISC), prompt([(80, 85)], [True]))
    assert iou(segment.mask, DISC) > 0.95


@pytest.mark.parametrize("given", [prompt(), prompt([(3, 3)], [False])], ids=["empty", "negative"])
def test_no_prompt(given) -> None:
    with pytest.raises(ValueError) as caught:
        cut(painted(DISC), given)
    expected = "prompt has neither a positive point nor a box nor an outline, expected one of them"
    assert str(caught.value) == expected


@pytest.mark.parametrize("given", [prompt(), prompt([(3, 3)], [False])], ids=["alone", "with a negative point"])
def test_an_empty_outline_is_no_prompt(given) -> None:
    with pytest.raises(ValueError) as caught:
        cut(painted(DISC), Prompt(given.points, given.positive, None, np.zeros_like(DISC)))
    expected = "prompt has neither a positive point nor a box nor an outline, expected one of them"
    assert str(caught.value) == expected


def test_an_empty_outline_with_a_point_is_the_point() -> None:
    segment = cut(painted(DISC), prompt([(80, 85)], [True], outline=np.zeros_like(DISC)))
    assert iou(segment.mask, DISC) > 0.95 and segment.quality == 0


@pytest.mark.parametrize(
    "box", [(60, 40, 20, 20), (0, 0, 10, 10), (-30, -30, 40, 40), (75, 55, 100, 100), (0, 0, 80, 60)]
)
def test_a_box_of_nothing_but_background(box) -> None:
    image = np.full((60, 80, 3), 99, np.uint8)
    mask = cut(image, prompt(box=box)).mask
    x, y, w, h = box
    outside = np.ones((60, 80), np.bool_)
    outside[max(0, y) : y + h, max(0, x) : x + w] = False
    assert not mask[outside].any()


def test_thin_parts_survive_a_band_wider_than_they_are() -> None:
    thin = disc(160, 220, 60, 80, 40)
    thin[76:84, 60:200] = True  # an arm, 8 pixels wide
    segment = cut(painted(thin), prompt(outline=thin, outline_error=12.0))
    assert segment.mask[77:83, 110:195].mean() > 0.98
    assert iou(segment.mask, thin) > 0.97


def test_thin_parts_survive_where_colours_do_not_tell() -> None:
    thin = disc(160, 220, 60, 80, 40)
    thin[76:84, 60:200] = True
    seen = thin.copy()
    seen[:, 120:160] = False  # the arm is of the background's colour here
    segment = cut(painted(seen), prompt(outline=thin, outline_error=12.0))
    assert segment.mask[79:81, 110:195].all()


def test_gaps_survive_a_band_wider_than_they_are() -> None:
    gap = np.zeros((160, 200), np.bool_)
    gap[30:130, 40:160] = True
    gap[50:110, 96:104] = False  # 8 pixels wide
    segment = cut(painted(gap), prompt(outline=gap, outline_error=12.0))
    assert segment.mask[54:106, 98:102].mean() < 0.02
    assert iou(segment.mask, gap) > 0.97


def test_pinholes_are_filled_and_holes_are_not() -> None:
    # A thousandth of the object is 5 pixels.
    holes = DISC.copy()
    holes[60, 70:72] = False
    holes[80:88, 90:98] = False
    mask = cut(painted(holes), prompt(outline=holes, outline_error=2.0)).mask
    assert mask[60, 70:72].all() and not mask[81:87, 91:97].any()


def test_specks_that_hang_on_nothing_are_dropped() -> None:
    image = painted(DISC | disc(160, 200, 165, 80, 4))
    mask = cut(image, prompt([(90, 80)], [True], box=(40, 30, 135, 100))).mask
    assert not mask[70:90, 155:175].any() and iou(mask, DISC) > 0.97


def test_points_hold_against_the_colours() -> None:
    # A patch of the background's colour in the object, marked as object.
    image = painted(DISC & ~disc(160, 200, 90, 80, 6))
    segment = cut(image, prompt([(90, 80)], [True], outline=DISC, outline_error=60.0))
    assert segment.mask[80, 90] and segment.agreement == 1


def test_same_bytes_on_repetition() -> None:
    image = np.random.default_rng(3).integers(0, 256, (160, 200, 3)).astype(np.uint8)  # nothing to be sure about
    given = [
        prompt(outline=disc(160, 200, 95, 78, 41), outline_error=9.0),
        prompt(box=(40, 30, 100, 100)),
        prompt([(90, 80), (10, 10)], [True, False]),
    ]
    first = [cut(image, one).mask.tobytes() for one in given]
    for seed in (77, 78):
        cv2.setRNGSeed(seed)
        assert [cut(image, one).mask.tobytes() for one in given] == first


@pytest.mark.parametrize("turned", [False, True], ids=["row", "column"])
@pytest.mark.parametrize("kind", ["outline", "box", "points"])
def test_one_row_or_column(kind, turned) -> None:
    mask = np.zeros((1, 200), np.bool_)
    mask[0, 80:130] = True
    image = painted(mask)
    given = {
        "outline": prompt(outline=mask, outline_error=3.0),
        "box": prompt(box=(75, 0, 60, 1)),
        "points": prompt([(100, 0)], [True]),
    }[kind]
    if turned:
        image, mask = image.swapaxes(0, 1), mask.T
        box = given.box and (given.box[1], given.box[0], given.box[3], given.box[2])
        given = Prompt(given.points[:, ::-1], given.positive, box, mask if kind == "outline" else None, 3.0)
    found = cut(image, given).mask
    assert found[mask].any() and not found[~mask].any()
    if kind != "points":  # along one row, every place is as near to the frame as can be
        assert iou(found, mask) > 0.9


@pytest.mark.parametrize(
    ("size", "points"), [((1, 1), [(0, 0)]), ((2, 2), [(0, 0), (1, 0), (0, 1), (1, 1)]), ((1, 2), [(0, 0), (1, 0)])]
)
def test_points_on_all_of_a_tiny_image(size, points) -> None:
    segment = cut(np.full((*size, 3), 99, np.uint8), prompt(points, [True] * len(points)))
    assert segment.mask.all() and segment.agreement == 1


def test_an_outline_over_all() -> None:
    segment = cut(painted(DISC), prompt(outline=np.ones_like(DISC)))
    assert segment.mask.all() and segment.quality == 1
