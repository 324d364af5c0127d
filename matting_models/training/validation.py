"""How good the mattes are on samples that training never sees."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from accelerate import Accelerator
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import DataLoader

from matting_models.metrics import mse, sad
from matting_models.semat import SEMat
from matting_models.semat.box_prompt import box_masks
from matting_models.training.pictures import sheet_row

PICTURES = 8
"""Rows of a sheet."""


@dataclass(slots=True)
class Validation:
    """Means over the validation samples, whole image at the network's input size (the paper's region and scale).

    Attributes:
        sad, mse: of the predicted alpha.
        box_sad: of the box filled with ones, what a user has before any matting.
        empty_sad: of an alpha of zero, what a network that has collapsed predicts.
        samples: how many counted.
        sheet: (rows, cells, 3) uint8 RGB picture of the first ones; None on other processes than the first.
        skipped: sample_id to reason, of those that could not be read.
    """

    sad: float
    mse: float
    box_sad: float
    empty_sad: float
    samples: int
    sheet: NDArray[np.uint8] | None = None
    skipped: dict[str, str] = field(default_factory=dict)

    def row(self) -> dict[str, Any]:
        """What goes into metrics.jsonl."""
        return {
            "validation_sad": self.sad,
            "validation_mse": self.mse,
            "validation_box_sad": self.box_sad,
            "validation_empty_sad": self.empty_sad,
            "validation_samples": self.samples,
        }


@torch.no_grad()
def validate(model: SEMat, loader: DataLoader[Any], accelerator: Accelerator) -> Validation:
    """Predict every sample of this process's share and average over all processes.

    Args:
        model: unwrapped; put into evaluation mode for the while.
        loader: gives ``matting_models.data`` batches.
        accelerator: gives device, precision and the other processes.
    """
    model.eval()
    sums = np.zeros(5)
    rows: list[NDArray[np.uint8]] = []
    skipped: dict[str, str] = {}
    for batch in loader:
        skipped.update(batch.skipped)
        if not batch.sample_ids:
            continue
        batch = batch.to(accelerator.device)
        with accelerator.autocast():
            output = model(batch.images, batch.boxes)
        alphas = torch.sigmoid(output.alpha_logits[:, 0].float())
        boxes = box_masks(batch.boxes.float(), alphas.shape[-1])[:, 0]
        for i in range(len(alphas)):
            sums += _scores(alphas[i], boxes[i], batch.alphas[i, 0], batch.sizes[i])
            if len(rows) < PICTURES and accelerator.is_main_process:
                rows.append(
                    sheet_row(batch.images[i], batch.boxes[i], output.matting_logits[i], alphas[i], batch.alphas[i, 0])
                )
    model.train()
    total = accelerator.reduce(torch.from_numpy(sums).to(accelerator.device), "sum").cpu().numpy()
    count = max(1, round(total[4]))
    return Validation(
        sad=float(total[0] / count),
        mse=float(total[1] / count),
        box_sad=float(total[2] / count),
        empty_sad=float(total[3] / count),
        samples=round(total[4]),
        sheet=np.concatenate(rows) if rows else None,
        skipped=skipped,
    )


def _scores(alpha: Tensor, box: Tensor, truth: Tensor, size: Tensor) -> NDArray[np.float64]:
    """SAD and MSE of alpha, SAD of the box and of zeros, and 1; of what is not padding."""
    height, width = (int(v) for v in size)
    predicted, filled = (x[:height, :width].cpu().numpy() for x in (alpha, box))
    true = truth[:height, :width].cpu().numpy().astype(np.float32) / 255
    finite = bool(np.isfinite(predicted).all())  # an overflow has no score, and stops nothing
    scores = (sad(predicted, true), mse(predicted, true)) if finite else (np.nan, np.nan)
    return np.array([*scores, sad(filled, true), sad(np.zeros_like(true), true), 1.0])
