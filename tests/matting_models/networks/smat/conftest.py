from pathlib import Path

import pytest

from matting_models.networks.saved import load_weights, read_config
from matting_models.networks.smat.config import SMatConfig
from matting_models.networks.smat.network import SMatNet
from tests.tiny_models import save_smat

CONFIG = SMatConfig("dino@0", 16, 2, 2, 2, False, 14, 28, width=0.125, side=70, longest=112)


@pytest.fixture(scope="session")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of a tiny network, as if trained: prompts matter."""
    return save_smat(tmp_path_factory.mktemp("models") / "tiny-smat")


@pytest.fixture
def network(weights: Path) -> SMatNet:
    """The same."""
    network = SMatNet(read_config(weights, SMatConfig))
    load_weights(weights, network)
    return network.eval()
