"""How good CLIPMat's mattes are, at the network's side."""

import numpy as np
import torch
from torch import Tensor

from matting_models.metrics import mse, sad
from matting_models.networks.clipmat.batch import Described
from matting_models.networks.pictures import sheet_row
from matting_models.training.protocol import Judged, Verdict


def judge(alphas: Tensor, batch: Described, pictures: int) -> list[Judged]:
    """Score a batch.

    Args:
        alphas: (B, 1, S, S) in [0, 1].
        batch: on the same device.
        pictures: of so many samples, the first, a row of photo, alpha and truth is made.
    """
    judged = []
    for i, (found, truth) in enumerate(zip(alphas[:, 0], batch.alphas[:, 0], strict=True)):
        row = None
        if i < pictures:
            grey = torch.nan_to_num(found * 255).round().to(torch.uint8).cpu().numpy()
            row = sheet_row([batch.images[i].permute(1, 2, 0).cpu().numpy(), grey, truth.cpu().numpy()])
        judged.append(Judged(_scores(found, truth), row))
    return judged


def _scores(found: Tensor, truth: Tensor) -> dict[str, float]:
    """Also how far both overlap, which tells the wrong entity from a rough matte, and the SAD of zeros."""
    alpha, true = found.cpu().numpy(), truth.cpu().numpy().astype(np.float32) / 255
    empty = sad(np.zeros_like(true), true)
    if not np.isfinite(alpha).all():  # an overflow has no score, and stops nothing
        return {"sad": np.nan, "mse": np.nan, "iou": np.nan, "empty_sad": empty}
    iou = float(np.minimum(alpha, true).sum() / np.maximum(alpha, true).sum())
    return {"sad": sad(alpha, true), "mse": mse(alpha, true), "iou": iou, "empty_sad": empty}


def verdict(means: dict[str, float]) -> Verdict:
    """SAD decides."""
    text = f"SAD {means['sad']:.3f} (nothing {means['empty_sad']:.3f}), MSE {means['mse']:.5f}, IoU {means['iou']:.3f}"
    return Verdict(means["sad"], means, text)
