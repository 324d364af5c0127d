import numpy as np

from pipelines.studio.stage.people.cutting import cut, neighbours, relaxed

SQUARES = ((0, 1, 4, 3), (1, 2, 5, 4))
POINTS = np.array([[0, 0, 0], [1, 0, 0], [2, 0, 0], [0, 1, 0], [1, 1, 0], [2, 1, 0]], float)


def test_cut_across_a_face() -> None:
    kept, (points,) = cut(1.25 - POINTS[:, 0], SQUARES, POINTS)
    assert len(kept) == 2
    assert len(points) == 6  # both cut corners are shared by nobody else, the middle edge by both faces
    assert points[:, 0].max() == 1.25
    areas = [np.prod(np.ptp(points[list(face), :2], axis=0)) for face in kept]
    assert sorted(np.round(areas, 6)) == [0.25, 1.0]


def test_neighbours_share_their_cuts() -> None:
    kept, (points,) = cut(0.4 - POINTS[:, 1], SQUARES, POINTS)
    assert len(points) == 6
    assert sorted(np.unique(points[:, 1])) == [0.0, 0.4]
    assert set(kept[0]) & set(kept[1]) == {i for i in range(6) if points[i, 0] == 1}


def test_all_and_nothing() -> None:
    kept, (points,) = cut(np.ones(6), SQUARES, POINTS)
    assert len(kept) == 2
    assert len(points) == 6
    assert cut(-np.ones(6), SQUARES, POINTS)[0] == []


def test_edges_are_counted_once() -> None:
    edges, degree = neighbours(6, SQUARES)
    assert len(edges) == 7
    assert degree.tolist() == [2, 3, 2, 2, 3, 2]


def test_relaxing_draws_towards_neighbours() -> None:
    bumped = POINTS.copy()
    bumped[1, 2] = 1.0
    once = relaxed(bumped, SQUARES, 1)
    assert once[1, 2] == 0.5
    assert once[0, 2] == 0.25
    assert once[2, 2] == 0.25
    assert once[5, 2] == 0.0
