"""Net-M in training."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from matting_models.data.trimaps import UNKNOWN
from matting_models.errors import InputError
from matting_models.networks.net_m.batch import Crops, Instances, NetMExamples
from matting_models.networks.net_m.config import NetMConfig
from matting_models.networks.net_m.inputs import TRIMAP, network_inputs
from matting_models.networks.net_m.network import NetM
from matting_models.networks.net_m.objective import objective
from matting_models.networks.net_m.settings import NetMSettings
from matting_models.networks.net_m.validation import judge, verdict
from matting_models.networks.saved import FILES, load_weights, read_config
from matting_models.training.protocol import Judged, Network, Verdict
from matting_models.training.schedules import warm_cosine

BETAS = (0.5, 0.999)
"""Of Adam, as in GCA."""


class NetMTraining(Network):
    """See ``Network``."""

    name = "net-m"
    settings_class = NetMSettings
    score_name = "SAD of the unknown region"
    files = FILES
    max_norm = 5.0

    def __init__(self, settings: NetMSettings, device: torch.device, processes: int) -> None:
        self._settings = settings
        self.model = NetM(NetMConfig(settings.width))
        if settings.init is not None:
            self._read(settings.init)
        if processes > 1 and device.type == "cuda":
            convert: Any = torch.nn.SyncBatchNorm.convert_sync_batchnorm
            self.model = convert(self.model)
        self.model.to(device, memory_format=torch.channels_last).train()  # type: ignore[call-overload]
        if settings.compile:
            self.model.compile()
        rate, decay = settings.learning_rate, settings.weight_decay
        self.optimisers = [torch.optim.Adam(self.model.parameters(), lr=rate, betas=BETAS, weight_decay=decay)]
        self.modules = {"network": self.model}
        self.input_size = settings.side
        self.examples = NetMExamples(settings.side)

    def describe(self) -> str:
        """Sizes."""
        count = sum(p.numel() for p in self.model.parameters())
        return f"net-m of width {self._settings.width:g}, {count / 1e6:.2f} M parameters, crops of {self.input_size} px"

    def rate_factor(self, iteration: int) -> float:
        """GCA's schedule."""
        return warm_cosine(iteration, self._settings.iterations, self._settings.warmup)

    def losses(self, batch: Crops, modules: Mapping[str, Any], turn: int) -> dict[str, Tensor]:
        """See ``objective``: the unknown region, where the truth is known."""
        coarse, refined = modules["network"](*network_inputs(batch.planes))
        counted = (batch.planes[:, TRIMAP:] == UNKNOWN) & batch.trusted
        return objective(coarse.float(), refined.float(), batch.alphas.float() / 255, counted)

    def judge(self, batch: Instances, pictures: int) -> list[Judged]:
        """Whole instances, not compiled: their sizes differ."""
        return judge(lambda planes: self.model.forward(*network_inputs(planes))[1], batch, pictures)

    def verdict(self, means: dict[str, float]) -> Verdict:
        """The least SAD is the best."""
        return verdict(means)

    def save(self, folder: Path) -> None:
        """Configuration and weights."""
        self.model.save_pretrained(folder)

    def load(self, folder: Path, state: dict[str, Any]) -> None:
        """The weights of the same configuration."""
        self._read(folder)

    def lighter(self) -> list[str]:
        """Smaller crops."""
        return [f"give a smaller --side than {self.input_size}"]

    def _read(self, folder: Path) -> None:
        found = read_config(folder, NetMConfig)
        if found != self.model.config:
            raise InputError(f"{folder} is of width {found.width:g}, expected --width {self.model.config.width:g}")
        load_weights(folder, self.model)
