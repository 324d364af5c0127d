"""Reading photos and mattes with OpenCV, each problem a sentence."""

import hashlib
from pathlib import Path, PureWindowsPath
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

COLOUR_TOLERANCE = 12
"""Largest difference between the channels of a grey picture, of 255: JPEG does not keep them equal."""

EXTENSIONS = (".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff")

_TURNS = {2: (False, 0, True), 3: (False, 2, False), 4: (False, 2, True), 5: (True, 0, False), 6: (False, 3, False),
          7: (True, 2, False), 8: (False, 1, False)}  # fmt: skip
"""EXIF orientation to: transpose, quarter turns to the left, mirror; what brings the stored picture upright."""


class PictureProblem(ValueError):
    """A picture that cannot be read; the message names the file."""


def below(root: Path, name: str) -> Path:
    """Path of a name from a manifest below ``root``: names come from strangers and must not lead elsewhere.

    Raises:
        PictureProblem: the name is absolute, climbs, has a drive letter, or is empty.
    """
    parts = PureWindowsPath(name)  # splits at both kinds of slash, knows drives and both kinds of absolute
    if not parts.name or parts.anchor or ".." in parts.parts or "\0" in name:
        raise PictureProblem(f"{name!r} does not name a file below {root}")
    return root / name


def read_photo(path: Path, orientation: int | None = None, sha256: str | None = None) -> NDArray[np.uint8]:
    """A photo as (H, W, 3) uint8, RGB.

    Args:
        path: the file.
        orientation: EXIF orientation to apply, 1 to 8; None for what the file itself says.
        sha256: of the file's bytes, hexadecimal, if it is known.

    Raises:
        PictureProblem: missing, undecodable, cut short, or not the file that had this digest.
    """
    flags = cv2.IMREAD_COLOR if orientation is None else cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION
    data = _bytes(path)
    if sha256 is not None and (found := hashlib.sha256(data).hexdigest()) != sha256:
        raise PictureProblem(f"{path} has SHA-256 {found[:12]}, expected {sha256[:12]}: it changed after labelling")
    pixels = _decode(path, data, flags)
    return np.ascontiguousarray(turn(pixels, orientation or 1)[:, :, ::-1])


def turn(pixels: NDArray[np.uint8], orientation: int) -> NDArray[np.uint8]:
    """Apply an EXIF orientation, 1 to 8; anything else is taken as 1."""
    transpose, quarters, mirror = _TURNS.get(orientation, (False, 0, False))
    if transpose:
        pixels = pixels.swapaxes(0, 1)
    pixels = np.rot90(pixels, quarters)
    return pixels[:, ::-1] if mirror else pixels


def read_grey(path: Path) -> NDArray[np.uint8]:
    """An alpha matte or trimap as (H, W) uint8; 16-bit files keep their upper 8 bits.

    Mattes stored as RGB have three equal channels, of which the first is taken.

    Raises:
        PictureProblem: missing, undecodable, or coloured: a photo or a cutout.
    """
    pixels = _decode(path, _bytes(path), cv2.IMREAD_UNCHANGED)
    if pixels.dtype == np.uint16:
        pixels = (pixels >> 8).astype(np.uint8)
    if pixels.dtype != np.uint8:
        raise PictureProblem(f"{path} has {pixels.dtype} samples, expected 8 or 16 bits")
    return np.ascontiguousarray(_one_channel(path, pixels) if pixels.ndim == 3 else pixels)


def read_alpha(path: Path) -> NDArray[np.float64]:
    """An alpha matte at full precision: (H, W) float64 in [0, 1], from 8 bits over 255 or 16 bits over 65535.

    RGB must be grey. Of RGBA (and grey with alpha) the alpha channel is the matte, as in a cutout, unless it is opaque
    everywhere: then the colours are.

    Raises:
        PictureProblem: missing, undecodable, coloured, or of other than 8 or 16 bits.
    """
    pixels = _decode(path, _bytes(path), cv2.IMREAD_UNCHANGED)
    if pixels.dtype not in (np.uint8, np.uint16):
        raise PictureProblem(f"{path} has {pixels.dtype} samples, expected 8 or 16 bits")
    top = np.iinfo(pixels.dtype).max
    if pixels.ndim == 3:
        see_through = pixels.shape[2] == 4 and (pixels[:, :, 3] != top).any()
        pixels = pixels[:, :, 3] if see_through else _one_channel(path, pixels)
    return pixels / float(top)


def read_cutout(path: Path) -> NDArray[np.uint8]:
    """A foreground as (H, W, 4) uint8: straight RGB and alpha.

    Raises:
        PictureProblem: missing, undecodable, without alpha, or of other than 8 bits.
    """
    pixels = _decode(path, _bytes(path), cv2.IMREAD_UNCHANGED)
    if pixels.dtype != np.uint8 or pixels.ndim != 3 or pixels.shape[2] != 4:
        channels = 1 if pixels.ndim == 2 else pixels.shape[2]
        raise PictureProblem(f"{path} has {channels} channels of {pixels.dtype}, expected RGBA of 8 bits")
    return cv2.cvtColor(pixels, cv2.COLOR_BGRA2RGBA).astype(np.uint8, copy=False)


def _one_channel(path: Path, pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    colours = pixels[:, :, :3]
    tolerance = COLOUR_TOLERANCE * (np.iinfo(pixels.dtype).max // 255)
    if (colours.max(axis=2) - colours.min(axis=2)).max() > tolerance:
        raise PictureProblem(f"{path} has colours, expected a grey picture")
    return pixels[:, :, 0]


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise PictureProblem(f"{path} does not exist") from None
    except OSError as error:
        raise PictureProblem(f"{path} cannot be read: {error.strerror}") from None


def _decode(path: Path, data: bytes, flags: int) -> NDArray[np.uint8]:
    if data[:2] == b"\xff\xd8" and not _is_whole_jpeg(data):
        raise PictureProblem(f"{path} is cut short ({len(data)} bytes)")
    try:
        pixels = cv2.imdecode(np.frombuffer(data, np.uint8), flags) if data else None
    except cv2.error:  # absurd sizes in the header
        pixels = None
    if pixels is None:
        raise PictureProblem(f"{path} cannot be decoded ({len(data)} bytes)")
    return pixels  # type: ignore[return-value]


def _is_whole_jpeg(data: bytes) -> bool:
    """Whether there is an end-of-image marker; OpenCV 4 paints what is missing grey and says nothing.

    Segments before the first scan are stepped over: a thumbnail in one has markers of its own.
    """
    at = 2
    while at + 4 <= len(data) and data[at + 1] != 0xDA:
        at += 1 if data[at + 1] == 0xFF else 2 + int.from_bytes(data[at + 2 : at + 4])
    return data.find(b"\xff\xd9", at) >= 0


def size_text(pixels: NDArray[Any]) -> str:
    """Width and height for a message."""
    return f"{pixels.shape[1]}x{pixels.shape[0]}"


def list_pictures(folder: Path) -> dict[str, Path]:
    """Pictures of a folder by stem, in order of name; hidden files are left out."""
    found = sorted(p for p in folder.iterdir() if p.suffix.lower() in EXTENSIONS and not p.name.startswith("."))
    return {path.stem: path for path in reversed(found)}
