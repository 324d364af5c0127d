"""How good the mattes of a network that starts from trimaps are in the unknown region."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from matting_models.data.trimaps import BACKGROUND, FOREGROUND
from matting_models.metrics import mse, sad
from matting_models.networks.net_m.batch import Instances
from matting_models.networks.pictures import sheet_row
from matting_models.training.protocol import Judged, Verdict


def judge(matte: Callable[[Tensor], Tensor], batch: Instances, pictures: int) -> list[Judged]:
    """Predict instances one by one, since their sizes differ, and score them.

    Args:
        matte: from ``planes_of`` an instance, (1, 4, H, W), to its alpha, (1, 1, H, W).
        batch: on its device.
        pictures: of so many, the first, a row of photo, trimap, alpha and truth is made.
    """
    judged = []
    for i, planes in enumerate(batch.planes):
        trimap, truth = batch.trimaps[i].cpu().numpy(), batch.alphas[i].cpu().numpy()
        height, width = trimap.shape
        predicted = matte(planes[None])
        alpha = np.clip(predicted[0, 0, :height, :width].float().cpu().numpy(), 0, 1)
        alpha[trimap == BACKGROUND], alpha[trimap == FOREGROUND] = 0, 1
        row = None
        if i < pictures:
            shown = np.rint(np.nan_to_num(alpha) * 255).astype(np.uint8)
            grey = np.array([0, 128, 255], np.uint8)[trimap]
            row = sheet_row([batch.images[i].cpu().numpy(), grey, shown, truth])
        judged.append(Judged(_scores(alpha, truth, batch.counted[i].cpu().numpy()), row))
    return judged


def _scores(alpha: NDArray[np.float32], truth: NDArray[np.uint8], counted: NDArray[np.bool_]) -> dict[str, float]:
    true = truth.astype(np.float32) / 255
    finite = bool(np.isfinite(alpha).all())  # an overflow has no score, and stops nothing
    scores = (sad(alpha, true, counted), mse(alpha, true, counted)) if finite else (np.nan, np.nan)
    grey = sad(np.full_like(true, 0.5), true, counted)
    return {"sad": scores[0], "mse": scores[1], "grey_sad": grey}


def verdict(means: dict[str, float]) -> Verdict:
    """SAD decides."""
    text = (
        f"SAD of the unknown region {means['sad']:.3f} (one half everywhere {means['grey_sad']:.3f}), "
        f"MSE {means['mse']:.5f}"
    )
    return Verdict(means["sad"], means, text)
