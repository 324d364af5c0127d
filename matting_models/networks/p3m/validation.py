"""How good P3M-Net's mattes are, and what they were made from."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from matting_models.metrics import mse, sad
from matting_models.networks.p3m.batch import Instances
from matting_models.networks.pictures import sheet_row
from matting_models.training.protocol import Judged, Verdict


def judge(refine: Callable[[Tensor, Tensor], Tensor], batch: Instances, pictures: int) -> list[Judged]:
    """Predict photos one by one, since their sizes differ, and score them.

    Args:
        refine: from (1, 3, H, W) and (1, 1, H, W) to (1, 1, H, W).
        batch: on its device.
        pictures: of so many, the first, a row of photo, coarse alpha, alpha and truth is made.
    """
    judged = []
    for i, (image, coarse) in enumerate(zip(batch.images, batch.coarse, strict=True)):
        found = refine(image.permute(2, 0, 1)[None].float() / 255, coarse[None, None].float() / 255)
        alpha: NDArray[np.float32] = found[0, 0].float().cpu().numpy()
        given, truth = coarse.cpu().numpy(), batch.alphas[i].cpu().numpy()
        row = None
        if i < pictures:
            shown = np.rint(np.nan_to_num(alpha) * 255).astype(np.uint8)
            row = sheet_row([image.cpu().numpy(), given, shown, truth])
        judged.append(Judged(_scores(alpha, given, truth), row))
    return judged


def _scores(alpha: NDArray[np.float32], coarse: NDArray[np.uint8], truth: NDArray[np.uint8]) -> dict[str, float]:
    given, true = (each.astype(np.float32) / 255 for each in (coarse, truth))
    finite = bool(np.isfinite(alpha).all())  # an overflow has no score, and stops nothing
    scores = (sad(alpha, true), mse(alpha, true)) if finite else (np.nan, np.nan)
    return {"sad": scores[0], "mse": scores[1], "coarse_sad": sad(given, true)}


def verdict(means: dict[str, float]) -> Verdict:
    """SAD decides."""
    text = f"SAD {means['sad']:.3f} (of the coarse alphas {means['coarse_sad']:.3f}), MSE {means['mse']:.5f}"
    return Verdict(means["sad"], means, text)
