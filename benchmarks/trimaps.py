"""Trimaps of photographs with true alpha: the adaptive kernel's, mask-to-matte's, and Net-T's.

    python -m benchmarks.trimaps ANNOTATIONS [--net-t DIR ...] [--images DIR] [--truth DIR] [--weights DIR]

ANNOTATIONS, images and truth are those of ``benchmarks.natural``. The true trimap of an instance is its alpha's, with
the band that Net-T learns: 15 px where the longer side of the instance's crop is 512. Scores are of that crop, at the
photo's own size, means over the instances.
"""

import argparse
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from matting_models.metrics.trimap_scores import TrimapScores, score_trimap
from matting_models.networks.mask_to_matte import MaskToMatte
from matting_models.networks.mask_to_matte.crops import crop_around
from matting_models.networks.net_t.predictor import TrimapNetwork
from matting_models.networks.net_t.segmentation import true_trimap
from matting_models.pictures import read_alpha, read_photo
from pipelines.annotations import masks
from pipelines.labelling.trimap import make_trimap

Method = Callable[[NDArray[np.uint8], NDArray[np.uint8]], NDArray[np.uint8]]
LEVELS = np.array([0, 128, 255], np.uint8)
SCORES = ("accuracy", "iou_background", "iou_unknown", "iou_foreground", "miou")


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("annotations", type=Path)
    parser.add_argument("--net-t", type=Path, action="append", default=[], help="folder that training net-t wrote")
    parser.add_argument("--images", type=Path, help="default images beside ANNOTATIONS")
    parser.add_argument("--truth", type=Path, help="default truth beside ANNOTATIONS")
    parser.add_argument("--weights", help="of mask-to-matte; default those that come with the package")
    given = parser.parse_args()
    beside = given.annotations.parent
    made = methods(given.weights, given.net_t)
    show(scores(given.annotations, given.images or beside / "images", given.truth or beside / "truth", made))


def methods(weights: str | None, net_ts: list[Path]) -> dict[str, Method]:
    """By name."""
    found: dict[str, Method] = {
        "adaptive kernel": lambda _, mask: make_trimap(mask).values,
        "mask-to-matte": MaskToMatte(weights).trimap,
    }
    return found | {f"net-t {folder.name}": TrimapNetwork(folder).trimap for folder in net_ts}


def scores(annotations: Path, images: Path, truth: Path, made: dict[str, Method]) -> dict[str, list[TrimapScores]]:
    """Of every method, by annotation."""
    rows: dict[str, list[TrimapScores]] = {name: [] for name in made}
    for photo, mask, alpha in instances(annotations, images, truth):
        window = crop_around(np.maximum(alpha, mask))
        inside = alpha[window]
        true = LEVELS[true_trimap(inside, max(inside.shape))]
        for name, method in made.items():
            rows[name].append(score_trimap(np.ascontiguousarray(method(photo, mask)[window]), true))
    return rows


def instances(
    annotations: Path, images: Path, truth: Path
) -> Iterator[tuple[NDArray[np.uint8], NDArray[np.uint8], NDArray[np.uint8]]]:
    """Photo, mask and alpha (uint8) of every annotation."""
    content = json.loads(annotations.read_bytes())
    photos = {image["id"]: image for image in content["images"]}
    for annotation in tqdm(content["annotations"], unit="instance"):
        image = photos[annotation["image_id"]]
        rle = masks.to_rle(annotation["segmentation"], image["width"], image["height"])
        named = [truth / f"{annotation[key]}.png" for key in ("image_id", "id")]
        alpha = read_alpha(next((path for path in named if path.is_file()), named[0]))
        yield read_photo(images / image["file_name"]), masks.decode(rle), np.rint(alpha * 255).astype(np.uint8)


def show(rows: dict[str, list[TrimapScores]]) -> None:
    """A line for every method."""
    print(f"{'':22} accuracy  background  unknown  foreground    mIoU  of {len(next(iter(rows.values())))}")
    for name, found in rows.items():
        accuracy, background, unknown, foreground, mean = (
            np.nanmean([getattr(one, score) for one in found]) for score in SCORES
        )
        print(f"{name:22} {accuracy:8.4f}  {background:10.4f}  {unknown:7.4f}  {foreground:10.4f}  {mean:6.4f}")


if __name__ == "__main__":
    cv2.setNumThreads(1)
    main()
