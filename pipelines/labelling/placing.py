"""Stage 7, place: an accepted instance's pictures are written."""

from hashlib import sha256
from pathlib import Path, PurePosixPath

import cv2
import numpy as np
from numpy.typing import NDArray

from pipelines.config import short_name
from pipelines.labelling.candidates import Candidate
from pipelines.labelling.foreground import cutout
from pipelines.labelling.instance_matte import Made
from pipelines.records import Instance
from pipelines.storage.files import write_whole

# The filter is named since OpenCV picks a slow one otherwise; level 3 halves the files of level 1 at the same speed.
_PNG = [cv2.IMWRITE_PNG_FILTER, cv2.IMWRITE_PNG_FILTER_UP, cv2.IMWRITE_PNG_COMPRESSION, 3]


class Pictures:
    """Writes pictures below an output folder.

    Args:
        out: the folder.

    Attributes:
        written: paths of all pictures so far; they are not flushed yet.
    """

    def __init__(self, out: Path) -> None:
        self._out = out
        self.written: list[Path] = []

    def write_png(self, folder: str, pixels: NDArray[np.uint8], stem: str) -> tuple[str, str]:
        """Write a PNG named by ``stem`` and its content; returns its path below the output folder and the digest of
        its bytes."""
        return self.write(folder, cv2.imencode(".png", pixels, _PNG)[1].tobytes(), stem, ".png")

    def write(self, folder: str, content: bytes, stem: str, ending: str) -> tuple[str, str]:
        """As ``write_png``, of an encoded picture."""
        digest = sha256(content).hexdigest()
        path = f"{folder}/{picture_name(stem, digest, ending)}"
        write_whole(self._out / path, content, durable=False)
        self.written.append(self._out / path)
        return path, digest


class Placer:
    """Writes the pictures of instances.

    Args:
        out: the output folder.
        cutouts: whether cutouts are wanted too.
    """

    def __init__(self, out: Path, *, cutouts: bool) -> None:
        self._cutouts = cutouts
        self.pictures = Pictures(out)

    def place(self, candidate: Candidate, made: Made) -> None:
        """Write alpha in 256 levels, trimap, and a cutout if asked for; of a rejected instance, note its box alone."""
        row = candidate.instance
        levels = np.zeros(made.trimap.shape, np.uint8)
        levels[made.extent] = np.rint(made.alpha * 255)
        x, y, w, h = cv2.boundingRect(levels)
        row.bbox = (x, y, w, h)
        if row.reason is not None:
            return
        row.alpha_path, row.alpha_sha256 = self._write("alphas", levels, row)
        row.trimap_path, row.trimap_sha256 = self._write("trimaps", made.trimap, row)
        if self._cutouts:
            rgba = cutout(candidate.photo.pixels, (levels / np.float32(255)).astype(np.float32))
            bgra = np.ascontiguousarray(rgba[..., [2, 1, 0, 3]])
            row.cutout_path, row.cutout_sha256 = self._write("cutouts", bgra, row)

    def _write(self, folder: str, pixels: NDArray[np.uint8], row: Instance) -> tuple[str, str]:
        return self.pictures.write_png(folder, pixels, picture_stem(row))


def picture_name(stem: str, digest: str, ending: str = ".png") -> str:
    """File name of a picture: its stem, and the beginning of its content's digest."""
    return f"{stem}-{digest[:12]}{ending}"


def picture_stem(row: Instance) -> str:
    """An instance's ids, unique in a manifest; for searched images, which people know by name, that name too."""
    ids = f"{row.image_id:012d}_{row.annotation_id}"
    if row.reference_path is None:
        return ids
    return f"{short_name(PurePosixPath(row.image_path).stem)}_{ids}"
