"""The bytes of a shared matte: photo, alpha and trimap as they lie on the disk, checked against the manifest."""

import io
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path, PurePosixPath

import cv2
import numpy as np
from PIL import Image
from PIL.ExifTags import Base

from pipelines.errors import StoreError
from pipelines.exports.choice import Chosen
from pipelines.storage.files import read_whole
from pipelines.storage.safe_paths import ImageProblem, safe_path

ORIENTATION = Base.Orientation.value
_SUFFIXES = {"JPEG": ".jpg", "MPO": ".jpg", "PNG": ".png", "WEBP": ".webp", "BMP": ".bmp", "TIFF": ".tif"}
"""Of the kinds that are annotated, by Pillow's name."""


class NotThere(Exception):
    """A picture that is missing, or is not the one that the manifest means; the message is one sentence."""


@dataclass(frozen=True, slots=True)
class Pictures:
    """Files of one matte.

    Attributes:
        photo: its bytes, as annotated: EXIF orientation and all.
        suffix: of a photo's name, after what it holds; in lower case with the dot.
        alpha, trimap: bytes of 8-bit grey PNGs.
        box: x, y, width and height of alpha > 0 in pixels.
    """

    photo: bytes
    suffix: str
    alpha: bytes
    trimap: bytes
    box: tuple[int, int, int, int]


def read_pictures(item: Chosen, out: Path, images: Path) -> Pictures:
    """The files of a matte.

    Args:
        item: the matte.
        out: output folder.
        images: folder that the photos are below.

    Raises:
        NotThere: one of them is missing, or has other bytes than when it was labelled; or readers would turn the photo
            by its EXIF orientation, and it would not fit its matte.
        StoreError: a store does not answer.
    """
    row = item.row
    photo = _read(images, row.image_path, row.image_sha256 or "", "photo")
    suffix, orientation = _looked_at(photo, row.image_path)
    if row.exif_orientation == 1 and orientation != 1:
        raise NotThere(f"photo {row.image_path} says that it is to be turned, and was annotated as it is stored")
    alpha = _read(out, item.alpha_path, item.alpha_sha256, "alpha")
    return Pictures(
        photo,
        suffix,
        alpha,
        _read(out, item.trimap_path, item.trimap_sha256, "trimap"),
        _box(item, alpha),
    )


def _box(item: Chosen, alpha: bytes) -> tuple[int, int, int, int]:
    """Of a mended matte too, whose row knows the machine's box alone."""
    if not item.mended and item.row.bbox is not None:
        return item.row.bbox
    pixels = cv2.imdecode(np.frombuffer(alpha, np.uint8), cv2.IMREAD_GRAYSCALE)
    if pixels is None:
        raise NotThere(f"alpha {item.alpha_path} is no picture")
    x, y, width, height = cv2.boundingRect(pixels)
    return x, y, width, height


def _looked_at(photo: bytes, name: str) -> tuple[str, int]:
    """Suffix and EXIF orientation; the name's and 1 where a photo does not open as the labelling job opens it."""
    named = PurePosixPath(name).suffix.lower()
    try:
        with Image.open(io.BytesIO(photo)) as image:
            found = image.getexif().get(ORIENTATION, 1)
            suffix = _SUFFIXES.get(image.format or "", named)
    except (OSError, ValueError, SyntaxError):
        return named if named in _SUFFIXES.values() else ".img", 1
    return suffix or ".img", found if found in range(1, 9) else 1


def _read(folder: Path, name: str, digest: str, kind: str) -> bytes:
    try:
        content = read_whole(safe_path(folder, name))
    except StoreError:
        raise
    except (OSError, ImageProblem) as error:
        raise NotThere(f"{kind} {name} cannot be read ({getattr(error, 'strerror', None) or error})") from None
    if digest and sha256(content).hexdigest() != digest:
        raise NotThere(f"{kind} {name} is not the file it was when it was labelled")
    return content
