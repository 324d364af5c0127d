"""Sheets of pictures: photo with box, trimap logits, alpha, truth."""

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

CELL = 256
BOX_COLOUR = (255, 64, 64)


def sheet_row(image: Tensor, box: Tensor, logits: Tensor, alpha: Tensor, truth: Tensor) -> NDArray[np.uint8]:
    """One sample as four square cells side by side.

    Args:
        image: (3, S, S) uint8, RGB.
        box: (4,) xyxy in pixels.
        logits: (3, S, S) matting logits; shown as expected trimap value: foreground white, background black, unknown
            between.
        alpha: (S, S) in [0, 1].
        truth: (S, S) uint8.

    Returns:
        (256, 1024, 3) uint8, RGB.
    """
    photo = np.ascontiguousarray(image.permute(1, 2, 0).cpu().numpy())
    x0, y0, x1, y1 = (round(float(v)) for v in box)
    thickness = max(1, photo.shape[0] // 200)
    cv2.rectangle(photo, (x0, y0), (x1 - 1, y1 - 1), BOX_COLOUR, thickness)
    expected = torch.softmax(logits.float(), dim=0)
    trimap = expected[2] + 0.5 * expected[1]
    cells = [photo, *(_grey(x) for x in (trimap, alpha, truth.float() / 255))]
    side = (CELL, CELL)
    return np.concatenate([cv2.resize(c, side, interpolation=cv2.INTER_AREA) for c in cells], axis=1).astype(np.uint8)


def _grey(values: Tensor) -> NDArray[np.uint8]:
    grey = (values.float().clamp(0, 1) * 255).round().to(torch.uint8).cpu().numpy()
    return np.repeat(grey[:, :, None], 3, axis=2)
