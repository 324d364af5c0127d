from pathlib import Path

import pytest
import torch

from matting_models.networks.p3m.config import P3MConfig
from matting_models.networks.p3m.network import P3MNet
from matting_models.networks.saved import save_network

TINY = P3MConfig(width=0.125)


@pytest.fixture
def network() -> P3MNet:
    """A narrow network at random, ready to predict."""
    torch.manual_seed(0)
    return P3MNet(TINY).eval()


@pytest.fixture
def weights(network: P3MNet, tmp_path: Path) -> Path:
    """The same on disk."""
    save_network(tmp_path / "p3m", network.config, network)
    return tmp_path / "p3m"
