from pathlib import Path

import pytest

from matting_models.networks.diffmatte import DiffMatte
from tests.tiny_models import save_diffmatte


@pytest.fixture(scope="session")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of a tiny network."""
    return save_diffmatte(tmp_path_factory.mktemp("models") / "tiny-diffmatte")


@pytest.fixture
def lively(weights: Path) -> DiffMatte:
    """A tiny network, as if trained."""
    return DiffMatte.from_pretrained(weights)
