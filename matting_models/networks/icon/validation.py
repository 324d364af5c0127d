"""How good mattes by a reference are, beside what needs no network."""

import numpy as np
from torch import Tensor

from matting_models.metrics import mse, sad
from matting_models.networks.icon.batch import IconBatch
from matting_models.networks.pictures import sheet_row
from matting_models.training.protocol import Judged, Verdict


def judge(alphas: Tensor, batch: IconBatch, pictures: int) -> list[Judged]:
    """Score predicted squares where the truth is known.

    Args:
        alphas: (B, 1, S, S) in [0, 1].
        batch: what they were predicted from.
        pictures: of so many, the first, a row of reference, its mask, photo, alpha and truth is made.
    """
    judged = []
    for i, alpha in enumerate(alphas[:, 0].float().cpu().numpy()):
        truth, counted = (x[i, 0].cpu().numpy() for x in (batch.alphas, batch.counted))
        reference = batch.reference_alphas[i].cpu().numpy()
        row = None
        if i < pictures:
            photos = (x[i].permute(1, 2, 0).cpu().numpy() for x in (batch.references, batch.images))
            before, photo = photos
            predicted = np.rint(np.nan_to_num(alpha) * 255).astype(np.uint8)
            row = sheet_row([before, reference, photo, predicted, truth])
        true = truth.astype(np.float32) / 255
        finite = bool(np.isfinite(alpha).all())  # an overflow has no score, and stops nothing
        scores = {
            "sad": sad(alpha, true, counted) if finite else np.nan,
            "mse": mse(alpha, true, counted) if finite else np.nan,
            "copied_sad": sad((reference > 127).astype(np.float32), true, counted),
            "empty_sad": sad(np.zeros_like(true), true, counted),
        }
        judged.append(Judged(scores, row))
    return judged


def verdict(means: dict[str, float]) -> Verdict:
    """SAD decides."""
    text = (
        f"SAD {means['sad']:.3f} (the reference's mask copied {means['copied_sad']:.3f}, nothing "
        f"{means['empty_sad']:.3f}), MSE {means['mse']:.5f}"
    )
    return Verdict(means["sad"], means, text)
