"""Decoded photographs, of which the latest are kept."""

from collections import OrderedDict
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from matting_models.pictures import read_photo


class Photographs:
    """Reads photographs; what was used last stays in memory.

    Args:
        most: bytes of pixels that are kept.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._kept: OrderedDict[tuple[Path, int | None], NDArray[np.uint8]] = OrderedDict()
        self.size = 0

    def read(self, path: Path, orientation: int | None = None) -> NDArray[np.uint8]:
        """A photo as (H, W, 3) uint8, RGB, not to be written to.

        Args:
            path: the file.
            orientation: EXIF orientation to apply, 1 to 8; None for what the file itself says.

        Raises:
            PictureProblem: it cannot be read.
        """
        key = (path, orientation)
        if key in self._kept:
            self._kept.move_to_end(key)
            return self._kept[key]
        photo = read_photo(path, orientation)
        photo.flags.writeable = False
        self._kept[key] = photo
        self.size += photo.nbytes
        while self.size > self._most:
            self.size -= self._kept.popitem(last=False)[1].nbytes
        return photo


PHOTOGRAPHS = Photographs(256 << 20)
"""Of this process, shared by all sources: 280 photos of COCO's size."""
