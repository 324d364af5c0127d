import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from pipelines.propagation.features import FeatureMap, Points, View
from pipelines.propagation.matching import Match, ReferenceObject, Target, find, peak
from tests.pipelines.propagation.planted import (
    CELL,
    COUNT,
    EMPTY,
    VECTORS,
    Labels,
    Planted,
    features_of,
    field,
    pasted,
    picture,
    pixel,
    spaced,
)

BLOCK = np.arange(1, 17).reshape(4, 4)
"""The object: 16 places, each with a label of its own, here in rows and columns."""
SPACED = spaced(BLOCK)
REFERENCE = pasted(field(16, 16, label=99), SPACED, 3, 5)
PLACES = [(3 + 2 * r, 5 + 2 * c) for r in range(4) for c in range(4)]
"""Row and column of each of the 16 on the reference."""
EXTENT = 7.0 * CELL
POSITIVE = np.ones(16, np.bool_)


def reference(
    labels: Labels = REFERENCE,
    places: list[tuple[int, int]] = PLACES,
    positive: NDArray[np.bool_] = POSITIVE,
    extent: float = EXTENT,
) -> ReferenceObject:
    method = Planted()
    image = picture(labels)
    describer = method.describer(image, method.extract(image))
    points = np.array([pixel(*place) for place in places])
    return ReferenceObject(describer, image.shape[:2], 1.0, points, positive, extent)


def target(labels: Labels) -> Target:
    return Target(Planted().extract(picture(labels)))


def found(labels: Labels, views: tuple[View, ...] = (View(),), **options) -> list[Match]:
    options = {"tolerance": 0.1, "min_similarity": 0.5} | options
    return find(options.pop("reference", reference()), target(labels), views, **options)


def centre_of(match: Match) -> tuple[float, float]:
    """Row and column of the centre in cells."""
    x, y = match.centre
    return (y - 1.5) / CELL, (x - 1.5) / CELL


def belong(row: int, column: int) -> Points:
    """Where the points are if the object's upper left cell is at (row, column)."""
    return np.array([pixel(row + 2 * r, column + 2 * c) for r in range(4) for c in range(4)])


def close(match: Match, points: Points, *, cells: float = 0.02) -> None:
    np.testing.assert_allclose(match.points, points, atol=cells * CELL)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        # -0.5 (0.8 - 0.5) / (0.5 - 2 + 0.8) = 0.15 / 0.7
        ([0.5, 1.0, 0.8], 0.2142857),
        ([0.8, 1.0, 0.5], -0.2142857),
        ([0.2, 1.0, 0.2], 0.0),
        ([0.0, 1.0, 1.0], 0.5),
        ([1.0, 1.0, 1.0], 0.0),
        ([0.4, 0.6, 0.9], 0.0),  # no peak: it bends the other way
        ([0.0, 0.6, 0.9], 0.5),  # no peak: the vertex lies beyond half a cell
    ],
)
def test_peak(values, expected) -> None:
    row = np.array([[0, *values, 0]], np.float32)
    padded = np.vstack([row - 2, row, row - 2])
    assert peak(padded, 2, 1) == pytest.approx((2 + expected, 1), abs=1e-6)
    assert peak(np.ascontiguousarray(padded.T), 1, 2) == pytest.approx((1, 2 + expected), abs=1e-6)


@pytest.mark.parametrize(("column", "values"), [(0, [1.0, 0.2, 0.1]), (2, [0.1, 0.2, 1.0])])
def test_a_peak_at_the_border_stays_there(column, values) -> None:
    # There is no neighbour beyond, and nothing that speaks for half a cell outwards.
    assert peak(np.array([values], np.float32), column, 0) == (column, 0)


def test_peak_of_a_single_cell() -> None:
    assert peak(np.ones((1, 1), np.float32), 0, 0) == (0, 0)


@given(st.floats(-0.45, 0.45), st.floats(-0.45, 0.45), st.floats(0.1, 3), st.floats(0.1, 3))
def test_peak_of_a_parabola_is_exact(dx, dy, wide, high) -> None:
    y, x = np.mgrid[:5, :5]
    values = (-wide * (x - 2 - dx) ** 2 - high * (y - 2 - dy) ** 2).astype(np.float32)
    assert peak(values, 2, 2) == pytest.approx((2 + dx, 2 + dy), abs=1e-4)


@pytest.mark.parametrize(("row", "column"), [(3, 5), (1, 1), (20, 9), (11, 31)])
def test_shifted(row, column) -> None:
    (match,) = found(pasted(field(30, 40), SPACED, row, column))
    close(match, belong(row, column))
    assert centre_of(match) == pytest.approx((row + 3, column + 3), abs=0.02)
    np.testing.assert_allclose(match.scores, 1, atol=2e-3)
    assert match.kept.all() and match.score == pytest.approx(1, abs=2e-3)


@pytest.mark.parametrize(("row", "column"), [(0, 0), (0, 33), (23, 0), (23, 33)])
def test_in_a_corner(row, column) -> None:
    (match,) = found(pasted(field(30, 40), SPACED, row, column))
    close(match, belong(row, column))
    assert match.kept.all()


def test_points_are_found_to_a_fraction_of_a_cell() -> None:
    # Left of each place its vector's cosine is 0.5, right of it 0.8: the parabola's vertex is at 3 / 14.
    values = VECTORS[np.where(spaced(spaced(BLOCK)) == EMPTY, EMPTY, 0)]
    values = np.pad(values, [(3, 3), (3, 3), (0, 0)], mode="edge")
    for r in range(4):
        for c in range(4):
            label, row, column = BLOCK[r, c], 3 + 4 * r, 3 + 4 * c
            for place, cosine in ((column - 1, 0.5), (column, 1.0), (column + 1, 0.8)):
                values[row, place] = cosine * VECTORS[label] + np.sqrt(1 - cosine**2) * VECTORS[EMPTY]
    (match,) = find(reference(), Target(features_of(values)), (View(0, 2),), tolerance=0.1, min_similarity=0.5)
    expected = np.array([pixel(3 + 4 * r, 3 + 4 * c + 3 / 14) for r in range(4) for c in range(4)])
    close(match, expected, cells=5e-3)
    assert match.kept.all()


ARRANGED = {
    View(): SPACED,
    View(90): np.rot90(SPACED, -1),  # NumPy turns counter-clockwise
    View(180): np.rot90(SPACED, 2),
    View(-90): np.rot90(SPACED),
    View(0, 2): spaced(SPACED),
    View(0, 1.5): spaced(BLOCK, 3),
    View(mirrored=True): SPACED[:, ::-1],
    View(90, 2, True): np.rot90(spaced(SPACED)[:, ::-1], -1),
}


@pytest.mark.parametrize("view", ARRANGED, ids=str)
def test_the_view_is_chosen_and_the_points_are_in_it(view) -> None:
    block = ARRANGED[view]
    labels = pasted(field(30, 40), block, 8, 12)
    (match,) = found(labels, tuple(ARRANGED), tolerance=0.05)
    assert match.view == view
    close(match, np.array([pixel(*np.argwhere(labels == label)[0]) for label in range(1, 17)]))
    assert match.kept.all() and match.score == pytest.approx(1, abs=2e-3)


def test_views_speak_of_working_pixels() -> None:
    # The target was shrunk to a half for the method, so that the object stands at twice as many pixels.
    of = Planted().extract(picture(pasted(field(30, 40), SPACED, 8, 12)))
    shrunk = FeatureMap(of.values, (3.5, 3.5), (2 * CELL, 2 * CELL), (240, 320), 2.0)
    (match,) = find(reference(), Target(shrunk), (View(0, 0.5), View(), View(0, 2)), tolerance=0.05, min_similarity=0.5)
    assert match.view == View()
    np.testing.assert_allclose(match.points, 2 * belong(8, 12) + 0.5, atol=0.1)
    assert reference().extent_in(View(0, 0.5), 2.0) == EXTENT
    np.testing.assert_allclose(reference().offsets(View(90), 2.0)[0], [24, -24])


def two() -> Labels:
    return pasted(pasted(field(30, 40), SPACED, 2, 3), SPACED, 18, 25)


def test_two_instances_and_none_doubled() -> None:
    matches = found(two(), most=10)
    assert sorted(tuple(np.rint(centre_of(m))) for m in matches) == [(5, 6), (21, 28)]
    assert all(m.kept.all() for m in matches)


def test_two_instances_in_two_views() -> None:
    labels = pasted(pasted(field(30, 40), SPACED, 2, 3), np.rot90(SPACED, -1), 18, 25)
    matches = found(labels, (View(), View(90)), most=10, tolerance=0.05)
    assert {(m.view.angle, *np.rint(centre_of(m))) for m in matches} == {(0, 5, 6), (90, 21, 28)}


def test_most_one_of_two() -> None:
    (match,) = found(two(), most=1)
    assert match.kept.all()


def test_a_weaker_instance_counts_only_above_the_ratio() -> None:
    weaker = SPACED.copy()
    weaker[::2, [0, 4]] = EMPTY  # half of its points are not there
    labels = pasted(pasted(field(30, 40), weaker, 2, 3), SPACED, 18, 25)
    assert len(found(labels, most=10, ratio=0.6)) == 1
    best, other = found(labels, most=10, ratio=0.4)
    assert (best.score, other.score) == pytest.approx((1, 0.5), abs=2e-3)
    assert other.kept.reshape(4, 4).tolist() == [[False, True, False, True]] * 4


def test_the_best_score_comes_first() -> None:
    # The first sixteen points vote, and all count: the left instance has those alone, the right one is whole but faint.
    wide = spaced(np.hstack([BLOCK, BLOCK + 16]))
    places = [*PLACES, *((row, column + 8) for row, column in PLACES)]
    of = reference(pasted(field(32, 32, 99), wide, 3, 5), places, np.ones(32, np.bool_), 15.0 * CELL)
    values = VECTORS[pasted(pasted(field(40, 50), wide, 28, 20), SPACED, 5, 5)]
    values[28:] = 0.9 * values[28:] + np.sqrt(1 - 0.81) * VECTORS[COUNT - 1]
    matches = find(of, Target(features_of(values)), (View(),), tolerance=0.1, min_similarity=0.5, most=5)
    assert [m.score for m in matches] == pytest.approx([0.9, 0.5], abs=5e-3)


def test_matches_on_cells_beyond_the_frame_are_not_kept() -> None:
    # As where a network's patches do not divide the image: the last column but one is centred outside.
    of = Planted().extract(picture(pasted(field(30, 40), SPACED, 10, 32)))
    cut = FeatureMap(of.values, of.origin, of.step, (120, 150), of.work)
    (match,) = find(reference(), Target(cut), (View(),), tolerance=0.1, min_similarity=0.5)
    close(match, belong(10, 32))
    assert match.kept.tolist() == [True, True, True, False] * 4


def test_partly_outside_the_frame() -> None:
    # The centre is inside; two of the four columns are not, the last one by three cells.
    (match,) = found(pasted(field(30, 40), SPACED, 10, 36))
    inside = np.tile([True, True, False, False], 4)
    assert (match.kept == inside).all()
    np.testing.assert_allclose(match.points[inside], belong(10, 36)[inside], atol=0.1)
    assert match.scores[3] == -1
    assert match.score == pytest.approx(0.5, abs=2e-3)


def test_absent_object() -> None:
    (match,) = found(field(30, 40), most=1)
    assert match.score == 0 and not match.kept.any()
    assert np.abs(match.scores[match.scores > -1]).max() < 2e-3


def test_score_is_the_mean_with_none_for_what_is_not_kept() -> None:
    values = VECTORS[pasted(field(30, 40), SPACED, 8, 12)]
    for i, cosine in enumerate([0.9, 0.8, 0.6, 0.4, 0.2]):
        values[8 + 2 * (i // 4), 12 + 2 * (i % 4)] = (
            cosine * VECTORS[1 + i] + np.sqrt(1 - cosine**2) * VECTORS[COUNT - 1]
        )
    (match,) = find(reference(), Target(features_of(values)), (View(),), tolerance=0.1, min_similarity=0.5)
    assert match.scores[:5] == pytest.approx([0.9, 0.8, 0.6, 0.4, 0.2], abs=2e-3)
    assert match.kept.tolist() == [True] * 3 + [False] * 2 + [True] * 11
    assert match.score == pytest.approx((0.9 + 0.8 + 0.6 + 11) / 16, abs=2e-3)


def test_score_is_what_is_above_chance() -> None:
    values = VECTORS[pasted(field(30, 40), SPACED, 8, 12)]
    for i, cosine in enumerate([0.9, 0.7, 0.55]):
        values[8, 12 + 2 * i] = cosine * VECTORS[1 + i] + np.sqrt(1 - cosine**2) * VECTORS[COUNT - 1]
    of = Target(features_of(values))
    (match,) = find(reference(), of, (View(),), tolerance=0.1, min_similarity=0.5, chance=0.6)
    assert match.kept.all()
    # (0.9 - 0.6) / 0.4, (0.7 - 0.6) / 0.4, not below 0, and 13 that are exact.
    assert match.score == pytest.approx((0.75 + 0.25 + 0 + 13) / 16, abs=4e-3)


def test_least_similarity_is_kept() -> None:
    (match,) = found(pasted(field(30, 40), SPACED, 8, 12), min_similarity=0.99)
    assert match.kept.all()
    (match,) = found(pasted(field(30, 40), SPACED, 8, 12), min_similarity=1.01)
    assert not match.kept.any() and match.score == 0


@pytest.mark.parametrize(("away", "kept"), [(False, True), (True, False)])
def test_what_matches_there_but_not_back_is_not_kept(away, kept) -> None:
    # The decoy is 0.8 like the first point; on the reference, another place is the decoy itself.
    decoy = 0.8 * VECTORS[1] + 0.6 * VECTORS[50]
    on_reference, on_target = VECTORS[REFERENCE], VECTORS[pasted(field(30, 40), SPACED, 8, 12)]
    on_target[8, 12] = decoy
    on_reference[14, 14] = decoy if away else VECTORS[60]
    features = features_of(on_reference)
    points = np.array([pixel(*place) for place in PLACES])
    of = ReferenceObject(lambda p, view: features.sample(p), (64, 64), 1.0, points, POSITIVE, EXTENT)
    (match,) = find(of, Target(features_of(on_target)), (View(),), tolerance=0.1, min_similarity=0.5)
    assert match.scores[0] == pytest.approx(0.8, abs=2e-3)
    assert match.kept.tolist() == [kept] + [True] * 15
    back = of.way_back(decoy[None].repeat(16, 0), View())
    assert back[0] == pytest.approx(np.hypot(9, 11) * CELL if away else 0, abs=1)


def test_a_look_alike_far_from_where_the_object_is_leads_nobody_astray() -> None:
    # Label 1 is in its place weakly, and elsewhere exactly.
    values = VECTORS[pasted(pasted(field(30, 40), SPACED, 18, 25), np.array([[1]]), 3, 3)]
    values[18, 25] = 0.7 * VECTORS[1] + np.sqrt(0.51) * VECTORS[EMPTY]
    (match,) = find(reference(), Target(features_of(values)), (View(),), tolerance=0.1, min_similarity=0.5)
    close(match, belong(18, 25))
    assert match.scores[0] == pytest.approx(0.7, abs=2e-3)


@pytest.mark.parametrize(
    ("tolerance", "there", "kept"),
    [
        (0.6, True, True),  # two cells are less than half of 0.6 times seven
        (0.45, True, False),  # found, but off by more than half of the tolerance
        (0.2, False, False),
    ],
)
def test_points_may_be_off_within_the_tolerance(tolerance, there, kept) -> None:
    labels = pasted(pasted(field(40, 50), SPACED, 20, 25), np.array([[1], [EMPTY], [EMPTY]]), 18, 25)
    (match,) = found(labels, tolerance=tolerance)
    assert match.kept.tolist() == [kept] + [True] * 15
    assert match.scores[0] == pytest.approx(float(there), abs=2e-3)
    if there:
        np.testing.assert_allclose(match.points[0], pixel(18, 25), atol=0.1)
    assert match.score == pytest.approx(1 if kept else 15 / 16, abs=2e-3)
    # The others agree on where the reference's pixels went, and are not off at all.
    np.testing.assert_allclose(match.transform, [[1, 0, 80], [0, 1, 68]], atol=0.02)
    assert match.error == pytest.approx(0, abs=0.1)


def test_too_few_matches_stand_as_the_view_has_it() -> None:
    labels = pasted(field(30, 40), np.rot90(SPACED, -1), 8, 12)
    few = reference(places=PLACES[:4], positive=POSITIVE[:4])
    (match,) = found(labels, (View(90),), reference=few)
    x, y = few.centre
    assert match.kept.all()
    np.testing.assert_allclose(match.transform[:, :2], [[0, -1], [1, 0]], atol=1e-9)
    np.testing.assert_allclose(match.transform @ [x, y, 1], match.centre, atol=1e-9)


def test_the_transform_is_fitted_to_the_matches() -> None:
    # A quarter higher than the view has it: rows 5 apart, columns 4.
    block = field(16, 13)
    block[::5, ::4] = BLOCK
    (match,) = found(pasted(field(40, 40), block, 8, 12), (View(0, 2),), tolerance=0.2)
    assert match.kept.all()
    np.testing.assert_allclose(match.transform[:, :2], [[2, 0], [0, 2.5]], atol=0.02)
    np.testing.assert_allclose(match.transform @ [*pixel(3, 5), 1], pixel(8, 12), atol=0.2)


WITH_NEGATIVES = pasted(REFERENCE, np.array([[40, 0, 0, 41]]), 13, 5)
NEGATIVE_PLACES = [*PLACES, (13, 5), (13, 8)]
SIGNS = np.array([True] * 16 + [False] * 2)


def test_negative_points_go_along() -> None:
    labels = pasted(pasted(field(30, 40), SPACED, 8, 12), np.array([[40, 0, 0, 41]]), 18, 12)
    (match,) = found(labels, reference=reference(WITH_NEGATIVES, NEGATIVE_PLACES, SIGNS))
    close(match, np.vstack([belong(8, 12), [pixel(18, 12), pixel(18, 15)]]))
    assert match.kept.all() and match.score == pytest.approx(1, abs=2e-3)
    assert centre_of(match) == pytest.approx((11, 15), abs=0.02)


def test_negative_points_do_not_vote_nor_count() -> None:
    # What surrounds the object is as on the reference somewhere else; the object alone decides, and scores.
    only = np.array([True] + [False] * 17)
    of = reference(WITH_NEGATIVES, [*PLACES[:1], *NEGATIVE_PLACES[1:]], only)
    rest = SPACED.copy()
    rest[0, 0] = EMPTY
    labels = pasted(pasted(field(40, 50), rest, 5, 5), np.array([[1]]), 30, 40)
    (match,) = found(labels, reference=of)
    np.testing.assert_allclose(match.points[0], pixel(30, 40), atol=0.1)
    assert match.kept.tolist() == [True] + [False] * 17
    assert match.score == pytest.approx(1, abs=2e-3)


def test_one_point() -> None:
    (match,) = found(
        pasted(field(30, 40), SPACED, 8, 12), reference=reference(places=PLACES[5:6], positive=POSITIVE[:1])
    )
    close(match, np.array([pixel(10, 14)]))


@pytest.mark.parametrize("row", [90, 91, 92])
@pytest.mark.parametrize("column", [61, 62, 63])
def test_small_objects_on_thinned_maps_are_found_to_the_very_cell(row, column) -> None:
    # 150 cells a side are looked at in steps of three. Places are three cells wide, so that one of each is seen.
    block = np.repeat(np.repeat(SPACED, 3, 0), 3, 1)
    (match,) = found(pasted(field(150, 120), block, row, column), (View(0, 3),), tolerance=0.1)
    expected = np.array([pixel(row + 6 * r + 1, column + 6 * c + 1) for r in range(4) for c in range(4)])
    close(match, expected, cells=1.5)
    assert match.kept.all() and match.score == pytest.approx(1, abs=2e-3)


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 23), st.integers(0, 33), st.sampled_from(list(ARRANGED)[:4]))
def test_wherever_it_is_it_is_found(row, column, view) -> None:
    labels = pasted(field(30, 40), ARRANGED[view], row, column)
    (match,) = found(labels, tuple(ARRANGED)[:4], tolerance=0.05)
    assert match.view == view
    assert centre_of(match) == pytest.approx((row + 3, column + 3), abs=0.3)
    np.testing.assert_allclose(
        match.points, [pixel(*np.argwhere(labels == label)[0]) for label in range(1, 17)], atol=0.51 * CELL
    )


@pytest.mark.parametrize("shape", [(1, 1), (1, 2), (2, 1), (1, 200), (200, 1), (2, 120), (90, 3)])
@pytest.mark.parametrize("most", [1, 10])
def test_tiny_and_elongated_targets(shape, most) -> None:
    matches = found(field(*shape), (View(), View(45, 2)), most=most)
    assert 1 <= len(matches) <= most
    for match in matches:
        assert np.isfinite(match.points).all() and match.points.shape == (16, 2)
        assert match.score == 0 and not match.kept.any()


@pytest.mark.parametrize("size", [(1, 1), (1, 90), (90, 1), (1, 500), (500, 1), (7, 1000), (3000, 20)])
def test_tiny_and_elongated_references(size) -> None:
    values = np.broadcast_to(VECTORS[1], (1, 1, COUNT))
    features = FeatureMap(values.astype(np.float16), (0, 0), (1, 1), size, 1.0)
    of = ReferenceObject(lambda p, view: features.sample(p), size, 1.0, np.zeros((1, 2)), POSITIVE[:1], 1.0)
    (match,) = find(of, target(pasted(field(9, 9), np.array([[1]]), 4, 4)), (View(),), tolerance=0.2, min_similarity=0)
    np.testing.assert_allclose(match.points, [pixel(4, 4)], atol=0.1)


def test_the_grid_of_the_way_back() -> None:
    of = reference()
    assert of.spacing == 1 and of.grid_shape == (64, 64)
    assert reference(field(8, 16, 99), [(3, 5)], POSITIVE[:1]).grid_shape == (32, 64)
    assert (of.way_back(of.descriptors(View()), View()) <= 1).all()


def test_nothing_fits_into_the_frame() -> None:
    # Four points in the corners of something ten times as large as the target.
    of = reference(places=[(0, 0), (0, 15), (15, 0), (15, 15)], positive=POSITIVE[:4], extent=64)
    matches = found(field(3, 3), (View(0, 4),), reference=of, most=10)
    assert len(matches) == 1
    assert matches[0].score == 0 and not matches[0].kept.any()


def test_similarity_is_the_cosine() -> None:
    labels = pasted(field(2, 3), np.array([[7]]), 1, 2)
    alike = target(labels).similarity(VECTORS[[EMPTY, 7]])
    assert alike.shape == (2, 2, 3)
    np.testing.assert_allclose(alike, [[[1, 1, 1], [1, 1, 0]], [[0, 0, 0], [0, 0, 1]]], atol=2e-3)


def test_same_bytes_on_repetition() -> None:
    labels = cv2.resize(two().astype(np.uint8), None, fx=1.3, fy=1.3, interpolation=cv2.INTER_NEAREST).astype(int)
    one, other = (found(labels, tuple(ARRANGED), most=5) for _ in range(2))
    assert [m.points.tobytes() for m in one] == [m.points.tobytes() for m in other]
    assert [(m.view, m.score) for m in one] == [(m.view, m.score) for m in other]
