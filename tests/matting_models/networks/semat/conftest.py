"""Tiny SEMats on random backbones."""

from pathlib import Path

import pytest
import torch

from matting_models.networks.semat import SEMat, SEMatConfig
from matting_models.networks.semat.build import wrap
from matting_models.networks.semat.config import Family
from matting_models.networks.semat.tiny import save_tiny, tiny_model

FAMILIES: tuple[Family, ...] = ("sam", "sam_hq", "sam2")
CHANNELS = (4, 8, 8, 16)


def tiny_semat(family: Family = "sam", **options: object) -> SEMat:
    """A SEMat on a tiny random backbone, with random weights of its own."""
    torch.manual_seed(1)
    given = {"decoder_channels": CHANNELS} | options
    return SEMat(wrap(tiny_model(family, 64)), SEMatConfig("nowhere", "nowhere@0", family, **given)).eval()  # type: ignore[arg-type]


@pytest.fixture(scope="session")
def sam_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny SAM on disk."""
    return save_tiny("sam", tmp_path_factory.mktemp("sam"), 64)


def batch() -> tuple[torch.Tensor, torch.Tensor]:
    """Two 64 x 64 pictures and a box in each."""
    generator = torch.Generator().manual_seed(3)
    images = torch.randint(0, 256, (2, 3, 64, 64), dtype=torch.uint8, generator=generator)
    return images, torch.tensor([[8.0, 4.0, 40.0, 60.0], [0.0, 16.0, 64.0, 48.0]])


def shake(model: SEMat) -> None:
    """Move every trained weight away from its start, as training would."""
    generator = torch.Generator().manual_seed(5)
    with torch.no_grad():
        for parameter in model.trainable_parameters():
            parameter += 0.1 * torch.randn(parameter.shape, generator=generator)
