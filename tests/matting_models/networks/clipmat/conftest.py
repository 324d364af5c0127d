from pathlib import Path

import pytest
import torch

from matting_models.networks.clipmat.backbone import Backbone, config_of, load_backbone
from matting_models.networks.clipmat.config import LENGTHS
from matting_models.networks.clipmat.network import CLIPMatNet
from matting_models.networks.clipmat.tiny import save_tiny
from matting_models.networks.saved import save_network
from tests.described import write_run

SIDE = 64
TEXTS = ("the red disc to the left of the blue square", "a photo of a disc", "right")


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny CLIP with its tokenizer, as released ones are."""
    return save_tiny(tmp_path_factory.mktemp("models") / "tiny-clip", TEXTS)


@pytest.fixture(scope="session")
def backbone(clip: Path) -> Backbone:
    return load_backbone(str(clip), LENGTHS["expression"])


@pytest.fixture
def network(backbone: Backbone) -> CLIPMatNet:
    """A network on it whose mattes depend on the text."""
    torch.manual_seed(0)
    network = CLIPMatNet(config_of(backbone, "expression", 0.125, SIDE), backbone)
    with torch.no_grad():  # at the library's start texts hardly differ
        for parameter in network.parameters():
            if parameter.ndim > 1:
                parameter.normal_(0, parameter[0].numel() ** -0.5)
    return network.eval()


@pytest.fixture
def weights(network: CLIPMatNet, backbone: Backbone, tmp_path: Path) -> Path:
    """The same on disk."""
    save_network(tmp_path / "clipmat", network.config, network)
    backbone.tokens.write(tmp_path / "clipmat")
    return tmp_path / "clipmat"


@pytest.fixture(scope="session")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Described images."""
    return write_run(tmp_path_factory.mktemp("refmatte") / "run")
