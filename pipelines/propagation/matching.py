"""Where the points of a reference object lie in a target: cosine similarity of dense features, found as a whole.

Every view (turn, scale, mirror) tells where the object's points would lie around its centre. Each point may be off by
a tolerance; the mean over the points of the best similarity within it, at every possible centre, is a map whose peaks
are the instances. So a target may show several, and points that look alike do not lead astray on their own.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from pipelines.propagation.features import Describer, FeatureMap, Points, View

COARSE = 56
"""Most cells along a side on which instances are looked for."""
WAY_BACK = 64
"""Places along the reference's longer side that the way back may lead to."""
MUTUAL = 2.4
"""How far a match's own best match may lie from where it started, in the distance of those places."""
CENTRINGS = 2
"""Times the centre is moved to the median of what the points' matches say."""
LEAST_INSIDE = 0.5
"""Least share of the object's points inside the frame for a place to be considered."""
VOTERS = 16
"""Most points that vote for places; the first of them, which are marked or most spread."""
VOTE = 0.5
"""Share of the tolerance within which points may vote: a centre is vague by as much, and found better afterwards."""
LEAST_FIT = 6
"""Matches from which on an affine map is fitted; with fewer, the object stands as the view has it."""
FIT = 0.02
"""How far a match may be from where a fitted map puts it to count for it, as a share of the object's extent."""
AGREE = 0.5
"""How far a kept match may be from there, as a share of the tolerance: objects are not flat, and bend."""
STRETCH = 2.0
"""Most that a fitted map stretches or squeezes the view."""
APART = 0.5
"""Instances' centres are at least this share of the object's extent apart."""


class ReferenceObject:
    """The object on one reference, with its features under any view; what was computed is kept.

    Args:
        describer: features of the reference at any points.
        size: (height, width) of the reference.
        work: side of its working pixel in pixels, see ``FeatureMap.work``.
        points: (N, 2) float64, places on the object and beside it, in pixels; at least one on it.
        positive: (N,) bool, on the object.
        extent: longer side of the object in pixels.

    Attributes:
        points, positive, extent, work: as given.
        centre: (2,) float64, mean of the positive points.
        spacing: distance in pixels of the places that the way back may lead to, a grid over the whole reference.
        grid_shape: rows and columns of that grid.
    """

    def __init__(
        self,
        describer: Describer,
        size: tuple[int, int],
        work: float,
        points: Points,
        positive: NDArray[np.bool_],
        extent: float,
    ) -> None:
        self.points, self.positive, self.extent, self.work = points, positive, extent, work
        self.centre = np.asarray(points[positive].mean(axis=0))
        self._describe = describer
        height, width = size
        self.spacing = max(height, width) / WAY_BACK
        across, down = (np.arange(min(self.spacing, n) / 2, n, self.spacing) - 0.5 for n in (width, height))
        self._grid = np.stack(np.meshgrid(across, down), axis=-1).reshape(-1, 2)
        self.grid_shape = len(down), len(across)
        self.descriptors = lru_cache(maxsize=None)(self._descriptors)
        self.everywhere = lru_cache(maxsize=None)(self._everywhere)

    def _descriptors(self, view: View) -> NDArray[np.float32]:
        """(N, C) float32, features of the points under a view."""
        return self._describe(self.points, view)

    def _everywhere(self, view: View) -> NDArray[np.float32]:
        """(M, C) float32, features of the whole reference under a view."""
        return self._describe(self._grid, view)

    def way_back(self, found: NDArray[np.float32], view: View) -> NDArray[np.float64]:
        """Distance in pixels of the reference between each point and the place most like its match.

        Args:
            found: (N, C) float32, a target's features where the points were matched.
            view: the view they were matched in.
        """
        places = self._grid[(found @ self.everywhere(view).T).argmax(axis=1)]
        return np.asarray(np.hypot(*(places - self.points).T))

    def offsets(self, view: View, work: float) -> Points:
        """(N, 2): the points relative to the centre, as the view has them, in pixels of a target.

        Args:
            view: a view.
            work: side of a working pixel of the target.
        """
        return np.asarray((self.points - self.centre) / self.work @ view.linear().T * work)

    def extent_in(self, view: View, work: float) -> float:
        """The object's extent as the view has it, in pixels of a target with working pixels of side ``work``."""
        return self.extent / self.work * view.scale * work


@dataclass(frozen=True, slots=True)
class Match:
    """One instance of the object in a target.

    Attributes:
        view: how it stands there.
        centre: (x, y) in pixels of the target.
        points: (N, 2) float64, the reference object's points in pixels of the target.
        scores: (N,) float64, cosine similarity of each, in [-1, 1].
        kept: (N,) bool: inside the frame, similar enough, the way back leads to where it came from, and the place
            agrees with the others'.
        score: in [0, 1], mean over the positive points of how far ``scores`` are above what chance gives, as a share of
            what is possible; points not kept count as 0.
        transform: (2, 3) float64, affine from the reference to the target that most points agree on.
        error: how far the kept positive points are from where it puts them, in pixels (their upper quartile).
    """

    view: View
    centre: tuple[float, float]
    points: Points
    scores: NDArray[np.float64]
    kept: NDArray[np.bool_]
    score: float
    transform: NDArray[np.float64]
    error: float


class Target:
    """A target's features, ready to be compared with any descriptors.

    Args:
        features: of the target.

    Attributes:
        features: as given.
    """

    def __init__(self, features: FeatureMap) -> None:
        self.features = features
        self._flat = np.ascontiguousarray(features.values.reshape(-1, features.values.shape[2]).T, np.float32)

    def similarity(self, descriptors: NDArray[np.float32]) -> NDArray[np.float32]:
        """Cosine similarity of (N, C) descriptors with every cell: (N, h, w) float32 in [-1, 1]."""
        return np.asarray(descriptors @ self._flat).reshape(-1, *self.features.values.shape[:2])


def find(
    reference: ReferenceObject,
    target: Target,
    views: Sequence[View],
    *,
    tolerance: float,
    min_similarity: float,
    chance: float = 0.0,
    most: int = 1,
    ratio: float = 0.6,
) -> list[Match]:
    """Instances of the object in a target, best first; at least one, however bad.

    Args:
        reference: the object.
        target: by the same method.
        views: views to try.
        tolerance: how far a point may be from where the view expects it, as a share of the object's extent.
        min_similarity: least cosine of a point that is kept.
        chance: cosine that places which have nothing to do with each other reach.
        most: most instances.
        ratio: how far above the common vote another instance's must be, as a share of the best one's.
    """
    similarity = lru_cache(maxsize=None)(lambda view: target.similarity(reference.descriptors(view)))
    found = [
        _located(reference, target.features, similarity(view), view, centre, tolerance, min_similarity, chance)
        for view, centre in _peaks(reference, target.features, views, tolerance, most, ratio)
    ]
    return sorted(found, key=lambda match: -match.score)


def _peaks(
    reference: ReferenceObject,
    target: FeatureMap,
    views: Sequence[View],
    tolerance: float,
    most: int,
    ratio: float,
) -> list[tuple[View, NDArray[np.float64]]]:
    coarse, cell, origin = _thinned(target)
    flat = coarse.reshape(-1, coarse.shape[2]).astype(np.float32)
    voters = np.flatnonzero(reference.positive)[:VOTERS]
    maps = []
    for view in views:
        alike = (flat @ reference.descriptors(view)[voters].T).reshape(*coarse.shape[:2], -1)
        reach = VOTE * tolerance * reference.extent_in(view, target.work)
        maps.append(_vote(alike, reference.offsets(view, target.work)[voters] / cell, reach / cell))
    which, votes = np.argmax(maps, axis=0), np.max(maps, axis=0)
    chosen: list[tuple[View, NDArray[np.float64]]] = []
    common = float(np.median(votes))
    least = common + ratio * (float(votes.max()) - common)
    y, x = np.mgrid[: votes.shape[0], : votes.shape[1]]
    while len(chosen) < most:
        row, column = np.unravel_index(int(votes.argmax()), votes.shape)
        value = float(votes[row, column])
        if chosen and (value < least or value <= common):
            break
        view = views[int(which[row, column])]
        chosen.append((view, np.array([column, row]) * cell + origin))
        radius = APART * reference.extent_in(view, target.work) / cell
        votes[((x - column) / radius[0]) ** 2 + ((y - row) / radius[1]) ** 2 <= 1] = -1.0
    return chosen


def _stride(target: FeatureMap) -> int:
    """Fine cells for a coarse one."""
    return -(-int(max(target.values.shape[:2])) // COARSE)


def _thinned(target: FeatureMap) -> tuple[NDArray[np.float16], NDArray[np.float64], NDArray[np.float64]]:
    """At most COARSE cells a side, their distance in pixels, and the pixel of the first."""
    stride = _stride(target)
    first = [min(stride // 2, (n - 1) // 2) for n in target.values.shape[:2]]
    coarse = target.values[first[0] :: stride, first[1] :: stride]
    return coarse, np.array(target.step) * stride, target.to_pixels(np.array([first[::-1]], np.float64))[0]


def _vote(alike: NDArray[np.float32], offsets: NDArray[np.float64], reach: NDArray[np.float64]) -> NDArray[np.float32]:
    """For every cell as the object's centre: mean over points of the best similarity near where each would lie.

    Args:
        alike: (h, w, N) similarities.
        offsets: (N, 2) of (column, row), points relative to the centre in cells.
        reach: (column, row) tolerance in cells.

    Returns:
        (h, w) float32; -1 where too few points would lie inside the frame.
    """
    height, width, count = alike.shape
    side = 2 * np.maximum(np.rint(reach), 1).astype(int) + 1
    kernel = np.ones((min(int(side[1]), 2 * height + 1), min(int(side[0]), 2 * width + 1)), np.uint8)
    best = np.asarray(cv2.dilate(alike, kernel)).reshape(alike.shape)
    total, inside = np.zeros((2, height, width), np.float32)
    for layer, (dx, dy) in enumerate(np.rint(offsets).astype(int).tolist()):
        top, bottom, left, right = max(0, -dy), min(height, height - dy), max(0, -dx), min(width, width - dx)
        if top < bottom and left < right:
            total[top:bottom, left:right] += best[top + dy : bottom + dy, left + dx : right + dx, layer]
            inside[top:bottom, left:right] += 1
    return np.where(inside >= LEAST_INSIDE * count, total / np.maximum(inside, 1), -1).astype(np.float32)


def _located(
    reference: ReferenceObject,
    target: FeatureMap,
    alike: NDArray[np.float32],
    view: View,
    centre: NDArray[np.float64],
    tolerance: float,
    min_similarity: float,
    chance: float,
) -> Match:
    """Every point's best place near where the view expects it, to a fraction of a cell, and back again."""
    offsets = reference.offsets(view, target.work)
    # A centre found on a thinned map is off by as much as one of its cells.
    least = 1.5 * _stride(target)
    reach = np.maximum(tolerance * reference.extent_in(view, target.work) / np.array(target.step), least)
    for _ in range(CENTRINGS):
        cells, scores = _best_near(alike, target.to_cells(centre + offsets), reach)
        seen = reference.positive & (scores > -1)
        if seen.any():
            centre = np.median((target.to_pixels(cells) - offsets)[seen], axis=0)
    cells, scores = _best_near(alike, target.to_cells(centre + offsets), reach)
    points = target.to_pixels(cells)
    height, width = target.size
    inside = ((points >= -0.5) & (points <= np.array([width, height]) - 0.5)).all(axis=1) & (scores > -1)
    there_and_back = reference.way_back(target.sample(points), view) <= MUTUAL * reference.spacing
    there = inside & (scores >= min_similarity) & there_and_back
    transform = _transform(reference, view, target.work, centre, points, there & reference.positive)
    residuals = np.hypot(*(points - reference.points @ transform[:, :2].T - transform[:, 2]).T)
    allowed = AGREE * tolerance * reference.extent_in(view, target.work)
    kept = there & (residuals <= allowed)
    agreeing = residuals[kept & reference.positive]
    error = float(np.quantile(agreeing, 0.75)) if len(agreeing) else allowed
    above = np.clip((scores - chance) / (1 - chance), 0, 1)
    score = float(np.where(kept, above, 0)[reference.positive].mean())
    return Match(view, (float(centre[0]), float(centre[1])), points, scores, kept, score, transform, error)


def _transform(
    reference: ReferenceObject,
    view: View,
    work: float,
    centre: NDArray[np.float64],
    points: Points,
    there: NDArray[np.bool_],
) -> NDArray[np.float64]:
    """(2, 3) affine that most of the matches agree on; where they do not say, as the view has it."""
    linear = view.linear() * work / reference.work
    expected = np.hstack([linear, (centre - linear @ reference.centre)[:, None]])
    if there.sum() < LEAST_FIT:
        return expected
    off = max(FIT * reference.extent_in(view, work), 2.0)
    fitted = cv2.estimateAffine2D(reference.points[there], points[there], ransacReprojThreshold=off)[0]
    if fitted is None:
        return expected
    transform = np.asarray(fitted, np.float64)
    return transform if _near(transform[:, :2], linear) else expected


def _near(fitted: NDArray[np.float64], linear: NDArray[np.float64]) -> bool:
    """Whether a fitted map is the view's up to a moderate stretch; a few wrong matches can give anything."""
    stretch = np.linalg.svd(fitted @ np.linalg.inv(linear), compute_uv=False)
    same_side = np.linalg.det(fitted) * np.linalg.det(linear) > 0
    return bool(same_side and stretch[0] < STRETCH and stretch[1] > 1 / STRETCH)


def _best_near(
    alike: NDArray[np.float32], expected: Points, reach: NDArray[np.float64]
) -> tuple[Points, NDArray[np.float64]]:
    """The most similar cell within an ellipse around each expected one, refined; score -1 if it is off the grid."""
    height, width = alike.shape[1:]
    cells, scores = expected.copy(), np.full(len(expected), -1.0)
    for i, (x, y) in enumerate(expected):
        left, right = max(0, int(np.ceil(x - reach[0]))), min(width, int(np.floor(x + reach[0])) + 1)
        top, bottom = max(0, int(np.ceil(y - reach[1]))), min(height, int(np.floor(y + reach[1])) + 1)
        if left >= right or top >= bottom:
            continue
        rows, columns = np.ogrid[top:bottom, left:right]
        near = ((columns - x) / reach[0]) ** 2 + ((rows - y) / reach[1]) ** 2 <= 1
        if not near.any():
            continue
        part = np.where(near, alike[i, top:bottom, left:right], -2)
        row, column = np.unravel_index(int(part.argmax()), part.shape)
        scores[i] = float(part[row, column])
        cells[i] = peak(alike[i], int(column) + left, int(row) + top)
    return cells, scores


def peak(values: NDArray[np.float32], column: int, row: int) -> tuple[float, float]:
    """Position of a map's peak to a fraction of a cell: a parabola through the cell and its neighbours, each way.

    Args:
        values: (h, w) map.
        column, row: its largest cell.

    Returns:
        (column, row), at most half a cell away.
    """
    return column + _off(values[row], column), row + _off(values[:, column], row)


def _off(line: NDArray[np.float32], at: int) -> float:
    """How far a line's peak is from its largest cell; at either end nobody can tell."""
    if not 0 < at < len(line) - 1:
        return 0.0
    return _vertex(float(line[at - 1]), float(line[at]), float(line[at + 1]))


def _vertex(before: float, here: float, after: float) -> float:
    bend = before - 2 * here + after
    return 0.0 if bend >= 0 else float(np.clip(0.5 * (before - after) / bend, -0.5, 0.5))
