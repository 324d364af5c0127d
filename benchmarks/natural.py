"""Mattes of photographs with true alpha against their masks: mask-to-matte, and the closed form's bands of fixed width.

    python -m benchmarks.natural ANNOTATIONS [--images DIR] [--truth DIR] [--weights DIR] [--net-t DIR] [--joint DIR]

ANNOTATIONS is COCO instances; the truth of an annotation is ``<image id>.png`` or ``<annotation id>.png``, 8 bits,
below ``truth`` beside it. With --net-t also the closed form from a Net-T's trimaps, with --joint a joint network, in
both fusions. Printed is SAD (whole image, native size, / 1000), as the job compares mattes with --truth.
"""

import argparse
import json
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from matting_models.backends import create_backend
from matting_models.metrics import sad
from matting_models.networks.joint.fusion import FUSIONS
from matting_models.networks.joint.model import JointMatting
from matting_models.networks.mask_to_matte import MaskToMatte
from matting_models.networks.net_t.predictor import TrimapNetwork
from matting_models.pictures import read_alpha, read_photo
from pipelines.annotations import masks
from pipelines.labelling.matting import MattingBackend
from pipelines.labelling.trimap import make_trimap

Method = Callable[[NDArray[np.uint8], NDArray[np.uint8]], NDArray[np.float32]]
ETAS = (12, 24, 32, 48)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("annotations", type=Path)
    parser.add_argument("--images", type=Path, help="default images beside ANNOTATIONS")
    parser.add_argument("--truth", type=Path, help="default truth beside ANNOTATIONS")
    parser.add_argument("--weights", help="of mask-to-matte; default those that come with the package")
    parser.add_argument("--net-t", type=Path, help="folder that training net-t wrote")
    parser.add_argument("--joint", type=Path, help="folder that training joint wrote, or with both networks in it")
    given = parser.parse_args()
    beside = given.annotations.parent
    made = methods(given.weights) | trained(given.net_t, given.joint)
    show(scores(given.annotations, given.images or beside / "images", given.truth or beside / "truth", made))


def trained(net_t: Path | None, joint: Path | None) -> dict[str, Method]:
    """Networks that one trained, by name."""
    found: dict[str, Method] = {}
    if net_t is not None:
        closed_form, trimaps = create_backend("closed-form"), TrimapNetwork(net_t)
        found["closed form, net-t"] = lambda photo, mask: _from_trimap(closed_form, photo, mask, trimaps.trimap)
    if joint is not None:
        found |= {f"joint, {fusion}": JointMatting(joint, fusion=fusion).predict for fusion in FUSIONS}
    return found


def _from_trimap(
    backend: MattingBackend,
    photo: NDArray[np.uint8],
    mask: NDArray[np.uint8],
    make: Callable[[NDArray[np.uint8], NDArray[np.uint8]], NDArray[np.uint8]],
) -> NDArray[np.float32]:
    """The mask itself where nothing is known; a job would reject it."""
    trimap = make(photo, mask)
    known = (trimap == 0).any() and (trimap == 255).any()
    return backend(photo, trimap) if known else mask.astype(np.float32)


def methods(weights: str | None) -> dict[str, Method]:
    """By name; the mask itself is the first."""
    closed_form = create_backend("closed-form")

    def banded(eta: float) -> Method:
        return lambda photo, mask: closed_form(photo, make_trimap(mask, eta=eta).values)

    network = MaskToMatte(weights)
    found: dict[str, Method] = {"mask": lambda _, mask: mask.astype(np.float32), "mask-to-matte": network.predict}
    return found | {f"closed form, eta {eta}": banded(eta) for eta in ETAS}


def scores(annotations: Path, images: Path, truth: Path, made: dict[str, Method]) -> list[dict[str, float]]:
    """SAD of every method, by annotation."""
    content = json.loads(annotations.read_bytes())
    photos = {image["id"]: image for image in content["images"]}
    rows = []
    for annotation in tqdm(content["annotations"], unit="instance"):
        image = photos[annotation["image_id"]]
        rle = masks.to_rle(annotation["segmentation"], image["width"], image["height"])
        photo, mask = read_photo(images / image["file_name"]), masks.decode(rle)
        named = [truth / f"{annotation[key]}.png" for key in ("image_id", "id")]
        alpha = read_alpha(next((path for path in named if path.is_file()), named[0]))
        rows.append({name: sad(method(photo, mask).astype(np.float64), alpha) for name, method in made.items()})
    return rows


def show(rows: list[dict[str, float]]) -> None:
    """A line for every method."""
    print(f"{'':22} {'SAD':>7} {'ratio':>6} {'worst':>6}  worse than the mask, of {len(rows)}")
    base = np.array([row["mask"] for row in rows])
    for name in rows[0]:
        found = np.array([row[name] for row in rows])
        mean, worse = found.mean(), int((found > base).sum())
        print(f"{name:22} {mean:7.3f} {mean / base.mean():6.3f} {(found / base).max():6.2f}  {worse}")


if __name__ == "__main__":
    cv2.setNumThreads(1)
    main()
