"""Runs of training on four small pairs and a tiny random backbone."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from accelerate.state import AcceleratorState

from matting_models.networks.semat.settings import SEMatSettings
from matting_models.networks.semat.tiny import save_tiny
from matting_models.networks.semat.training import SEMatTraining
from matting_models.training.loop import Trainer
from tests.matting_models.data.conftest import write_pairs

RECIPE = """
[[train]]
kind = "pairs"
images = "training/image"
alphas = "training/alpha"

[[validation]]
kind = "pairs"
images = "validation/image"
alphas = "validation/alpha"
"""

Settings = Callable[..., SEMatSettings]


@pytest.fixture(scope="session")
def backbone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny SAM on disk."""
    return save_tiny("sam", tmp_path_factory.mktemp("backbone") / "sam", 64)


@pytest.fixture
def recipe(tmp_path: Path) -> Path:
    """Six pairs to train on, three to validate on."""
    write_pairs(tmp_path / "training", tuple("abcdef"))
    write_pairs(tmp_path / "validation", tuple("xyz"))
    (tmp_path / "recipe.toml").write_text(RECIPE)
    return tmp_path / "recipe.toml"


@pytest.fixture
def settings(tmp_path: Path, recipe: Path, backbone: Path) -> Settings:
    """Makes settings of a short run; keyword arguments change them."""

    def make(**changes: Any) -> SEMatSettings:
        given: dict[str, Any] = {
            "backbone": str(backbone), "data": recipe, "out": tmp_path / "run", "device": "cpu", "workers": 0,
            "iterations": 6, "batch_size": 2, "learning_rate": 1e-3, "warmup": 2, "decoder_channels": [4, 8, 8, 16],
            "checkpoint_every": 2, "validate_every": 6, "log_every": 1,
        }  # fmt: skip
        return SEMatSettings(**(given | changes))

    return make


@pytest.fixture(autouse=True)
def fresh_accelerate(one_thread: None) -> Iterator[None]:
    """accelerate keeps one state for the process, which refuses another precision."""
    yield
    AcceleratorState._reset_state(True)


def train(settings: SEMatSettings) -> Trainer:
    """A run in this process."""
    AcceleratorState._reset_state(True)
    trainer = Trainer(SEMatTraining, settings)
    trainer.run()
    return trainer
