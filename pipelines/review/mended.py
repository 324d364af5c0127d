"""Files of mended trimaps and mattes, beside the machine's, never over them."""

from hashlib import sha256
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from pipelines.labelling.placing import picture_name, picture_stem
from pipelines.records import Instance
from pipelines.review.decisions import FOLDER, Mended
from pipelines.storage.files import make_folder, write_whole


def keep_mended(out: Path, row: Instance, trimap: NDArray[np.uint8], alpha: NDArray[np.uint8]) -> Mended:
    """Write both below ``OUT/reviews/mended``; they are on the disk when this returns.

    Args:
        out: the output folder.
        row: whose.
        trimap, alpha: (H, W) uint8, of the photo's size.

    Raises:
        OSError: they could not be written.
    """
    written: dict[str, str] = {}
    for name, pixels in (("trimap", trimap), ("alpha", alpha)):
        content = cv2.imencode(".png", pixels)[1].tobytes()
        digest = sha256(content).hexdigest()
        folder = f"{FOLDER}/mended/{name}s"
        make_folder(out / folder)
        path = f"{folder}/{picture_name(picture_stem(row), digest)}"
        write_whole(out / path, content)
        written |= {f"{name}_path": path, f"{name}_sha256": digest}
    return Mended(**written)
