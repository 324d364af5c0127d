"""What every loss on alpha mattes asks of its inputs."""

import torch
from torch import Tensor


def check_maps(**maps: Tensor) -> None:
    """Raise ValueError unless all have one shape (B, 1, H, W)."""
    shapes = {name: tuple(value.shape) for name, value in maps.items()}
    first = next(iter(shapes.values()))
    if len(first) != 4 or first[1] != 1 or any(shape != first for shape in shapes.values()):
        shown = ", ".join(f"{name} {shape}" for name, shape in shapes.items())
        raise ValueError(f"expected maps of one shape (B, 1, H, W), got {shown}")


def at_least_float32(x: Tensor) -> Tensor:
    """Half precision (and integers) to float32; float32 and float64 as they are."""
    return x if x.dtype in (torch.float32, torch.float64) else x.float()


def region_scale(region: Tensor) -> Tensor:
    """B H W / sum(region): turns a mean over everything into one over the region; 0 for an empty region.

    Args:
        region: (B, 1, H, W) of 0 and 1, floating.
    """
    area = region.sum()
    return torch.where(area > 0, region.numel() / area.clamp(min=1), torch.zeros_like(area))
