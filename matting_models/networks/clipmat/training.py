"""CLIPMat in training."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from matting_models.errors import InputError
from matting_models.networks.clipmat.backbone import config_of, load_backbone
from matting_models.networks.clipmat.batch import CLIPMatExamples, Described
from matting_models.networks.clipmat.config import LENGTHS, CLIPMatConfig
from matting_models.networks.clipmat.network import CLIPMatNet, Output
from matting_models.networks.clipmat.objective import objective
from matting_models.networks.clipmat.optimiser import make_optimiser
from matting_models.networks.clipmat.settings import CLIPMatSettings
from matting_models.networks.clipmat.tokens import TOKENIZER_FILE
from matting_models.networks.clipmat.validation import judge, verdict
from matting_models.networks.saved import CONFIG_FILE, FILES, load_weights, read_config, save_network
from matting_models.training.protocol import Judged, Network, Verdict


class CLIPMatTraining(Network):
    """See ``Network``."""

    name = "clipmat"
    settings_class = CLIPMatSettings
    score_name = "SAD"
    files = (TOKENIZER_FILE, *FILES)

    def __init__(self, settings: CLIPMatSettings, device: torch.device, processes: int) -> None:
        assert settings.backbone is not None
        self._settings = settings
        backbone = load_backbone(settings.backbone, LENGTHS[settings.setting])
        self.config = config_of(backbone, settings.setting, settings.width, settings.side)
        self.tokens = backbone.tokens
        self.model = CLIPMatNet(self.config, backbone).to(device).train()
        if settings.freeze:
            self.model.image.requires_grad_(False)
            self.model.text.requires_grad_(False)
        if processes > 1 and device.type == "cuda":
            convert: Any = torch.nn.SyncBatchNorm.convert_sync_batchnorm
            self.model = convert(self.model)
        if settings.compile:
            self.model.compile()
        rates = settings.learning_rate, settings.image_rate, settings.text_rate
        self.optimisers = [make_optimiser(self.model, *rates, settings.weight_decay)]
        self.modules = {"network": self.model}
        self.input_size = settings.side
        self.examples = CLIPMatExamples(settings.side, self.tokens)

    def describe(self) -> str:
        """Sizes, and what the backbone is."""
        count = sum(p.numel() for p in self.model.parameters())
        trained = sum(p.numel() for p in self.model.parameters() if p.requires_grad)
        return (
            f"clipmat on {self.config.backbone}, {count / 1e6:.2f} M parameters, {trained / 1e6:.2f} M trained, "
            f"{self.config.setting} setting, squares of {self.input_size} px"
        )

    def rate_factor(self, iteration: int) -> float:
        """Rises over the warm-up, then stays."""
        return min(1.0, (iteration + 1) / max(1, self._settings.warmup))

    def losses(self, batch: Described, modules: Mapping[str, Any], turn: int) -> dict[str, Tensor]:
        """See ``objective``."""
        output: Output = modules["network"](batch.images.float() / 255, batch.texts)
        return objective(output, batch.alphas.float() / 255, batch.classes)

    def judge(self, batch: Described, pictures: int) -> list[Judged]:
        """At the network's side."""
        return judge(self.model.forward(batch.images.float() / 255, batch.texts).alpha, batch, pictures)

    def verdict(self, means: dict[str, float]) -> Verdict:
        """The least SAD is the best."""
        return verdict(means)

    def save(self, folder: Path) -> None:
        """Configuration, tokenizer and weights, the backbone's too."""
        save_network(folder, self.config, self.model)
        self.tokens.write(folder)

    def load(self, folder: Path, state: dict[str, Any]) -> None:
        """A network of the same sizes that began with the same backbone."""
        found = read_config(folder, CLIPMatConfig)
        if not found.same_sizes(self.config):
            raise InputError(f"{folder / CONFIG_FILE} is of {found}, expected {self.config}")
        if not found.same_backbone(self.config):
            raise InputError(
                f"{folder / CONFIG_FILE} began as {found.backbone}, this --backbone is {self.config.backbone}"
            )
        load_weights(folder, self.model)

    def lighter(self) -> list[str]:
        """Smaller squares, or towers that need no gradients."""
        hints = [f"give a smaller --side than {self.input_size}"]
        return hints if self._settings.freeze else [*hints, "add --freeze"]

    def without_smaller_batch(self) -> str:
        """The towers are nearly all of it."""
        return "use a smaller --backbone"
