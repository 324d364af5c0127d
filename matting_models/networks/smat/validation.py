"""How good SMat's mattes of whole photos are, with each kind of prompt and with none."""

import numpy as np
import torch
from torch import Tensor

from matting_models.metrics import mse, sad
from matting_models.networks.pictures import sheet_row
from matting_models.networks.smat.batch import Photos
from matting_models.networks.smat.examples import VALIDATED
from matting_models.networks.smat.network import SMatNet
from matting_models.training.protocol import Judged, Verdict


def judge(network: SMatNet, batch: Photos, pictures: int) -> list[Judged]:
    """Predict photos one by one, since their sizes differ, and score them.

    Args:
        network: in evaluation mode.
        batch: on its device.
        pictures: of so many, the first, a row of photo, alpha of each prompt and truth is made.
    """
    judged = []
    for i, (image, prompts) in enumerate(zip(batch.images, batch.prompts, strict=True)):
        seen = network.see(image[None].float() / 255).repeat(len(prompts))
        alphas = network.matte(seen, prompts).alpha[:, 0]
        row = _row(image, alphas, batch.alphas[i]) if i < pictures else None
        judged.append(Judged(_scores(alphas, batch.alphas[i]), row))
    return judged


def _scores(alphas: Tensor, truth: Tensor) -> dict[str, float]:
    """SAD of each kind, all against the same truth; MSE with a box; SAD of zeros, what a collapsed network predicts."""
    true = truth.cpu().numpy().astype(np.float32) / 255
    found = alphas.cpu().numpy()
    finite = bool(np.isfinite(found).all())  # an overflow has no score, and stops nothing
    scores = {f"sad_{kind}": sad(x, true) if finite else np.nan for kind, x in zip(VALIDATED, found, strict=True)}
    scores["mse_box"] = mse(found[0], true) if finite else np.nan
    return scores | {"empty_sad": sad(np.zeros_like(true), true)}


def verdict(means: dict[str, float]) -> Verdict:
    """SAD with a box decides, the prompt that most of the training has."""
    kinds = ", ".join(f"{kind} {means[f'sad_{kind}']:.3f}" for kind in VALIDATED)
    text = f"SAD with {kinds} (nothing {means['empty_sad']:.3f}), MSE with box {means['mse_box']:.5f}"
    return Verdict(means["sad_box"], means, text)


def _row(image: Tensor, alphas: Tensor, truth: Tensor) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    grey = torch.nan_to_num(alphas * 255).round().to(torch.uint8).cpu().numpy()
    return sheet_row([image.permute(1, 2, 0).cpu().numpy(), *grey, truth.cpu().numpy()])
