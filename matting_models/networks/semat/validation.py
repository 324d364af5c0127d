"""How good SEMat's mattes are: whole image at the network's input size, the paper's region and scale."""

import numpy as np
import torch
from torch import Tensor

from matting_models.metrics import mse, sad
from matting_models.networks.semat import SEMat
from matting_models.networks.semat.batch import SEMatBatch
from matting_models.networks.semat.box_prompt import box_masks
from matting_models.networks.semat.pictures import sheet_row
from matting_models.training.protocol import Judged, Verdict


def judge(model: SEMat, batch: SEMatBatch, pictures: int) -> list[Judged]:
    """Predict a batch and score it.

    Args:
        model: in evaluation mode.
        batch: on its device.
        pictures: of so many samples, the first, a row of the sheet is made.
    """
    output = model(batch.images, batch.boxes)
    alphas = torch.sigmoid(output.alpha_logits[:, 0].float())
    boxes = box_masks(batch.boxes.float(), alphas.shape[-1])[:, 0]
    judged = []
    for i, alpha in enumerate(alphas):
        truth = batch.alphas[i, 0]
        row = None
        if i < pictures:
            row = sheet_row(batch.images[i], batch.boxes[i], output.matting_logits[i], alpha, truth)
        judged.append(Judged(_scores(alpha, boxes[i], truth, batch.sizes[i]), row))
    return judged


def _scores(alpha: Tensor, box: Tensor, truth: Tensor, size: Tensor) -> dict[str, float]:
    """Of what is not padding: SAD and MSE of alpha; SAD of the box filled with ones, what a user has before any
    matting, and of zeros, what a network that has collapsed predicts."""
    height, width = (int(v) for v in size)
    predicted, filled = (x[:height, :width].cpu().numpy() for x in (alpha, box))
    true = truth[:height, :width].cpu().numpy().astype(np.float32) / 255
    finite = bool(np.isfinite(predicted).all())  # an overflow has no score, and stops nothing
    scores = (sad(predicted, true), mse(predicted, true)) if finite else (np.nan, np.nan)
    return {
        "sad": scores[0],
        "mse": scores[1],
        "box_sad": sad(filled, true),
        "empty_sad": sad(np.zeros_like(true), true),
    }


def verdict(means: dict[str, float]) -> Verdict:
    """SAD decides."""
    text = (
        f"SAD {means['sad']:.3f} (filled box {means['box_sad']:.3f}, nothing {means['empty_sad']:.3f}), "
        f"MSE {means['mse']:.5f}"
    )
    return Verdict(means["sad"], means, text)
