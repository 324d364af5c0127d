"""Read one photo, whatever a stranger's data set calls a photo."""

import errno
import hashlib
import io
import stat
import struct
import threading
import warnings
import zlib
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image, UnidentifiedImageError

from pipelines.storage.files import is_local, read_whole
from pipelines.storage.safe_paths import ImageProblem

FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "TIFF", "GIF", "AVIF", "HEIF")
"""What is decoded. Pillow knows dozens more; some start other programs (EPS runs Ghostscript)."""
_LACKING = {
    "AVIF": "is AVIF, which this Pillow cannot read: pip install 'pillow>=11.3'",
    "HEIF": "is HEIC, which Pillow reads with pillow-heif: pip install pillow-heif",
}
"""What to install for a format that cannot be read here."""
_BRANDS = dict.fromkeys((b"avif", b"avis"), "AVIF") | dict.fromkeys(
    (b"heic", b"heix", b"heim", b"heis", b"hevc", b"mif1", b"msf1"), "HEIF"
)
"""The brand in such a file's header to its format."""

_BROKEN = (OSError, SyntaxError, ValueError, EOFError, TypeError, KeyError, IndexError, struct.error, zlib.error)
"""What Pillow's decoders raise on damaged files."""
_NO_SUCH_NAME = (errno.ENAMETOOLONG, errno.ELOOP)
"""What the system answers to names that no file can have."""
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""EXIF orientation to the turn that brings the picture upright."""
_UNDO = _TURNS | {6: Image.Transpose.ROTATE_90, 8: Image.Transpose.ROTATE_270}
_SIDEWAYS = (5, 6, 7, 8)

_pillow_limit = threading.Lock()


@dataclass(frozen=True, slots=True)
class Photo:
    """A decoded photo.

    Attributes:
        pixels: (H, W, 3) uint8, RGB, C-contiguous and writable; of a cutout (H, W, 4), RGBA.
        sha256: hex digest of the file's bytes.
        exif_orientation: EXIF orientation that was applied, 2 to 8; 1 where none was.
    """

    pixels: NDArray[np.uint8]
    sha256: str
    exif_orientation: int


def read_photo(path: Path, width: int, height: int, max_pixels: int) -> Photo:
    """Read a photo and bring it to 8-bit RGB as annotated.

    The content decides the format, not the name. Transparency is dropped, not composited, as COCO tools do
    (``convert("RGB")``); 16-bit samples keep their upper 8 bits; of several frames the first counts.

    The annotated size decides about the EXIF orientation: it is applied if the size then fits, as most annotation
    tools do, else left unapplied if the size fits so.

    Args:
        path: the file; read once, so that the digest is of what was decoded.
        width, height: annotated size in pixels; 0 and 0 where unknown, then any size is right and the orientation is
            applied.
        max_pixels: largest width times height, judged from the header before anything is decoded.

    Raises:
        ImageProblem: with one of its reason codes. Problems of the machine (I/O errors, memory) pass through.
    """
    data = _read(path)
    image, orientation, turned = _decoded(data, path, max_pixels, "RGB")
    rgb, applied = _as_annotated(image, orientation, turned, (width, height), path)
    return Photo(np.array(rgb), hashlib.sha256(data).hexdigest(), applied)


def read_cutout(path: Path, max_pixels: int) -> Photo | None:
    """As ``read_photo`` of a photo of unknown size, with its transparency.

    Returns:
        With (H, W, 4) pixels, RGBA, colours not multiplied by alpha; None where the picture has no transparency.

    Raises:
        ImageProblem: with one of its reason codes, as ``read_photo``.
    """
    data = _read(path)
    image, orientation, turned = _decoded(data, path, max_pixels, "RGBA")
    if image.mode != "RGBA":
        return None
    upright, applied = _as_annotated(image, orientation, turned, (0, 0), path)
    return Photo(np.array(upright), hashlib.sha256(data).hexdigest(), applied)


def _decoded(data: bytes, path: Path, max_pixels: int, mode: str) -> tuple[Image.Image, int, bool]:
    """The image in RGB, or as well in RGBA where that is the mode and it has transparency; its EXIF orientation; and
    whether it stands upright already.
    """
    try:
        image = _open(data, path, max_pixels)
        # Pillow turns TIFFs upright when it loads them and forgets how they lay; PNGs may say it behind the pixels.
        turned = image.format == "TIFF"
        before = _orientation(image) if turned else 1
        image.load()
        orientation = before if turned else _orientation(image)
        clear = mode == "RGBA" and ("A" in image.getbands() or "transparency" in image.info)
        return image.convert("RGBA") if clear else _to_rgb(image), orientation, turned
    except ImageProblem:
        raise
    except Image.DecompressionBombError:
        raise ImageProblem(
            "image_too_large", f"{path.name} claims more pixels than the limit of {max_pixels}"
        ) from None
    except _BROKEN as error:
        raise ImageProblem("image_unreadable", f"{path.name} cannot be decoded: {_one_line(error)}") from None


def _as_annotated(
    image: Image.Image, orientation: int, turned: bool, annotated: tuple[int, int], path: Path
) -> tuple[Image.Image, int]:
    """The image upright or as stored, whichever has the annotated size, and the orientation that was applied.

    ``turned`` says that it stands upright already.
    """
    size = image.size
    other = size[::-1] if orientation in _SIDEWAYS else size
    upright, stored = (size, other) if turned else (other, size)
    if annotated in ((0, 0), upright):
        apply = orientation != 1 and not turned
        return image.transpose(_TURNS[orientation]) if apply else image, orientation
    if annotated == stored:
        return image.transpose(_UNDO[orientation]) if turned else image, 1
    found = f"{stored[0]}x{stored[1]}" + (f" (EXIF orientation {orientation})" if orientation != 1 else "")
    expected = f"{annotated[0]}x{annotated[1]}"
    raise ImageProblem("image_wrong_size", f"{path.name} is annotated as {expected} but has {found} pixels")


def _read(path: Path) -> bytes:
    try:
        if is_local(path) and not stat.S_ISREG(path.stat().st_mode):  # a pipe would block, a device never end
            raise ImageProblem("image_unreadable", f"{path.name} is not a regular file")
        data = read_whole(path)
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        raise ImageProblem("image_missing", f"{path.name} is not in the image folder") from None
    except PermissionError:
        if not is_local(path):  # credentials, not this one file
            raise
        raise ImageProblem("image_unreadable", f"{path.name} may not be read: permission denied") from None
    except OSError as error:
        if error.errno not in _NO_SUCH_NAME:
            raise
        raise ImageProblem("image_missing", f"{path.name[:80]} cannot be found: {error.strerror}") from None
    if not data:
        raise ImageProblem("image_empty", f"{path.name} has no bytes")
    return data


def _open(data: bytes, path: Path, max_pixels: int) -> Image.Image:
    """The image with its header read; nothing decoded yet."""
    # Pillow's limit is global, and WebP allocates on opening: put ours in its place for as long as opening takes.
    with _pillow_limit, warnings.catch_warnings():
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        before = Image.MAX_IMAGE_PIXELS
        Image.MAX_IMAGE_PIXELS = (max_pixels + 1) // 2  # an error comes at twice this
        try:
            image = Image.open(io.BytesIO(data), formats=_readable())
        except UnidentifiedImageError:
            raise ImageProblem("image_unreadable", f"{path.name} {_unidentified(data)}") from None
        finally:
            Image.MAX_IMAGE_PIXELS = before
    if image.width * image.height > max_pixels:
        found = f"{image.width}x{image.height} pixels"
        raise ImageProblem("image_too_large", f"{path.name} has {found}, which is above the limit of {max_pixels}")
    return image


@cache
def _readable() -> tuple[str, ...]:
    """Those of the formats that can be read here."""
    with suppress(ImportError):
        from pillow_heif import register_heif_opener

        register_heif_opener(thumbnails=False)
    Image.init()
    return tuple(name for name in FORMATS if name in Image.OPEN)


def _unidentified(data: bytes) -> str:
    kind = _BRANDS.get(data[8:12]) if data[4:8] == b"ftyp" else None
    if kind is not None and kind not in _readable():
        return _LACKING[kind]
    return f"is none of {', '.join(_readable())}, or its header is damaged"


def _orientation(image: Image.Image) -> int:
    """EXIF orientation, 1 where there is none or it is nonsense; damaged EXIF does not make a photo unusable."""
    try:
        value = image.getexif().get(ExifTags.Base.Orientation, 1)
    except _BROKEN:
        return 1
    return value if isinstance(value, int) and value in _TURNS else 1


def _to_rgb(image: Image.Image) -> Image.Image:
    if image.mode == "RGB":
        return image
    if image.mode.startswith("I;16"):
        # Pillow's own conversion clips to 255 rather than scaling.
        return Image.fromarray((np.asarray(image) >> 8).astype(np.uint8)).convert("RGB")
    if image.mode in ("I", "F"):
        raise ValueError("32-bit samples have no agreed range")
    return image.convert("RGB")


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split()) or type(error).__name__
