import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from pipelines.errors import UserError
from pipelines.propagation.prompts import parse_box, parse_points, spread_points

masks = hnp.arrays(np.bool_, hnp.array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=24)).filter(
    lambda m: bool(m.any())
)


@pytest.mark.parametrize(
    ("text", "points", "positive"),
    [
        ("120,80", [[120, 80]], [True]),
        ("120,80 200,150:-", [[120, 80], [200, 150]], [True, False]),
        ("1,2:+  3,4:-\n5,6", [[1, 2], [3, 4], [5, 6]], [True, False, True]),
        ("-0.5,1.25", [[-0.5, 1.25]], [True]),
        ("+3,1e2:-", [[3, 100]], [False]),
        (" 1E1,.5 ", [[10, 0.5]], [True]),
    ],
)
def test_points(text, points, positive) -> None:
    marks = parse_points(text)
    assert marks.points.tolist() == points and marks.positive.tolist() == positive
    assert marks.points.dtype == np.float64 and marks.positive.dtype == np.bool_


@given(
    st.lists(st.tuples(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6), st.booleans()), min_size=1, max_size=5),
    st.sampled_from([" ", "  ", "\n", "\t"]),
)
def test_written_points_come_back(given_points, space) -> None:
    marks = parse_points(space.join(f"{x!r},{y!r}{'' if on else ':-'}" for x, y, on in given_points))
    assert marks.points.tolist() == [[x, y] for x, y, _ in given_points]
    assert marks.positive.tolist() == [on for _, _, on in given_points]


NONE = "points: none given, expected x,y or x,y:- such as 120,80 200,150:-"


def no_point(word: str) -> str:
    return f"points: {word!r} is no point, expected x,y or x,y:- such as 120,80 200,150:-"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", NONE),
        (" \n", NONE),
        ("120", no_point("120")),
        ("120, 80", no_point("120,")),
        ("1,2,3", no_point("1,2,3")),
        ("1,2 3;4", no_point("3;4")),
        ("1,2:*", no_point("1,2:*")),
        ("1,2:", no_point("1,2:")),
        ("nan,2", no_point("nan,2")),
        ("1e999,2", "points: '1e999' in '1e999,2' is not a finite number"),
        ("1,--2:-", "points: '--2' in '1,--2:-' is not a finite number"),
        ("1.2.3,2", "points: '1.2.3' in '1.2.3,2' is not a finite number"),
    ],
)
def test_bad_points(text, message) -> None:
    with pytest.raises(UserError) as caught:
        parse_points(text)
    assert str(caught.value) == message


@pytest.mark.parametrize("text", ["1,2,30.5,4", "1 2 30.5 4", " 1, 2,\t30.5 ,4\n", "1e0,2,3.05e1,4"])
def test_box(text) -> None:
    assert parse_box(text) == (1, 2, 30.5, 4)


def test_box_may_begin_outside() -> None:
    assert parse_box("-5,-0.5,10,10") == (-5, -0.5, 10, 10)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("1,2,3", "box: '1,2,3' has 3 numbers, expected x,y,width,height"),
        ("1,2,3,4,5", "box: '1,2,3,4,5' has 5 numbers, expected x,y,width,height"),
        ("1,2,x,4", "box: 'x' in '1,2,x,4' is not a finite number"),
        ("1,2,inf,4", "box: 'inf' in '1,2,inf,4' is not a finite number"),
        ("nan,2,3,4", "box: 'nan' in 'nan,2,3,4' is not a finite number"),
        ("1,2,0,4", "box: '1,2,0,4' is empty, expected a width and height above 0"),
        ("1,2,3,-4", "box: '1,2,3,-4' is empty, expected a width and height above 0"),
    ],
)
def test_bad_boxes(text, message) -> None:
    with pytest.raises(UserError) as caught:
        parse_box(text)
    assert str(caught.value) == message


def test_first_point_is_the_place_farthest_from_the_edge() -> None:
    mask = np.zeros((20, 30), np.bool_)
    mask[3:10, 4:11] = True  # 7 x 7, its centre at (7, 6)
    mask[6, 11:28] = True  # with a long thin arm
    assert spread_points(mask, 1).tolist() == [[7, 6]]


def test_the_frame_is_an_edge() -> None:
    assert spread_points(np.ones((5, 9), np.bool_), 1)[0, 1] == 2
    assert spread_points(np.ones((5, 5), np.bool_), 1).tolist() == [[2, 2]]


def test_one_pixel() -> None:
    mask = np.zeros((4, 6), np.bool_)
    mask[3, 5] = True
    assert spread_points(mask, 24).tolist() == [[5, 3]]


def test_line_of_three_by_hand() -> None:
    # All pixels are 1 from the edge, so that only distances count: the first, then the farthest, then the rest.
    mask = np.zeros((3, 5), np.bool_)
    mask[1, 1:4] = True
    assert spread_points(mask, 3).tolist() == [[1, 1], [3, 1], [2, 1]]


def test_every_part_gets_points() -> None:
    mask = np.zeros((60, 90), np.bool_)
    mask[5:25, 5:25] = mask[5:25, 60:80] = mask[35:55, 30:50] = True
    points = spread_points(mask, 6)
    parts = {(y > 30, x > 45 and y < 30) for x, y in points.tolist()}
    assert len(parts) == 3


def test_points_of_a_disc_are_far_apart() -> None:
    y, x = np.mgrid[:101, :101]
    points = spread_points((x - 50) ** 2 + (y - 50) ** 2 <= 45**2, 9)
    distances = np.hypot(*(points[:, None] - points[None]).T)[~np.eye(9, dtype=bool)]
    # Nine points fit into a disc of radius 1 at 0.61 apart at best, and these keep off the edge.
    assert distances.min() >= 0.35 * 45
    assert np.hypot(*(points - 50).T).max() <= 44


@given(masks, st.integers(1, 30))
def test_points_are_distinct_and_inside(mask, count) -> None:
    points = spread_points(mask, count)
    assert points.dtype == np.float64
    assert len(points) == min(count, mask.sum())
    assert len({tuple(p) for p in points.tolist()}) == len(points)
    columns, rows = points.astype(int).T
    assert (points == np.rint(points)).all() and mask[rows, columns].all()


@given(masks, st.integers(1, 10), st.integers(0, 7), st.integers(0, 7))
def test_points_move_with_the_mask(mask, count, right, down) -> None:
    moved = np.pad(mask, [(down + 1, 1), (right + 1, 1)])
    still = np.pad(mask, 1)
    assert (spread_points(moved, count) - spread_points(still, count) == [right, down]).all()


@given(masks, st.integers(1, 9), st.integers(1, 9))
def test_more_points_begin_with_the_fewer(mask, fewer, more) -> None:
    some, many = sorted([fewer, fewer + more])
    few = spread_points(mask, some)
    np.testing.assert_array_equal(spread_points(mask, many)[: len(few)], few)


def test_empty_mask() -> None:
    with pytest.raises(ValueError, match="^mask has no pixel set$"):
        spread_points(np.zeros((3, 3), np.bool_), 4)
