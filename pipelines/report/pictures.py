"""What the report's pictures have in common: reading the run's own files, encoding, saying why there is none."""

import io
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from pipelines.config import QualityConfig
from pipelines.errors import StoreError
from pipelines.storage.files import read_whole
from pipelines.storage.safe_paths import ImageProblem, safe_path

LONGEST = 16383
"""Longest side of a WebP."""

FINE = 440
"""Drawings on small pictures are enlarged to about this many pixels, so that thin lines do not hide what they show."""
MAX_PIXELS = QualityConfig().max_image_pixels
"""Largest photo that is decoded for the report, in pixels."""

TINT = (232, 28, 140)
"""RGB of the mask over the photo: a magenta that skin, cloth, grass and sky rarely have."""
TINTED, DIMMED = 96, 120
"""How opaque, of 255, the tint lies over the mask, and black over the rest."""

Box = tuple[int, int, int, int]
"""Left, top, right, bottom in pixels; right and bottom excluded."""


class PictureError(Exception):
    """Why a picture cannot be shown, in a few words for the reader of the page."""


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture, encoded, or the reason why there is none.

    Attributes:
        kind: photo, mask, points, trimap, matte or cutout. A mask is a see-through layer to lay over the photo.
        data: the encoded file; empty when there is no picture.
        suffix: of the file name, with the dot.
        missing: why there is no picture; empty when there is one.
        note: a few words beside its name; empty for most.
    """

    kind: str
    data: bytes = b""
    suffix: str = ""
    missing: str = ""
    note: str = ""


def read_levels(out: Path, name: str | None) -> NDArray[np.uint8]:
    """One of the run's own gray pictures.

    Raises:
        PictureError: there is none, or it cannot be read.
        StoreError: the store does not answer.
    """
    if name is None:
        raise PictureError("not written")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(read_whole(safe_path(out, name))), formats=("PNG",)) as file:
                return as_array(file.convert("L"))
    except StoreError:
        raise
    except FileNotFoundError as error:
        raise PictureError("file missing") from error
    except ImageProblem as error:
        raise PictureError("path leaves its folder") from error
    except Image.DecompressionBombError as error:
        raise PictureError("too large to show") from error
    except (OSError, ValueError, SyntaxError, EOFError) as error:  # Pillow's decoders raise all of these
        raise PictureError("file does not decode") from error


def as_picture(pixels: NDArray[np.uint8]) -> Image.Image:
    """The pixels as a Pillow image."""
    return Image.fromarray(np.ascontiguousarray(pixels))


def as_array(picture: Image.Image) -> NDArray[np.uint8]:
    """The Pillow image's pixels."""
    return np.asarray(picture, dtype=np.uint8)


def outline(covered: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Covered pixels with an uncovered one among their four neighbours; the picture's border counts as covered."""
    padded = np.pad(covered, 1, mode="edge")
    inner = padded[:-2, 1:-1] & padded[2:, 1:-1] & padded[1:-1, :-2] & padded[1:-1, 2:]
    return covered & ~inner


def encode(pixels: NDArray[np.uint8], form: str) -> bytes:
    """The pixels as a JPEG, PNG or WEBP file."""
    options: dict[str, dict[str, Any]] = {
        "JPEG": {"quality": 85},
        "PNG": {"optimize": True},
        "WEBP": {"quality": 85, "alpha_quality": 100, "method": 4},
    }
    file = io.BytesIO()
    as_picture(pixels).save(file, form, **options[form])
    return file.getvalue()


def encode_drawing(pixels: NDArray[np.uint8]) -> bytes:
    """A photo with small coloured marks as a JPEG; halving the colours' resolution, as is usual, would smear them."""
    file = io.BytesIO()
    as_picture(pixels).save(file, "JPEG", quality=88, subsampling=0)
    return file.getvalue()
