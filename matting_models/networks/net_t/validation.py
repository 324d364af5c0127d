"""How good Net-T's trimaps are: the figures of the paper's tables 1 and 5, on whole instances."""

import math

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from matting_models.metrics.trimap_scores import score_trimap
from matting_models.networks.net_t.batch import Instances
from matting_models.networks.net_t.examples import IGNORED
from matting_models.networks.net_t.network import NetT
from matting_models.training.protocol import Judged, Verdict

CELL = 256
LEVELS = np.array([0, 128, 255], np.uint8)
"""Trimap values of the classes."""


def judge(network: NetT, batch: Instances, pictures: int) -> list[Judged]:
    """Predict instances one by one, since their sizes differ, and score them.

    Args:
        network: in evaluation mode.
        batch: on its device.
        pictures: of so many, the first, a row of photo, segmentation, predicted and true trimap is made.
    """
    judged = []
    for i, image in enumerate(batch.images):
        segmentation, truth = batch.segmentations[i], batch.classes[i].cpu().numpy()
        logits = network(image[None].float() / 255, segmentation[None].float() / 255)[0].float()
        height, width = truth.shape
        scores = scores_of(logits[:, :height, :width], truth)
        row = _row(image, segmentation, logits, truth) if i < pictures else None
        judged.append(Judged(scores, row))
    return judged


def scores_of(logits: Tensor, truth: NDArray[np.uint8]) -> dict[str, float]:
    """Scores where the truth is known; of a region that neither has, IoU is 1.

    Args:
        logits: (3, H, W).
        truth: (H, W) uint8 classes, or ``IGNORED``.
    """
    known = truth != IGNORED
    names = ("accuracy", "iou_background", "iou_unknown", "iou_foreground", "miou")
    if not bool(torch.isfinite(logits).all()):  # an overflow has no score, and stops nothing
        return dict.fromkeys(names, math.nan)
    predicted = logits.argmax(0).cpu().numpy()
    found = score_trimap(LEVELS[predicted[known]][None], LEVELS[truth[known]][None])
    return {name: 1.0 if math.isnan(score := getattr(found, name)) else score for name in names}


def verdict(means: dict[str, float]) -> Verdict:
    """The mean IoU decides."""
    text = (
        f"mIoU {means['miou']:.4f} (background {means['iou_background']:.4f}, unknown {means['iou_unknown']:.4f}, "
        f"foreground {means['iou_foreground']:.4f}), accuracy {means['accuracy']:.4f}"
    )
    return Verdict(1 - means["miou"], means, text)


def _row(image: Tensor, segmentation: Tensor, logits: Tensor, truth: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """(CELL, 4 CELL, 3); what is not known is grey as the unknown region."""
    height, width = truth.shape
    predicted = LEVELS[logits.argmax(0).cpu().numpy()]
    true = LEVELS[np.where(truth == IGNORED, 1, truth)]
    photo = image.permute(1, 2, 0).cpu().numpy()
    cells = [photo, segmentation[0].cpu().numpy(), predicted, true]
    return np.concatenate([_cell(np.ascontiguousarray(x[:height, :width])) for x in cells], axis=1)


def _cell(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Fitted into a square, blue around it."""
    height, width = picture.shape[:2]
    scale = CELL / max(height, width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_NEAREST)
    cell = np.full((CELL, CELL, 3), (64, 80, 128), np.uint8)
    cell[: size[1], : size[0]] = small if small.ndim == 3 else small[:, :, None]
    return cell
