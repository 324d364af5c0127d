from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from matting_models.networks.icon.backbone import Diffusion
from matting_models.networks.icon.config import IconConfig
from matting_models.networks.icon.network import IconNetwork
from matting_models.networks.icon.tiny import save_tiny
from matting_models.networks.saved import save_network

SIDE = 128


@pytest.fixture(scope="session")
def backbone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny Stable Diffusion model on disk."""
    return save_tiny(tmp_path_factory.mktemp("diffusion") / "tiny")


@pytest.fixture(scope="session")
def diffusion(backbone: Path) -> Diffusion:
    return Diffusion.load(str(backbone))


def config_for(backbone: Path, diffusion: Diffusion) -> IconConfig:
    return IconConfig(str(backbone), diffusion.revision, *diffusion.channels, side=SIDE, width=0.125, ensemble=2)


@pytest.fixture(scope="session")
def weights(backbone: Path, diffusion: Diffusion, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An untrained network on disk."""
    folder = tmp_path_factory.mktemp("icon") / "icon"
    torch.manual_seed(0)
    config = config_for(backbone, diffusion)
    save_network(folder, config, IconNetwork(config))
    return folder


def disc(height: int, width: int, x: int, y: int, radius: int = 24) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """A photo of a bright disc on a dark, noisy ground, and its alpha."""
    rows, columns = np.mgrid[:height, :width]
    alpha = np.clip(radius - np.hypot(rows - y, columns - x) + 0.5, 0, 1)
    noise = np.random.default_rng(x).normal(0, 5, (height, width, 3))
    photo = alpha[..., None] * (230, 190, 60) + (1 - alpha[..., None]) * (20, 60, 80) + noise
    return np.clip(photo, 0, 255).astype(np.uint8), np.rint(alpha * 255).astype(np.uint8)
