"""Compare masks and mattes with true alphas, where they are known."""

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


def compare(row: Instance, out: Path, truth: Path) -> dict[str, dict[str, float]] | None:
    """SAD and MSE (whole image, native size) of one instance's mask and matte; None without a true alpha."""
    path = truth / f"{row.annotation_id}.png"
    if not path.is_file() or row.alpha_path is None or row.mask_rle is None:
        return None
    true, matte = _read_alpha(path), _read_alpha(out / row.alpha_path)
    if true.shape != matte.shape:
        raise UserError(f"{path}: true alpha is {true.shape[::-1]}, the image is {matte.shape[::-1]}")
    mask = decode(row.mask_rle).astype(np.float32)
    return {
        name: {"sad": sad(prediction, true), "mse": mse(prediction, true)}
        for name, prediction in (("mask", mask), ("matte", matte))
    }


def compare_all(out: Path, truth: Path) -> dict[str, Any] | None:
    """Means over all instances with a true alpha, and how many mattes beat their mask."""
    scores = [s for row in read_folder(out / "manifest") if (s := compare(row, out, truth)) is not None]
    if not scores:
        return None
    means = {
        kind: {name: float(np.mean([s[kind][name] for s in scores])) for name in ("sad", "mse")}
        for kind in ("mask", "matte")
    }
    better = sum(s["matte"]["sad"] < s["mask"]["sad"] for s in scores)
    return {**means, "region": "whole image, native size", "instances": len(scores), "matte_better": better}
