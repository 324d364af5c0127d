from pathlib import Path

import pytest

from matting_models.networks.net_m import NetM
from tests.tiny_models import save_net_m


@pytest.fixture(scope="session")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of a tiny network."""
    return save_net_m(tmp_path_factory.mktemp("models") / "tiny-net-m")


@pytest.fixture
def lively(weights: Path) -> NetM:
    """A tiny network, as if trained: branches that begin at zero say something."""
    return NetM.from_pretrained(weights)
