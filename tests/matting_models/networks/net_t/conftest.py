"""A tiny random Net-T on disk."""

from pathlib import Path

import pytest
import torch

from matting_models.networks.net_t import NetT, NetTConfig
from matting_models.networks.saved import save_network


def save_tiny(folder: Path, side: int = 64, bias: tuple[float, float, float] | None = None) -> Path:
    """Random weights; with a bias, every pixel has the class of its largest entry."""
    torch.manual_seed(4)
    config = NetTConfig(width=0.01, side=side)
    network = NetT(config)
    if bias is not None:
        torch.nn.init.zeros_(network.head.weight)
        network.head.bias = torch.nn.Parameter(torch.tensor(bias, dtype=torch.float32))
    save_network(folder, config, network)
    return folder


@pytest.fixture(scope="session")
def net_t(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of 64 px."""
    return save_tiny(tmp_path_factory.mktemp("net-t"))
