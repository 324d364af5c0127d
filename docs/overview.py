"""Make docs/overview.jpg from the labelled embedded sample (`make coco-matting` first): `python docs/overview.py`."""

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from pipelines.annotations.masks import decode
from pipelines.labelling.foreground import cutout
from pipelines.records import Instance
from pipelines.storage.manifest import read_folder

ROOT = Path(__file__).parents[1]
OUT, IMAGES = ROOT / "out" / "sample", ROOT / "data" / "sample" / "images"
HEIGHT, GAP = 300, 6
SHOWN = (10100, 11200, 10800)
"""Annotations of the sample: long hair; wine glass; fur and a held toy."""


def checkerboard(height: int, width: int) -> NDArray[np.uint8]:
    squares = np.add.outer(np.arange(height) // 10, np.arange(width) // 10) % 2
    return np.repeat(np.where(squares, 255, 215).astype(np.uint8)[..., None], 3, axis=2)


def strip(row: Instance) -> NDArray[np.uint8]:
    """Photo, mask, trimap, matte and cutout of one instance, side by side; BGR."""
    image = cv2.imread(str(IMAGES / row.image_path))
    alpha = cv2.imread(str(OUT / str(row.alpha_path)), cv2.IMREAD_GRAYSCALE)
    trimap = cv2.imread(str(OUT / str(row.trimap_path)), cv2.IMREAD_GRAYSCALE)
    assert image is not None and alpha is not None and trimap is not None
    mask = decode(row.mask_rle or {})
    tinted = np.where(mask[..., None] == 1, image * 0.45 + np.array([120, 30, 235]) * 0.55, image).astype(np.uint8)
    rgba = cutout(np.ascontiguousarray(image[..., ::-1]), (alpha / np.float32(255)).astype(np.float32))
    weight = rgba[..., 3:] / 255
    board = checkerboard(*alpha.shape)
    onto = (rgba[..., 2::-1] * weight + board * (1 - weight)).astype(np.uint8)
    x, y, w, h = row.bbox or (0, 0, *alpha.shape[::-1])
    window = np.s_[max(y - 8, 0) : y + h + 8, max(x - 8, 0) : x + w + 8]
    gray = [cv2.cvtColor(p, cv2.COLOR_GRAY2BGR) for p in (trimap, alpha)]
    panels = [np.asarray(p[window]) for p in (image, tinted, *gray, onto)]
    return np.hstack([_framed(p) for p in panels])


def _framed(panel: NDArray[np.uint8]) -> NDArray[np.uint8]:
    width = round(panel.shape[1] * HEIGHT / panel.shape[0])
    sized = cv2.resize(panel, (width, HEIGHT), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.copyMakeBorder(sized, GAP, 0, 0, GAP, cv2.BORDER_CONSTANT, value=(255, 255, 255)), np.uint8)


def main() -> None:
    rows = {row.annotation_id: row for row in read_folder(OUT / "manifest")}
    strips = [strip(rows[ident]) for ident in SHOWN]
    width = max(s.shape[1] for s in strips)
    white = (255, 255, 255)
    padded = [cv2.copyMakeBorder(s, 0, 0, 0, width - s.shape[1], cv2.BORDER_CONSTANT, value=white) for s in strips]
    cv2.imwrite(str(ROOT / "docs" / "overview.jpg"), np.vstack(padded), [cv2.IMWRITE_JPEG_QUALITY, 88])


if __name__ == "__main__":
    main()
