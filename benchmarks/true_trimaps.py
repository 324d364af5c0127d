"""Trimap-based matting on photographs with true alpha, every method from the same trimaps.

    python -m benchmarks.true_trimaps ANNOTATIONS [--net-m DIR ...] [--images DIR] [--truth DIR]

ANNOTATIONS, images and truth are those of ``benchmarks.natural``. The trimap of an instance is its true alpha's, soft
pixels widened by 5 px on each side; scores are sums of absolute differences over the unknown region, in thousands, and
over what the mask's own alpha has there. Instances whose trimap has no known foreground or background are left out.
"""

import argparse
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.trimaps import instances
from matting_models.backends import create_backend
from matting_models.metrics import sad
from matting_models.networks.mask_to_matte.crops import crop_around
from pipelines.labelling.matting import MattingBackend

WIDER = 5


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("annotations", type=Path)
    parser.add_argument("--net-m", type=Path, action="append", default=[], help="folder that training net-m wrote")
    parser.add_argument("--images", type=Path, help="default images beside ANNOTATIONS")
    parser.add_argument("--truth", type=Path, help="default truth beside ANNOTATIONS")
    given = parser.parse_args()
    beside = given.annotations.parent
    methods: dict[str, MattingBackend] = {"closed-form": create_backend("closed-form")}
    for folder in given.net_m:
        methods[f"net-m {folder.name}"] = create_backend("net-m", weights=str(folder), device="cpu")
    found = instances(given.annotations, given.images or beside / "images", given.truth or beside / "truth")
    rows = [row for photo, mask, alpha in found if (row := _row(photo, mask, alpha, methods))]
    masks = np.array([row[0] for row in rows])
    print(f"{'':22} {'SAD':>8} {'over the mask':>14} {'closer':>7}  of {len(rows)}")
    for number, name in enumerate(methods, 1):
        errors = np.array([row[number] for row in rows])
        ratio, closer = errors.mean() / masks.mean(), int((errors < masks).sum())
        print(f"{name:22} {errors.mean():8.3f} {ratio:14.3f} {closer:7}")


def _row(
    photo: NDArray[np.uint8], mask: NDArray[np.uint8], alpha: NDArray[np.uint8], methods: dict[str, MattingBackend]
) -> list[float] | None:
    """SAD of the mask, then of every method; None where the true trimap has no known foreground or background."""
    window = crop_around(np.maximum(mask, (alpha > 127).view(np.uint8)))
    photo, mask, alpha = (np.ascontiguousarray(x[window]) for x in (photo, mask, alpha))
    trimap = true_trimap(alpha)
    unknown, true = trimap == 128, alpha.astype(np.float32) / 255
    if not ((trimap == 0).any() and (trimap == 255).any()):
        return None
    given = np.where(unknown, mask.astype(np.float32), true)
    return [sad(given, true), *(sad(np.where(unknown, m(photo, trimap), true), true) for m in methods.values())]


def true_trimap(alpha: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """0, 128 and 255: what is soft, and the outline, widened."""
    inside = (alpha > 127).view(np.uint8)
    outline = cv2.morphologyEx(inside, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8))
    soft = ((alpha > 0) & (alpha < 255)).view(np.uint8) | outline
    unknown = cv2.dilate(soft, np.ones((2 * WIDER + 1,) * 2, np.uint8)) > 0
    return np.where(unknown, np.uint8(128), inside * np.uint8(255))


if __name__ == "__main__":
    main()
