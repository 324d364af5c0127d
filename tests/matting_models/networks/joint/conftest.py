from pathlib import Path

import pytest
import torch

from matting_models.networks.joint.network import Joint
from matting_models.networks.joint.weights import save_joint
from matting_models.networks.net_m.config import NetMConfig
from matting_models.networks.net_m.network import NetM
from matting_models.networks.net_t.config import NetTConfig
from matting_models.networks.net_t.network import NetT

WIDTH = 0.02


@pytest.fixture(scope="session")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with tiny random networks, ``net-t`` and ``net-m``."""
    torch.manual_seed(0)
    folder = tmp_path_factory.mktemp("networks")
    save_joint(folder, Joint(NetT(NetTConfig(width=WIDTH, side=64)), NetM(NetMConfig(width=WIDTH))))
    return folder
