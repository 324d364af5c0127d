"""A prediction beside its truth: checked once, and where they differ found once."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Box = tuple[slice, slice]
"""Rows and columns."""


@dataclass(frozen=True, slots=True)
class Pair:
    """What every metric starts from.

    Attributes:
        prediction, truth: (H, W) float64 in [0, 1], contiguous.
        region: (H, W) uint8 of 0 and 1; None for the whole image.
        pixels: number of pixels of the region.
        box: rows and columns outside which the two are equal, region or not.
    """

    prediction: NDArray[np.float64]
    truth: NDArray[np.float64]
    region: NDArray[np.uint8] | None
    pixels: int
    box: Box

    @property
    def counted(self) -> NDArray[np.uint8]:
        """The region as compiled loops take it: (0, 0) for the whole image."""
        return np.empty((0, 0), np.uint8) if self.region is None else self.region

    def norm(self, kind: int) -> float:
        """``cv2.NORM_L1``: sum of |prediction - truth| over the region; ``cv2.NORM_L2SQR``: of its square."""
        region = None if self.region is None else self.region[self.box]
        return cv2.norm(self.prediction[self.box], self.truth[self.box], kind, region) if self.box[0].stop else 0.0


def make_pair(
    prediction: NDArray[np.floating], truth: NDArray[np.floating], region: NDArray[np.bool_] | None = None
) -> Pair:
    """Check two mattes.

    Args:
        prediction, truth: (H, W) floats in [0, 1].
        region: (H, W) bool, the pixels that count; None for all.

    Raises:
        ValueError: not two-dimensional, empty, of different sizes, not floats, NaN or outside [0, 1].
    """
    predicted, true = check_matte(prediction, "prediction"), check_matte(truth, "truth")
    if predicted.shape != true.shape:
        raise ValueError(f"prediction is {predicted.shape}, truth is {true.shape}; expected the same shape")
    box = extent((predicted != true).view(np.uint8))
    if region is None:
        return Pair(predicted, true, None, predicted.size, box)
    kept = check_region(region, predicted.shape)
    return Pair(predicted, true, kept.view(np.uint8), int(np.count_nonzero(kept)), box)


def extent(mask: NDArray[np.uint8]) -> Box:
    """The box around what is not 0; an empty one at the origin if nothing is."""
    x, y, width, height = cv2.boundingRect(mask)
    return slice(y, y + height), slice(x, x + width)


def check_region(region: NDArray[np.bool_], shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """A region that fits mattes of a shape."""
    if region.dtype != np.bool_:
        raise ValueError(f"region has dtype {region.dtype}; expected bool: for a trimap, unknown_region(trimap)")
    if region.shape != shape:
        raise ValueError(f"region is {region.shape}, mattes are {shape}; expected the same shape")
    return np.ascontiguousarray(region)


def check_matte(matte: NDArray[np.floating], name: str) -> NDArray[np.float64]:
    """A matte as contiguous float64."""
    if not isinstance(matte, np.ndarray):
        raise ValueError(f"{name} is a {type(matte).__name__}; expected a NumPy array")
    if matte.ndim != 2 or not matte.size:
        raise ValueError(f"{name} has shape {matte.shape}; expected (H, W), both at least 1")
    if not np.issubdtype(matte.dtype, np.floating):
        raise ValueError(
            f"{name} has dtype {matte.dtype}; expected floats in [0, 1]: divide 8-bit values by 255, 16-bit by 65535"
        )
    values: NDArray[np.float64] = np.ascontiguousarray(matte, dtype=np.float64)
    if not (values.min() >= 0 and values.max() <= 1):  # NaN fails both
        raise ValueError(f"{name} {_problem(values)}; expected floats in [0, 1]")
    return values


def _problem(values: NDArray[np.float64]) -> str:
    if bad := int(np.count_nonzero(~np.isfinite(values))):
        return f"has {bad} of {values.size} pixels that are NaN or infinite"
    return f"has values from {values.min():.9g} to {values.max():.9g}"
