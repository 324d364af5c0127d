"""SMat in training."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from matting_models.errors import InputError
from matting_models.networks.saved import CONFIG_FILE, FILES, load_weights, read_config, save_network
from matting_models.networks.smat.backbone import load_backbone, sizes_of
from matting_models.networks.smat.batch import Photos, SMatExamples, Squares
from matting_models.networks.smat.config import SMatConfig
from matting_models.networks.smat.network import SMatNet
from matting_models.networks.smat.objective import objective
from matting_models.networks.smat.optimiser import make_optimiser
from matting_models.networks.smat.schedule import rate_factor
from matting_models.networks.smat.settings import SMatSettings
from matting_models.networks.smat.validation import judge, verdict
from matting_models.training.protocol import Judged, Network, Verdict


class SMatTraining(Network):
    """See ``Network``."""

    name = "smat"
    settings_class = SMatSettings
    score_name = "SAD with a box"
    files = FILES

    def __init__(self, settings: SMatSettings, device: torch.device, processes: int) -> None:
        assert settings.backbone is not None
        self._settings = settings
        backbone, revision = load_backbone(settings.backbone)
        self.config = SMatConfig(
            **sizes_of(backbone, revision), width=settings.width, side=settings.side, longest=settings.longest
        )
        self.model = SMatNet(self.config, backbone).to(device).train()
        if processes > 1 and device.type == "cuda":
            convert: Any = torch.nn.SyncBatchNorm.convert_sync_batchnorm
            self.model = convert(self.model)
        if settings.compile:
            self.model.compile()
        rates = settings.learning_rate, settings.weight_decay, settings.layer_decay
        self.optimisers = [make_optimiser(self.model, *rates)]
        self.modules = {"network": self.model}
        self.input_size = settings.side
        self.examples = SMatExamples(self.config)

    def describe(self) -> str:
        """Sizes, and what the backbone starts from."""
        count = sum(p.numel() for p in self.model.parameters())
        return f"smat on {self.config.backbone}, {count / 1e6:.2f} M parameters, inputs of {self.input_size} px"

    def rate_factor(self, iteration: int) -> float:
        """Two steps down, after a linear rise."""
        return rate_factor(iteration, self._settings.iterations, self._settings.warmup)

    def losses(self, batch: Squares, modules: Mapping[str, Any], turn: int) -> dict[str, Tensor]:
        """See ``objective``."""
        output = modules["network"](batch.images.float() / 255, batch.prompts)
        return objective(output.alpha.float(), batch.alphas.float() / 255, batch.foregrounds, batch.trusted)

    def judge(self, batch: Photos, pictures: int) -> list[Judged]:
        """Whole photos, as prediction sees them, with each kind of prompt."""
        return judge(self.model, batch, pictures)

    def verdict(self, means: dict[str, float]) -> Verdict:
        """The least SAD with a box is the best."""
        return verdict(means)

    def save(self, folder: Path) -> None:
        """Configuration and weights, the backbone's too."""
        save_network(folder, self.config, self.model)

    def load(self, folder: Path, state: dict[str, Any]) -> None:
        """A network of the same sizes that began with the same backbone."""
        found = read_config(folder, SMatConfig)
        if not found.same_sizes(self.config):
            raise InputError(f"{folder / CONFIG_FILE} is of {found}, expected {self.config}")
        if not found.same_backbone(self.config):
            raise InputError(
                f"{folder / CONFIG_FILE} began as {found.backbone}, this --backbone is {self.config.backbone}"
            )
        load_weights(folder, self.model)

    def lighter(self) -> list[str]:
        """Smaller inputs."""
        return [f"give a smaller --side than {self.input_size}"]

    def without_smaller_batch(self) -> str:
        """The backbone is nearly all of it."""
        return "use a smaller --backbone"
