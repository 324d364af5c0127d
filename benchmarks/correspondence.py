"""Propagated points on scikit-image's stereo pair with true disparity: ``python -m benchmarks.correspondence``.

Points of the left picture that the right one shows as well are propagated to the right picture, as it is and warped or
lit in known ways. Sixteen points at a time that lie near each other, as on one object. PCK at t: share of the points
within t times the longer side of the target of where they belong. Beside ours: the points left where they are, and the
nearest neighbour of DAISY descriptors with the colour (scikit-image; 4 pixels apart).
"""

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray
from skimage import data
from skimage.feature import daisy

from pipelines.propagation.dense_sift import DenseSift
from pipelines.propagation.features import DenseFeatures, FeatureMap, Points, View
from pipelines.propagation.matching import ReferenceObject, Target, find

LEVELS = (0.01, 0.02, 0.05)
GROUPS, SIZE, NEAREST = 60, 16, 60
Image = NDArray[np.uint8]
Matcher = Callable[[Image, Image, Points], Points]
"""From left picture, target and points to the points in the target."""


@dataclass(frozen=True)
class Case:
    """A target: the right picture under a warp (3, 3) and a light, and its (width, height)."""

    name: str
    warp: NDArray[np.float64]
    size: tuple[int, int]
    gamma: float = 1.0
    gain: float = 1.0


def main() -> None:
    """Print a table of PCK by case and method."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dino", action="append", default=[], help="folder or hub name of a DINOv2 or DINOv3 model")
    arguments = parser.parse_args()
    left, right, disparity = data.stereo_motorcycle()
    points, truth = visible(disparity)
    groups = near_each_other(points)
    methods: dict[str, Matcher] = {"left in place": lambda left, target, points: points, "DAISY + colour": nearest}
    for features in [DenseSift(), *map(dino, arguments.dino)]:
        methods[f"{features.name} (ours)"] = propagated(features)
    print(f"{len(points)} visible points, {GROUPS} groups of {SIZE}; PCK at {', '.join(map(str, LEVELS))}")
    print(f"{'':24}" + "".join(f"{name:>24}" for name in methods))
    for case in cases(left.shape[1], left.shape[0]):
        target = seen(right, case)
        belong = cv2.perspectiveTransform(truth[None], case.warp)[0]
        inside = ((belong >= 0) & (belong <= np.array(case.size) - 1)).all(axis=1)
        chosen = [group[inside[group]] for group in groups if inside[group].sum() >= SIZE // 2]
        cells = [pck(method, left, target, points, belong, chosen) for method in methods.values()]
        print(f"{case.name:24}" + "".join(f"{' '.join(f'{v:.3f}' for v in c):>24}" for c in cells), flush=True)


def dino(weights: str) -> DenseFeatures:
    """A network's features."""
    from matting_models.propagation.dino import DinoFeatures

    return DinoFeatures(weights)


def visible(disparity: NDArray[np.float32]) -> tuple[Points, Points]:
    """Points of the left picture on a grid of 12 pixels and their place in the right one, where nothing hides it."""
    height, width = disparity.shape
    rows, columns = np.nonzero(np.isfinite(disparity))
    values = disparity[rows, columns]
    moved = np.rint(columns - values).astype(int)
    front = np.zeros((height, width))
    seen_ = moved >= 0
    np.maximum.at(front, (rows[seen_], moved[seen_]), values[seen_])
    on_grid = (rows % 12 == 8) & (columns % 12 == 8) & seen_
    rows, columns, values, moved = (a[on_grid] for a in (rows, columns, values, moved))
    kept = front[rows, moved] <= values + 1.5
    start = np.stack([columns, rows], axis=1)[kept].astype(np.float64)
    return start, start - np.stack([values, np.zeros_like(values)], axis=1)[kept]


def near_each_other(points: Points) -> list[NDArray[np.intp]]:
    """Groups of points, each drawn from the neighbours of one."""
    rng = np.random.default_rng(0)
    groups = []
    for centre in rng.choice(len(points), GROUPS, replace=False):
        neighbours = np.argsort(np.hypot(*(points - points[centre]).T), kind="stable")[:NEAREST]
        groups.append(rng.choice(neighbours, SIZE, replace=False))
    return groups


def cases(width: int, height: int) -> list[Case]:
    """The pair as it is, and its right picture warped and lit."""
    size, centre = (width, height), (width / 2, height / 2)

    def turned(angle: float, scale: float) -> NDArray[np.float64]:
        return np.vstack([cv2.getRotationMatrix2D(centre, angle, scale), [0, 0, 1]])

    def tilted(share: float) -> NDArray[np.float64]:
        corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
        moved = corners + np.array([[1, 0.5], [-0.3, 0], [0, -1], [0, 0]], np.float32) * share * np.array(size)
        return np.asarray(cv2.getPerspectiveTransform(corners, moved.astype(np.float32)))

    smaller = round(width / 1.5), round(height / 1.5)
    return [
        Case("stereo pair", np.eye(3), size),
        *(Case(f"turned by {angle}", turned(angle, 1), size) for angle in (-30, -15, 10, 20, 30)),
        Case("1.5 times as large", turned(0, 1.5), size),
        Case("1.25 times as large", turned(0, 1.25), size),
        Case("1.5 times smaller", np.diag([smaller[0] / width, smaller[1] / height, 1.0]), smaller),
        Case("tilted, 10%", tilted(0.1), size),
        Case("tilted, 20%", tilted(0.2), size),
        Case("darker", np.eye(3), size, 1.5, 0.8),
        Case("brighter", np.eye(3), size, 0.7, 1.0),
        Case("turned, larger, darker", turned(20, 1.25), size, 1.4, 0.8),
    ]


def seen(right: Image, case: Case) -> Image:
    """The target of a case."""
    how = cv2.INTER_AREA if case.size[0] < right.shape[1] else cv2.INTER_LINEAR
    if how == cv2.INTER_AREA:
        warped = cv2.resize(right, case.size, interpolation=how)
    else:
        warped = cv2.warpPerspective(right, case.warp, case.size, flags=how, borderMode=cv2.BORDER_REFLECT)
    return np.asarray(np.clip(255 * case.gain * (np.asarray(warped) / 255) ** case.gamma, 0, 255), np.uint8)


def pck(
    method: Matcher, left: Image, target: Image, points: Points, belong: Points, groups: list[NDArray[np.intp]]
) -> list[float]:
    """PCK at every level, over all groups."""
    found = [method(left, target, points[group]) for group in groups]
    wrong = np.concatenate([np.hypot(*(f - belong[g]).T) for f, g in zip(found, groups, strict=True)])
    return [float((wrong <= level * max(target.shape[:2])).mean()) for level in LEVELS]


def propagated(features: DenseFeatures) -> Matcher:
    """Ours, as the job does it. What belongs to the left picture alone is computed once, as a reference's is."""

    @lru_cache(maxsize=1)
    def extracted(key: bytes, shape: tuple[int, ...]) -> FeatureMap:
        return features.extract(np.frombuffer(key, np.uint8).reshape(shape).copy())

    reference = lru_cache(maxsize=1)(extracted.__wrapped__)
    objects: dict[bytes, ReferenceObject] = {}
    described: dict[tuple[bytes, View], NDArray[np.float32]] = {}

    def object_of(left: Image, points: Points) -> ReferenceObject:
        found = reference(left.tobytes(), left.shape)
        describe = features.describer(left, found)

        def once(places: Points, view: View) -> NDArray[np.float32]:
            key = places.tobytes(), view
            if key not in described:
                described[key] = describe(places, view)
            return described[key]

        extent = float(np.ptp(points, axis=0).max())
        return ReferenceObject(once, left.shape[:2], found.work, points, np.ones(len(points), np.bool_), extent)

    def match(left: Image, target: Image, points: Points) -> Points:
        key = points.tobytes()
        if key not in objects:
            objects[key] = object_of(left, points)
        aim = Target(extracted(target.tobytes(), target.shape))
        return find(objects[key], aim, features.views, tolerance=features.tolerance, min_similarity=-1)[0].points

    return match


def nearest(left: Image, target: Image, points: Points) -> Points:
    """The plain way: nearest neighbour of descriptors."""
    (start, _), (end, places) = (_daisy(image.tobytes(), image.shape) for image in (left, target))
    rows, columns = np.clip(np.rint((points[:, ::-1] - RADIUS) / 4), 0, np.array(start.shape[:2]) - 1).astype(int).T
    wanted, offered = start[rows, columns], end.reshape(-1, end.shape[2])
    distance = (offered**2).sum(axis=1) - 2 * wanted @ offered.T
    return places[distance.argmin(axis=1)]


RADIUS = 15


@lru_cache(maxsize=2)
def _daisy(key: bytes, shape: tuple[int, ...]) -> tuple[NDArray[np.float32], Points]:
    """DAISY beside Lab / 100, and the places they are at."""
    image = np.frombuffer(key, np.uint8).reshape(shape)
    found = daisy(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY) / 255, step=4, radius=RADIUS)
    found /= np.linalg.norm(found, axis=2, keepdims=True) + 1e-9
    rows, columns = found.shape[:2]
    lab = cv2.cvtColor(image.astype(np.float32) / 255, cv2.COLOR_RGB2LAB) / 100
    colour = cv2.GaussianBlur(lab, (0, 0), 2)[RADIUS:, RADIUS:][::4, ::4][:rows, :columns]
    y, x = np.mgrid[:rows, :columns] * 4.0 + RADIUS
    return np.dstack([found, 0.5 * colour]).astype(np.float32), np.stack([x, y], axis=-1).reshape(-1, 2)


if __name__ == "__main__":
    main()
