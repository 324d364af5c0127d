"""The classical features: SIFT on a dense grid at three sizes, with the colour of the place. OpenCV only, no weights.

For near views of the same object: they compare looks, not meanings. D. Lowe, "Distinctive image features from
scale-invariant keypoints", 2004; R. Arandjelovic and A. Zisserman, "Three things everyone should know to improve object
retrieval", 2012 (square roots); C. Liu et al., "SIFT Flow", 2008 (on a dense grid).
"""

from functools import lru_cache
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from pipelines.propagation.features import Describer, FeatureMap, Points, View, unit

SIDE = 640
"""Longer side in pixels that images are brought to, so that an object that fills as much of the frame has the same size
whatever the camera. docs/benchmarks.md has the correspondences."""
ENLARGED = 2.0
"""Most that small images are enlarged."""
STEP = 4
"""Distance of cells in working pixels."""
SIZES = (4.0, 8.0, 16.0)
"""Keypoint diameters in working pixels; a descriptor's window is six times as wide."""
COMPONENTS = 48
"""Numbers kept of every descriptor's 128, by a fixed random projection; similarities hardly change (Johnson and
Lindenstrauss), the cache shrinks by more than half."""
COLOUR_BLUR = 2.0
"""Sigma of the colour's Gaussian in working pixels."""
COLOUR_WEIGHT = 0.35
"""Weight of a unit of Lab / 100 beside a descriptor of unit length."""
LEAST_SIDE = 16
"""Sides are lengthened to this many pixels, by repeating the edge: OpenCV halves images until they vanish."""
_ANGLES = (-45.0, -30.0, -15.0, 0.0, 15.0, 30.0, 45.0)
_SCALES = tuple(2 ** (k / 3) for k in range(-3, 4))


class DenseSift:
    """Dense SIFT and colour, see the module; implements ``pipelines.propagation.features.DenseFeatures``."""

    name = "dense-sift"
    revision = f"opencv-{cv2.__version__}-1"
    views = tuple(View(angle, scale) for scale in _SCALES for angle in _ANGLES)
    tolerance = 0.2
    chance = 0.75
    min_score = 0.4

    def extract(self, image: NDArray[np.uint8]) -> FeatureMap:
        """Features every 4 working pixels.

        Args:
            image: (H, W, 3) uint8, RGB.

        Returns:
            148 components a cell.
        """
        height, width = image.shape[:2]
        resize = _work_scale(height, width)
        small = _resized(image, resize)
        rows, columns = (np.arange(min(STEP // 2, n - 1), n, STEP) for n in small.shape[:2])
        grid = np.stack(np.meshgrid(columns, rows), axis=-1).reshape(-1, 2).astype(np.float64)
        values = _describe(small, grid, 0.0).reshape(len(rows), len(columns), -1).astype(np.float16)
        pixel = (width / small.shape[1], height / small.shape[0])
        x, y = ((first + 0.5) * p - 0.5 for first, p in zip((columns[0], rows[0]), pixel, strict=True))
        return FeatureMap(values, (x, y), (STEP * pixel[0], STEP * pixel[1]), (height, width), 1 / resize)

    def describer(self, image: NDArray[np.uint8], found: FeatureMap) -> Describer:
        """Descriptors at any point: turned with the view's angle, from the image resized by its scale."""
        resize = 1 / found.work

        @lru_cache(maxsize=len(_SCALES))
        def at_scale(scale: float) -> NDArray[np.uint8]:
            return _resized(image, resize * scale)

        def describe(points: Points, view: View) -> NDArray[np.float32]:
            scaled = at_scale(view.scale)
            factor = np.array(scaled.shape[1::-1]) / np.array(image.shape[1::-1])
            # What stands turned in the target looks upright from a frame turned the other way.
            return _describe(scaled, (points + 0.5) * factor - 0.5, -view.angle)

        return describe


def _work_scale(height: int, width: int) -> float:
    return min(ENLARGED, SIDE / max(height, width))


def _resized(image: NDArray[np.uint8], factor: float) -> NDArray[np.uint8]:
    size = tuple(max(1, round(n * factor)) for n in image.shape[1::-1])
    if size == image.shape[1::-1]:
        return image
    how = cv2.INTER_AREA if factor < 1 else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(image, size, interpolation=how), np.uint8)


def _describe(image: NDArray[np.uint8], points: Points, angle: float) -> NDArray[np.float32]:
    """(N, 148) float32 of unit length."""
    gray = np.asarray(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), np.uint8)
    parts = [_sift(gray, points, size, angle) @ _projection() for size in SIZES]
    return unit(np.hstack([*parts, _colour(image, points)]).astype(np.float32))


def _sift(gray: NDArray[np.uint8], points: Points, size: float, angle: float) -> NDArray[np.float32]:
    """Square roots of SIFT descriptors, (N, 128) of unit length, zero where there is no texture at all."""
    octave = max(0, round(np.log2(size / SIZES[0])))
    layer_one = octave | 1 << 8  # as OpenCV packs the octave and its layer
    keypoints = [cv2.KeyPoint(x, y, size, angle % 360.0, 1.0, layer_one) for x, y in points.tolist()]
    if not keypoints:
        return np.zeros((0, 128), np.float32)
    sift: Any = cv2  # its stubs lack SIFT
    lacking = [max(0, LEAST_SIDE - n) for n in gray.shape]
    if any(lacking):
        gray = np.pad(gray, [(0, n) for n in lacking], mode="edge")
    found = np.asarray(sift.SIFT_create().compute(gray, keypoints)[1], np.float32)
    return np.asarray(np.sqrt(found / np.maximum(found.sum(axis=1, keepdims=True), np.float32(1e-6))))


@lru_cache(maxsize=1)
def _projection() -> NDArray[np.float32]:
    """(128, COMPONENTS) with orthogonal columns that keep lengths on average."""
    normal = np.random.default_rng(0).standard_normal((128, COMPONENTS))
    return np.asarray(np.linalg.qr(normal)[0] * np.sqrt(128 / COMPONENTS), np.float32)


def _colour(image: NDArray[np.uint8], points: Points) -> NDArray[np.float32]:
    """Lab as a vector on a sphere, so that cosines fall with the colours' distance, (N, 4)."""
    lab = cv2.cvtColor(image.astype(np.float32) / np.float32(255), cv2.COLOR_RGB2LAB) / np.float32(100)
    blurred = cv2.GaussianBlur(lab, (0, 0), COLOUR_BLUR)
    x, y = (np.ascontiguousarray(points[None, :, i], np.float32) for i in (0, 1))
    border = cv2.BORDER_REPLICATE
    here = cv2.remap(blurred, x, y, cv2.INTER_LINEAR, borderMode=border)[0] if len(points) else np.zeros((0, 3))
    flat = COLOUR_WEIGHT * np.asarray(here, np.float32)
    lift = np.sqrt(np.maximum(np.float32(1) - (flat**2).sum(axis=1, keepdims=True), 0))
    return np.hstack([flat, lift]).astype(np.float32) * np.float32(np.sqrt(2))
