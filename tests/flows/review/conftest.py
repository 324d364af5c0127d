import shutil
from pathlib import Path

import pytest

from pipelines.config import CocoMattingConfig
from tests.conftest import Dataset, label


@pytest.fixture(scope="session")
def labelled_once(tmp_path_factory: pytest.TempPathFactory) -> CocoMattingConfig:
    """Three people on three photos, labelled by the closed form."""
    dataset = Dataset(tmp_path_factory.mktemp("reviewed"))
    for image in (1, 2, 3):
        dataset.person(image)
    config = dataset.config(matting={"backend": "closed-form"})
    label(config)
    return config


@pytest.fixture
def labelled(labelled_once: CocoMattingConfig, tmp_path: Path) -> CocoMattingConfig:
    """A copy of its own."""
    out = tmp_path / "out"
    shutil.copytree(labelled_once.out, out, symlinks=True)
    return labelled_once.model_copy(update={"out": out})
