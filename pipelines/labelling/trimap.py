"""Binary mask to trimap with an adaptive kernel (COCO-Matting, section 3.2, "Mask-to-Matte"). NumPy and OpenCV only."""

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from pipelines.eta import KernelRule, default_eta

BACKGROUND, UNKNOWN, FOREGROUND = 0, 128, 255


@dataclass(frozen=True, slots=True)
class Trimap:
    """A trimap and what it was made with.

    Attributes:
        values: (H, W) uint8; 0 known background, 128 unknown, 255 known foreground.
        kernel_size: omega, side in pixels of the eroding square.
        closed: (H, W) uint8 of 0 and 1, the mask with its gaps closed; contains the mask and the known foreground.
    """

    values: NDArray[np.uint8]
    kernel_size: int
    closed: NDArray[np.uint8]


def kernel_size(area: int, *, eta: float | None = None, rule: KernelRule = "measured", min_kernel: int = 5) -> int:
    """omega, the side in pixels of the square that erodes mask and background.

    Args:
        area: pixels of the dilated mask M', at least 0.
        eta: scale factor, above 0; None is ``eta.ETA`` for "measured", and the paper's 12 for the other rules.
        rule: "measured" is sqrt(area) / eta, which scales with the object and gives the better mattes; "paper" is the
            same with the paper's eta; "printed" is the paper's sqrt(area / eta), whose unknown band is larger than the
            object itself.
        min_kernel: least result; below the gap kernel, dilation outweighs erosion.

    Returns:
        omega rounded to the nearest integer (halves up), at least ``min_kernel``.

    Raises:
        ValueError: a number is out of range or the rule is unknown.
    """
    if rule not in ("measured", "printed", "paper"):
        raise ValueError(f"rule is 'measured', 'printed' or 'paper', got {rule!r}")
    if eta is None:
        eta = default_eta(rule)
    if area < 0 or eta <= 0 or min_kernel < 1:
        raise ValueError(f"need area >= 0, eta > 0 and min_kernel >= 1, got {area}, {eta} and {min_kernel}")
    omega = math.sqrt(area / eta) if rule == "printed" else math.sqrt(area) / eta
    return max(min_kernel, math.floor(omega + 0.5))


def make_trimap(
    mask: NDArray[np.uint8] | NDArray[np.bool_],
    *,
    gap_kernel: int = 4,
    eta: float | None = None,
    rule: KernelRule = "measured",
    min_kernel: int = 5,
) -> Trimap:
    """Trimap of one (fused) mask M.

    M' = Dilate(M, gap_kernel); known foreground = Erode(M', omega); known background = Erode(1 - M', omega).
    The recipe is the paper's, with two promises added: known background never meets M, and known foreground lies
    inside the gap-closed mask (the paper's own recipe breaks the second where omega is below the gap kernel).

    Beyond the image border everything is taken to continue as it is at the border: an object cut by the frame stays
    known up to the frame.

    A square of even side has no centre. Dilation uses OpenCV's anchor, erosions the reflected one, the pair that
    makes dilate-then-erode a closing. So nothing shifts where both sides are even or both odd, and everything by
    half a pixel (down and right) where only one is even.

    Args:
        mask: (H, W) uint8 of 0 and 1, or bool; at least one pixel set.
        gap_kernel: side in pixels of the square that closes gaps; 1 closes none.
        eta, rule, min_kernel: see ``kernel_size``.

    Raises:
        ValueError: the mask is not as above, or a number is out of range.

    Example:
        >>> square = np.zeros((9, 9), np.uint8)
        >>> square[2:7, 2:7] = 1
        >>> make_trimap(square, gap_kernel=1, min_kernel=3).values[4]
        array([  0, 128, 128, 128, 255, 128, 128, 128,   0], dtype=uint8)
    """
    binary = _checked(mask)
    if gap_kernel < 1:
        raise ValueError(f"gap_kernel is at least 1 pixel, got {gap_kernel}")
    x, y, w, h = cv2.boundingRect(binary)
    if w == 0:
        raise ValueError("mask has no pixel set")

    def around(margin: int) -> tuple[slice, slice]:
        return np.s_[max(0, y - margin) : y + h + margin, max(0, x - margin) : x + w + margin]

    square = np.ones((gap_kernel, gap_kernel), np.uint8)
    dilated_area = cv2.countNonZero(cv2.dilate(binary[around(gap_kernel)], square))
    omega = kernel_size(dilated_area, eta=eta, rule=rule, min_kernel=min_kernel)
    # Farther than this from the mask everything is known background, so the work stays inside the crop.
    crop = around(gap_kernel + omega)
    dilated = np.asarray(cv2.dilate(binary[crop], square), np.uint8)
    closed = np.zeros(binary.shape, np.uint8)
    closed[crop] = _window_sum(dilated, gap_kernel) == gap_kernel**2
    # One pass serves both erosions: a window full of ones is foreground, one without any is background.
    ones = _window_sum(dilated, omega)
    foreground = (ones == omega**2).view(np.uint8) & closed[crop]
    values = np.zeros(binary.shape, np.uint8)
    values[crop] = (ones > 0) * np.uint8(UNKNOWN) | foreground * np.uint8(FOREGROUND)
    return Trimap(values, omega, closed)


def as_three_levels(trimap: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A trimap from any tool as 0, 128 and 255: whatever lies between 0 and 255 (some write 127) is unknown.

    Args:
        trimap: (H, W) uint8.

    Returns:
        (H, W) uint8 of 0, 128 and 255; a new array.

    Raises:
        ValueError: another shape or dtype.
    """
    if trimap.ndim != 2 or trimap.dtype != np.uint8:
        raise ValueError(f"trimap is (H, W) uint8, got shape {trimap.shape} and dtype {trimap.dtype}")
    levels = np.full(256, UNKNOWN, np.uint8)
    levels[[0, 255]] = BACKGROUND, FOREGROUND
    return levels[trimap]


def _checked(mask: NDArray[np.uint8] | NDArray[np.bool_]) -> NDArray[np.uint8]:
    """The mask as contiguous uint8 of 0 and 1, or ValueError."""
    if mask.ndim != 2 or mask.dtype not in (np.uint8, np.bool_):
        raise ValueError(f"mask is (H, W) uint8 or bool, got shape {mask.shape} and dtype {mask.dtype}")
    if mask.size == 0:
        raise ValueError(f"mask has no pixels, got shape {mask.shape}")
    binary = np.ascontiguousarray(mask).view(np.uint8)
    if (largest := int(binary.max())) > 1:
        raise ValueError(f"mask holds 0 and 1, got {largest}")
    return binary


def _window_sum(binary: NDArray[np.uint8], side: int) -> NDArray[np.int32]:
    """Sum over the square reflected to ``cv2.dilate``'s, at each pixel; constant time in ``side``.

    A window that leaves the array also holds the border pixels that are repeated, so repeating them decides neither
    "all ones" nor "no ones": both mean what they mean for the part of the window inside. int32, as float32 counts
    exactly only up to 2**24.
    """
    anchor = (side - 1) // 2
    border = cv2.BORDER_REPLICATE
    sums = cv2.boxFilter(binary, cv2.CV_32S, (side, side), anchor=(anchor, anchor), normalize=False, borderType=border)
    return np.asarray(sums, np.int32)
