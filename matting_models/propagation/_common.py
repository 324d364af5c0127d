"""What the networks of prompt propagation share."""

from typing import Any

import numpy as np
import torch
import transformers
from numpy.typing import NDArray

from matting_models.errors import InputError
from matting_models.weights import overflow_text


def check_image(image: NDArray[np.uint8]) -> None:
    """Raise ValueError unless it is (H, W, 3) uint8 with at least one pixel."""
    if image.ndim != 3 or image.shape[2] != 3 or 0 in image.shape:
        raise ValueError(f"image has shape {image.shape}, expected (H, W, 3)")
    if image.dtype != np.uint8:
        raise ValueError(f"image has dtype {image.dtype}, expected uint8")


def pil_processor(name: str) -> Any:
    """The variant of an image processor that needs no torchvision; older releases have it under the plain name."""
    return getattr(transformers, f"{name}Pil", None) or getattr(transformers, name)


def autocast(device: torch.device, dtype: torch.dtype) -> torch.autocast:
    """Mixed precision, or nothing for float32."""
    mixed = dtype != torch.float32
    return torch.autocast(device.type, dtype=dtype if mixed else None, enabled=mixed)


def to_half(values: torch.Tensor, dtype: torch.dtype) -> NDArray[np.float16]:
    """What a network computed in ``dtype`` as a float16 array, clipped to what that can hold.

    Raises:
        InputError: it is not finite.
    """
    if not values.isfinite().all():
        raise InputError(overflow_text(dtype))
    most = torch.finfo(torch.float16).max
    half: NDArray[np.float16] = values.float().clamp(-most, most).half().cpu().numpy()
    return half
