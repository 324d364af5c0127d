"""Compare masks and mattes with true alphas, where they are known."""

from collections import defaultdict
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from matting_models.metrics import mse, sad
from pipelines.errors import UserError
from pipelines.manifest import read_folder
from pipelines.masks import decode
from pipelines.records import Instance


def _read_alpha(path: Path) -> NDArray[np.float32]:
    pixels = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
    if pixels is None:
        raise UserError(f"{path}: not a readable picture, expected an 8-bit grayscale PNG")
    return (pixels / np.float32(255)).astype(np.float32)


Scores = dict[str, dict[str, float]]
"""SAD and MSE (whole image, native size) of ``mask`` and ``matte``."""


def compare(row: Instance, out: Path, truth: Path) -> Scores | None:
    """One instance's mask and matte against ``<annotation_id>.png``; None without a true alpha."""
    path = truth / f"{row.annotation_id}.png"
    if not path.is_file() or row.alpha_path is None or row.mask_rle is None:
        return None
    mask = decode(row.mask_rle).astype(np.float32)
    return _scores(path, mask, _read_alpha(out / row.alpha_path))


def _scores(path: Path, mask: NDArray[np.float32], matte: NDArray[np.float32]) -> Scores:
    true = _read_alpha(path)
    if true.shape != matte.shape:
        raise UserError(f"{path}: true alpha is {true.shape[::-1]}, the image is {matte.shape[::-1]}")
    return {
        name: {"sad": sad(prediction, true), "mse": mse(prediction, true)}
        for name, prediction in (("mask", mask), ("matte", matte))
    }


def compare_all(out: Path, truth: Path) -> dict[str, Any] | None:
    """Means over all instances with a true alpha, and how many mattes beat their mask."""
    return _means([s for row in read_folder(out / "manifest") if (s := compare(row, out, truth)) is not None])


def compare_targets(out: Path, truth: Path) -> dict[str, Any] | None:
    """Means over all targets with a true alpha ``<stem>.png``, the instances of a target taken together.

    A target without a matte counts as an alpha of zero.
    """
    targets: dict[str, list[Instance]] = defaultdict(list)
    for row in [*read_folder(out / "manifest"), *read_folder(out / "rejects")]:
        targets[row.image_path].append(row)
    scores = [_of_target(rows, out, truth) for _, rows in sorted(targets.items())]
    means = _means([s for s in scores if s is not None])
    return means and means | {"region": "whole target with all its instances, native size"}


def _of_target(rows: list[Instance], out: Path, truth: Path) -> Scores | None:
    path = truth / f"{Path(rows[0].image_path).stem}.png"
    if not path.is_file():
        return None
    height, width = _read_alpha(path).shape
    if rows[0].image_height:
        height, width = rows[0].image_height, rows[0].image_width
    mask = matte = np.zeros((height, width), np.float32)
    for row in rows:
        if row.alpha_path is not None and row.mask_rle is not None:
            mask = np.maximum(mask, decode(row.mask_rle).astype(np.float32))
            matte = np.maximum(matte, _read_alpha(out / row.alpha_path))
    return _scores(path, mask, matte)


def _means(scores: list[Scores]) -> dict[str, Any] | None:
    if not scores:
        return None
    means = {
        kind: {name: float(np.mean([s[kind][name] for s in scores])) for name in ("sad", "mse")}
        for kind in ("mask", "matte")
    }
    better = sum(s["matte"]["sad"] < s["mask"]["sad"] for s in scores)
    return {**means, "region": "whole image, native size", "instances": len(scores), "matte_better": better}
