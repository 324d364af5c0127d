"""The joint network on photos of any size."""

import math

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from matting_models.networks.joint.examples import as_planes, coarse
from matting_models.networks.joint.fusion import FUSIONS, Fusion
from matting_models.networks.joint.network import Joint, one_hot
from matting_models.networks.net_t.config import STRIDE

MOST_PIXELS = 1536 * 1536
"""Net-M sees larger crops at reduced size."""


@torch.inference_mode()
def crop_alpha(
    joint: Joint, image: NDArray[np.uint8], mask: NDArray[np.uint8], fusion: Fusion, device: torch.device
) -> NDArray[np.float32]:
    """Alpha of one instance's crop.

    Net-T sees the crop as in training, its longer side as long as its configuration says; Net-M sees it at its own
    size, with the trimap brought there.

    Args:
        joint: in evaluation mode, on the device.
        image: (H, W, 3) uint8, RGB.
        mask: (H, W) uint8 of 0 and 1, not empty.
        fusion: ``soft`` or ``hard``.
        device: where the network is.

    Returns:
        (H, W) float32 in [0, 1].
    """
    photo = _limited(image)
    probabilities = _probabilities(joint, image, mask, device)
    probabilities = functional.interpolate(probabilities, photo.shape[:2], mode="bilinear", align_corners=False)
    planes = _padded(torch.from_numpy(as_planes(photo))[None].to(device))
    trimap = _padded(one_hot(probabilities.argmax(dim=1)))
    refined = joint.net_m(planes, trimap)[1][:, :, : photo.shape[0], : photo.shape[1]].float().clamp(0, 1)
    fused = FUSIONS[fusion](probabilities, refined)
    alpha: NDArray[np.float32] = fused[0, 0].cpu().numpy().astype(np.float32)
    if photo.shape != image.shape:
        alpha = np.asarray(cv2.resize(alpha, image.shape[1::-1], interpolation=cv2.INTER_LINEAR), np.float32)
    return np.clip(alpha, 0, 1)


def _probabilities(joint: Joint, image: NDArray[np.uint8], mask: NDArray[np.uint8], device: torch.device) -> Tensor:
    """(1, 3, h, w) float32 at Net-T's size."""
    side = joint.net_t.config.side
    scale = side / max(mask.shape)
    size = tuple(max(1, round(n * scale)) for n in mask.shape[::-1])
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    small = np.asarray(cv2.resize(image, size, interpolation=method), np.uint8)
    share = np.asarray(cv2.resize(mask * np.uint8(255), size, interpolation=method), np.uint8)
    inside = (share > 127) if (share > 127).any() else (share > 0)
    planes = torch.from_numpy(as_planes(small))[None].to(device)
    segmentation = torch.from_numpy(coarse(inside.view(np.uint8), side))[None, None].to(device)
    logits = joint.net_t(_padded(planes), _padded(segmentation))[:, :, : small.shape[0], : small.shape[1]]
    return torch.softmax(logits.float(), dim=1)


def _padded(planes: Tensor) -> Tensor:
    """Right and below to multiples of the stride; the edge repeated."""
    height, width = planes.shape[2:]
    return functional.pad(planes, (0, -width % STRIDE, 0, -height % STRIDE), mode="replicate")


def _limited(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    height, width = image.shape[:2]
    scale = math.sqrt(MOST_PIXELS / (height * width))
    if scale >= 1:
        return image
    size = (max(1, int(width * scale)), max(1, int(height * scale)))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)
