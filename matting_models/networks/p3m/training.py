"""P3M-Net in training."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from matting_models.errors import InputError
from matting_models.networks.p3m.batch import Crops, Instances, P3MExamples
from matting_models.networks.p3m.config import P3MConfig
from matting_models.networks.p3m.encoder import load_backbone
from matting_models.networks.p3m.network import Output, P3MNet
from matting_models.networks.p3m.objective import objective
from matting_models.networks.p3m.predicting import refine
from matting_models.networks.p3m.settings import P3MSettings
from matting_models.networks.p3m.validation import judge, verdict
from matting_models.networks.saved import FILES, load_weights, read_config, save_network
from matting_models.training.protocol import Judged, Network, Verdict


class P3MTraining(Network):
    """See ``Network``."""

    name = "p3m"
    settings_class = P3MSettings
    score_name = "SAD"
    files = FILES

    def __init__(self, settings: P3MSettings, device: torch.device, processes: int) -> None:
        self._settings = settings
        config, resnet, self._start = P3MConfig(settings.width), None, "a random encoder"
        if settings.backbone is not None:
            resnet, revision = load_backbone(settings.backbone, config)
            self._start = f"encoder {revision}"
        self.model = P3MNet(config, resnet)
        if processes > 1 and device.type == "cuda":
            convert: Any = torch.nn.SyncBatchNorm.convert_sync_batchnorm
            self.model = convert(self.model)
        self.model.to(device).train()
        if settings.compile:
            self.model.compile()
        rate, decay = settings.learning_rate, settings.weight_decay
        self.optimisers = [torch.optim.Adam(self.model.parameters(), lr=rate, weight_decay=decay)]
        self.modules = {"network": self.model}
        self.input_size = settings.side
        self.examples = P3MExamples(settings.side)

    def describe(self) -> str:
        """Sizes, and what the encoder starts from."""
        count = sum(p.numel() for p in self.model.parameters())
        return f"p3m, {count / 1e6:.2f} M parameters, {self._start}, crops of {self.input_size} px"

    def rate_factor(self, iteration: int) -> float:
        """Rises over the warm-up, then stays."""
        return min(1.0, (iteration + 1) / max(1, self._settings.warmup))

    def losses(self, batch: Crops, modules: Mapping[str, Any], turn: int) -> dict[str, Tensor]:
        """See ``objective``."""
        output: Output = modules["network"](batch.images.float() / 255, batch.coarse.float() / 255)
        return objective(output, batch.alphas.float() / 255, batch.classes)

    def judge(self, batch: Instances, pictures: int) -> list[Judged]:
        """Whole photos, as in prediction."""
        return judge(partial(refine, self.model), batch, pictures)

    def verdict(self, means: dict[str, float]) -> Verdict:
        """The least SAD is the best."""
        return verdict(means)

    def save(self, folder: Path) -> None:
        """Configuration and weights."""
        save_network(folder, self.model.config, self.model)

    def load(self, folder: Path, state: dict[str, Any]) -> None:
        """The weights of the same configuration."""
        found = read_config(folder, P3MConfig)
        if found != self.model.config:
            raise InputError(f"{folder} is of width {found.width:g}, expected --width {self.model.config.width:g}")
        load_weights(folder, self.model)

    def lighter(self) -> list[str]:
        """Smaller crops."""
        return [f"give a smaller --side than {self.input_size}"]
