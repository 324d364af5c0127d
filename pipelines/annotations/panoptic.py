"""Panoptic PNGs: every pixel's colour is the id of the segment it belongs to."""

import io
from hashlib import sha256
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from pipelines.storage.files import read_whole

VOID = 0


class PanopticProblem(ValueError):
    """A panoptic PNG that cannot be used.

    Attributes:
        reason: panoptic_missing, panoptic_empty, panoptic_unreadable or panoptic_wrong_size.
        detail: one sentence with the file, what was found and what was expected.
    """

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason, self.detail = reason, detail


def read_segment_ids(path: Path, width: int, height: int) -> tuple[NDArray[np.int64], str]:
    """Segment id of every pixel: ``R + 256 G + 65536 B`` (COCO panoptic format), 0 where nothing is annotated.

    Single-channel PNGs, as in COCONut-XL, hold the id itself (the palette index, if there is a palette).

    Args:
        path: the PNG.
        width, height: of the annotated image, in pixels.

    Returns:
        (H, W) int64 ids, and the hex SHA-256 of the file.

    Raises:
        PanopticProblem: the file is missing, empty, not a PNG, damaged, or of another size.
    """
    try:
        content = read_whole(path)
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
        raise PanopticProblem("panoptic_missing", f"{path.name}: panoptic PNG not found") from None
    if not content:
        raise PanopticProblem("panoptic_empty", f"{path.name}: panoptic PNG has zero bytes")
    try:
        with Image.open(io.BytesIO(content), formats=["PNG"]) as image:
            if image.size != (width, height):
                found = f"{image.width}x{image.height}"
                raise PanopticProblem(
                    "panoptic_wrong_size", f"{path.name}: panoptic PNG is {found}, annotated {width}x{height}"
                )
            pixels = np.asarray(image)
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        if isinstance(error, PanopticProblem):
            raise
        raise PanopticProblem("panoptic_unreadable", f"{path.name}: not a readable PNG ({error})") from None
    return _ids(pixels), sha256(content).hexdigest()


def _ids(pixels: NDArray[np.generic]) -> NDArray[np.int64]:
    if pixels.ndim == 2:
        return pixels.astype(np.int64)
    if pixels.shape[2] < 3:
        return pixels[..., 0].astype(np.int64)
    rgb = pixels[..., :3].astype(np.int64)
    return rgb[..., 0] + 256 * rgb[..., 1] + 65536 * rgb[..., 2]
