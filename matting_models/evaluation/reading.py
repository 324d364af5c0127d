"""A sample's files as arrays at a protocol's scale."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from matting_models.evaluation.protocols import Protocol
from matting_models.pictures import PictureProblem, read_alpha, read_grey, read_photo, size_text


def read_truth(path: Path, protocol: Protocol) -> tuple[NDArray[np.float64], tuple[int, int]]:
    """A true alpha at the protocol's scale, and its native height and width.

    Raises:
        PictureProblem: it cannot be read.
    """
    alpha = read_alpha(path)
    return resize_alpha(alpha, protocol.size(*alpha.shape)), (alpha.shape[0], alpha.shape[1])


def read_prediction(path: Path, protocol: Protocol, native: tuple[int, int]) -> NDArray[np.float64]:
    """A predicted alpha at the protocol's scale, of 8 bits there wherever it had to be resized.

    Args:
        path: 8-bit or 16-bit picture, of the truth's native size or of the protocol's.
        protocol: says the scale.
        native: height and width of the truth's file.

    Raises:
        PictureProblem: it cannot be read, or has another size.
    """
    alpha = read_alpha(path)
    wanted = protocol.size(*native)
    if alpha.shape == wanted:
        return alpha
    if alpha.shape != native:
        sizes = dict.fromkeys(f"{w}x{h}" for h, w in (native, wanted))
        raise PictureProblem(f"{path} is {size_text(alpha)}, expected {' (the truth) or '.join(sizes)}")
    # Authors evaluate what they would save.
    eight_bit: NDArray[np.float64] = np.floor(resize_alpha(alpha, wanted) * 255 + 0.5) / 255
    return eight_bit


def read_grey_like(path: Path, native: tuple[int, int]) -> NDArray[np.uint8]:
    """A trimap or a mask of the truth's size.

    Raises:
        PictureProblem: it cannot be read, or has another size.
    """
    grey = read_grey(path)
    if grey.shape != native:
        raise PictureProblem(f"{path} is {size_text(grey)}, expected {native[1]}x{native[0]} (the truth)")
    return grey


def read_sized_photo(path: Path, native: tuple[int, int]) -> NDArray[np.uint8]:
    """A photo of the truth's size: turned as EXIF says if it fits so, else as stored.

    Raises:
        PictureProblem: it cannot be read, or has another size either way.
    """
    photo = read_photo(path)
    if photo.shape[:2] != native:
        photo = read_photo(path, orientation=1)
    if photo.shape[:2] != native:
        raise PictureProblem(f"{path} is {size_text(photo)}, expected {native[1]}x{native[0]} (the truth)")
    return photo


def resize_alpha(alpha: NDArray[np.float64], size: tuple[int, int]) -> NDArray[np.float64]:
    """Resize bilinearly between pixel centres, without averaging: torch's ``interpolate``, its float32 coordinates too.

    Args:
        alpha: (H, W) in [0, 1].
        size: height and width wanted.
    """
    if alpha.shape == size:
        return alpha
    within: NDArray[np.float64] = np.clip(_bilinear(alpha.astype(np.float32), size), 0, 1).astype(np.float64)
    return within


def resize_photo(photo: NDArray[np.uint8], size: tuple[int, int]) -> NDArray[np.float32]:
    """The same for a photo, not rounded to 8 bits: so the SEMat authors' code gives it to the network.

    Args:
        photo: (H, W, 3) uint8.
        size: height and width wanted.

    Returns:
        (height, width, 3) float32 of 0 to 255.
    """
    values = photo.astype(np.float32)
    return values if photo.shape[:2] == size else _bilinear(values, size)


def _bilinear(values: NDArray[np.float32], size: tuple[int, int]) -> NDArray[np.float32]:
    above, below, down = _neighbours(values.shape[0], size[0])
    left, right, across = _neighbours(values.shape[1], size[1])
    channels = (1,) * (values.ndim - 2)
    across, down = across.reshape(-1, *channels), down.reshape(-1, 1, *channels)
    # Across first, on the rows that are needed.
    upper, lower = ((1 - across) * rows[:, left] + across * rows[:, right] for rows in (values[above], values[below]))
    resized: NDArray[np.float32] = (1 - down) * upper + down * lower
    return resized


def _neighbours(size: int, wanted: int) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.float32]]:
    """For every new pixel the two old ones between whose centres it lies, and the second's weight."""
    scale = np.float32(size) / np.float32(wanted)
    # Rounded once, as a fused multiply-add does.
    at = np.maximum(np.float64(scale) * (np.arange(wanted) + 0.5) - 0.5, 0).astype(np.float32)
    first = np.minimum(at.astype(np.intp), size - 1)
    return first, np.minimum(first + 1, size - 1), np.clip(at - first.astype(np.float32), 0, 1)
