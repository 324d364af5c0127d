"""COCO segmentations to checked run lengths and pixels. pycocotools does the work; this guards it from bad input."""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from pycocotools import mask as coco_mask

from pipelines.records import Segmentation

Rle = dict[str, Any]
"""Compressed COCO run lengths: ``{"size": [height, width], "counts": str}``."""

_REACH = 4
"""Polygon coordinates farther than this many image sizes outside are pulled in: pycocotools walks every line in
fifths of a pixel, so its time and memory grow with the coordinates."""

_LONGEST_RUN = 1 << 29
"""Six characters of the counts string hold 29 bits and a sign."""

_FIVE_CHARACTERS = 1 << 24

_LONGEST_CODE = 7
"""Characters of 5 bits a number of a counts string may take; 2**31 needs 7."""


class MaskProblem(ValueError):
    """A segmentation that gives no mask.

    Attributes:
        reason: ``mask_empty``, ``mask_degenerate`` (only polygons with fewer than 3 points), ``mask_wrong_size`` or
            ``mask_undecodable``.
        detail: one sentence for people.
    """

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(reason, detail)
        self.reason = reason
        self.detail = detail

    def __str__(self) -> str:
        return self.detail


def to_rle(segmentation: Segmentation | None, width: int, height: int) -> Rle:
    """Check a segmentation in any of COCO's three forms and bring it to canonical compressed run lengths.

    Args:
        segmentation: polygons, or uncompressed or compressed run lengths, as read from JSON; any content is safe. A
            list of numbers is one polygon, as some annotation tools write it.
        width, height: size of the image in pixels, at least 1.

    Returns:
        Compressed run lengths without empty runs, at least one pixel set. Polygons are merged and clipped to the
        image.

    Raises:
        MaskProblem: with one of its reason codes.
        ValueError: width or height below 1.
    """
    if width < 1 or height < 1:
        raise ValueError(f"image size is at least 1x1 pixel, got {width}x{height}")
    if segmentation is None or segmentation == []:
        raise MaskProblem("mask_empty", "the segmentation is empty")
    if width * height >= _LONGEST_RUN:
        raise MaskProblem(
            "mask_undecodable", f"runs of {width}x{height} pixels can be longer than pycocotools can write"
        )
    if isinstance(segmentation, list):
        flat = all(type(number) in (int, float) for number in segmentation)
        rle = _from_polygons([segmentation] if flat else segmentation, width, height)
    elif isinstance(segmentation, dict):
        rle = _from_runs(segmentation, width, height)
    else:
        kind = type(segmentation).__name__
        raise MaskProblem("mask_undecodable", f"the segmentation is a {kind}, expected polygons or run lengths")
    if area(rle) == 0:
        raise MaskProblem("mask_empty", f"the segmentation covers no pixel of the {width}x{height} image")
    return rle


def decode(rle: Rle) -> NDArray[np.uint8]:
    """(H, W) uint8 of 0 and 1, C-contiguous, of run lengths from ``to_rle`` or ``encode``."""
    columns = coco_mask.decode(rle).T  # pycocotools writes column by column, so the transpose is contiguous
    return np.asarray(cv2.transpose(columns), np.uint8)


def encode(mask: NDArray[np.uint8] | NDArray[np.bool_]) -> Rle:
    """Compressed run lengths of a mask, (H, W) uint8 of 0 and 1 or bool.

    Raises:
        ValueError: another shape or dtype.
    """
    if mask.ndim != 2 or mask.dtype not in (np.uint8, np.bool_):
        raise ValueError(f"mask is (H, W) uint8 or bool, got shape {mask.shape} and dtype {mask.dtype}")
    return as_text(coco_mask.encode(np.asfortranarray(mask.view(np.uint8))))


def area(rle: Rle) -> int:
    """Pixels set."""
    return int(coco_mask.area(rle))


def rect(rle: Rle) -> tuple[float, float, float, float]:
    """Minimal bounding rectangle (x, y, width, height) in pixels; zeros for an empty mask."""
    x, y, w, h = (float(v) for v in coco_mask.toBbox(rle))
    return x, y, w, h


def as_text(rle: Rle) -> Rle:
    """Run lengths as pycocotools gives them (bytes), with ``counts`` as str, which JSON and Parquet can hold."""
    counts = rle["counts"]
    return {"size": [int(n) for n in rle["size"]], "counts": counts.decode() if isinstance(counts, bytes) else counts}


def _from_polygons(polygons: list[Any], width: int, height: int) -> Rle:
    usable = [p for p in (_polygon(p, width, height) for p in polygons) if p is not None]
    if not usable:
        raise MaskProblem("mask_degenerate", f"none of {len(polygons)} polygons has 3 points")
    parts = coco_mask.frPyObjects(usable, height, width)
    return as_text(coco_mask.merge(parts))


def _polygon(polygon: Any, width: int, height: int) -> list[float] | None:
    """A checked polygon, pulled in to the image's surroundings; None where it has fewer than 6 numbers."""
    if not isinstance(polygon, list):
        kind = type(polygon).__name__
        raise MaskProblem("mask_undecodable", f"a polygon is a {kind}, expected a list of numbers")
    try:
        numbers = np.array(polygon)
    except ValueError:  # ragged
        numbers = np.array(None)
    if polygon and (numbers.ndim != 1 or numbers.dtype.kind not in "iuf" or not np.isfinite(numbers).all()):
        raise MaskProblem("mask_undecodable", "a polygon holds something else than finite numbers")
    if len(numbers) < 6:
        return None
    if len(numbers) % 2:
        raise MaskProblem("mask_undecodable", f"a polygon has an odd number of coordinates, {len(numbers)}")
    points = numbers.astype(np.float64).reshape(-1, 2)
    size = np.array([width, height])
    near: list[float] = points.clip(-_REACH * size, (1 + _REACH) * size).ravel().tolist()
    return near


def _from_runs(rle: dict[Any, Any], width: int, height: int) -> Rle:
    size, counts = rle.get("size"), rle.get("counts")
    if not isinstance(size, list | tuple) or len(size) != 2 or not all(type(n) is int for n in size):
        raise MaskProblem("mask_undecodable", "run lengths without a size of two whole numbers")
    if list(size) != [height, width]:
        raise MaskProblem(
            "mask_wrong_size", f"run lengths are for {size[1]}x{size[0]} pixels, the image has {width}x{height}"
        )
    if isinstance(counts, str | bytes):
        runs = _parse_counts(counts)
    elif isinstance(counts, list):
        runs = _whole_numbers(counts)
    else:
        raise MaskProblem("mask_undecodable", "run lengths without counts")
    # Bound every run before summing, so that the sum cannot wrap around.
    if runs.size == 0 or runs.min() < 0 or runs.max() > width * height or int(runs.sum()) != width * height:
        raise MaskProblem(
            "mask_undecodable", f"the run lengths do not add up to the {width * height} pixels of {width}x{height}"
        )
    plain = {"size": [height, width], "counts": _without_empty_runs(runs.tolist())}
    _check_room(plain["counts"])
    return as_text(coco_mask.frPyObjects(plain, height, width))


def _check_room(runs: list[int]) -> None:
    """Refuse what ``rleToString`` writes past its buffer: 6 characters a run, and none for the zero at the end."""
    written = np.array(runs, np.int64)
    written[3:] -= written[1:-2]  # from the fourth on, differences are written
    if len(runs) > 3 and (np.abs(written) >= _FIVE_CHARACTERS).all():
        raise MaskProblem("mask_undecodable", "all run lengths are longer than pycocotools has room for")


def _whole_numbers(counts: list[Any]) -> NDArray[np.int64]:
    try:
        runs = np.array(counts)
    except ValueError:  # ragged
        runs = np.array(None)
    if runs.size == 0:
        return np.zeros(0, np.int64)
    if runs.ndim != 1 or runs.dtype.kind != "i":
        raise MaskProblem("mask_undecodable", "counts hold something else than whole numbers")
    return runs.astype(np.int64)


def _parse_counts(counts: str | bytes) -> NDArray[np.int64]:
    """Runs of a compressed counts string, which may still be negative or add up to anything.

    The format is that of pycocotools' ``rleFrString``: 6 bits per character from "0" on, 5 of them payload, lowest
    first, the sixth says that more follow, the number is in two's complement; from the fourth number on, each is the
    difference to the one two before. ``rleFrString`` itself trusts the string and reads past its end.
    """
    try:
        raw = counts.encode("ascii") if isinstance(counts, str) else counts
    except UnicodeEncodeError:
        raise MaskProblem("mask_undecodable", "the counts string holds characters outside the code") from None
    codes = np.frombuffer(raw, np.uint8).astype(np.int64) - ord("0")
    if codes.size == 0:
        return codes
    if codes.min() < 0 or codes.max() > 0x3F:
        raise MaskProblem("mask_undecodable", "the counts string holds characters outside the code")
    last = np.flatnonzero((codes & 0x20) == 0)
    if last.size == 0 or last[-1] != codes.size - 1:
        raise MaskProblem("mask_undecodable", "the counts string ends inside a number")
    first = np.concatenate(([0], last[:-1] + 1))
    length = last - first + 1
    if length.max() > _LONGEST_CODE:
        raise MaskProblem("mask_undecodable", "the counts string holds a number longer than 32 bits")
    place = np.arange(codes.size) - np.repeat(first, length)
    runs = np.add.reduceat((codes & 0x1F) << (5 * place), first)
    negative = (codes[last] & 0x10) != 0
    runs[negative] -= np.int64(1) << (5 * length[negative])
    runs[1::2] = np.cumsum(runs[1::2])
    runs[2::2] = np.cumsum(runs[2::2])
    return runs


def _without_empty_runs(runs: list[int]) -> list[int]:
    """The same pixels without runs of length 0 after the first: pycocotools' bounding box goes wrong on those."""
    if 0 not in runs[1:]:
        return runs
    kept = [0]
    for i, run in enumerate(runs):
        if i % 2 == (len(kept) - 1) % 2:
            kept[-1] += run
        elif run:
            kept.append(run)
    return kept
