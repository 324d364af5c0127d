"""How much nearer to the truth the mattes are than the masks they are made from."""

import numpy as np
import torch
from numpy.typing import NDArray

from matting_models.metrics import mse, sad
from matting_models.networks.mask_to_matte.batch import Instances
from matting_models.networks.mask_to_matte.network import MaskToMatteNet
from matting_models.networks.pictures import sheet_row
from matting_models.training.protocol import Judged, Verdict


def judge(network: MaskToMatteNet, batch: Instances, pictures: int) -> list[Judged]:
    """Predict instances one by one, since their sizes differ, and score them.

    Args:
        network: in evaluation mode.
        batch: on its device.
        pictures: of so many, the first, a row of photo, mask, alpha and truth is made.
    """
    judged = []
    for i, planes in enumerate(batch.planes):
        mask, truth = batch.masks[i].cpu().numpy(), batch.alphas[i].cpu().numpy()
        height, width = mask.shape
        inputs = planes[None].to(memory_format=torch.channels_last)
        alpha = np.clip(network(inputs)[0, 0, :height, :width].float().cpu().numpy(), 0, 1)  # rounding
        row = picture_row(batch.images[i].cpu().numpy(), mask, alpha, truth) if i < pictures else None
        judged.append(Judged(scores_of(alpha, mask, truth), row))
    return judged


def scores_of(alpha: NDArray[np.float32], mask: NDArray[np.uint8], truth: NDArray[np.uint8]) -> dict[str, float]:
    """SAD and MSE of an alpha, SAD of its mask, and whether it is the closer of both; arrays of (H, W)."""
    true = truth.astype(np.float32) / 255
    finite = bool(np.isfinite(alpha).all())  # an overflow has no score, and stops nothing
    scores = (sad(alpha, true), mse(alpha, true)) if finite else (np.nan, np.nan)
    given = sad(mask.astype(np.float32), true)
    return {"sad": scores[0], "mse": scores[1], "mask_sad": given, "closer": float(scores[0] <= given)}


def verdict(means: dict[str, float]) -> Verdict:
    """SAD of the alphas over that of the masks decides."""
    ratio = means["sad"] / max(means["mask_sad"], 1e-12)
    text = (
        f"SAD over the masks' {ratio:.3f} ({means['sad']:.3f} over {means['mask_sad']:.3f}; "
        f"{means['closer']:.0%} closer than their mask), MSE {means['mse']:.5f}"
    )
    return Verdict(ratio, {"ratio": ratio, **means}, text)


def picture_row(
    image: NDArray[np.uint8], mask: NDArray[np.uint8], alpha: NDArray[np.float32], truth: NDArray[np.uint8]
) -> NDArray[np.uint8]:
    """Photo, mask, alpha, truth."""
    predicted = np.rint(np.nan_to_num(alpha) * 255).astype(np.uint8)
    return sheet_row([image, mask * np.uint8(255), predicted, truth])
