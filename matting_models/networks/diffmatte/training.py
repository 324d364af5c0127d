"""DiffMatte in training."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from matting_models.data.trimaps import UNKNOWN
from matting_models.errors import InputError
from matting_models.networks.diffmatte.config import DiffMatteConfig
from matting_models.networks.diffmatte.inputs import TRIMAP, network_inputs
from matting_models.networks.diffmatte.network import DiffMatte
from matting_models.networks.diffmatte.objective import objective
from matting_models.networks.diffmatte.pretrained import start_encoder
from matting_models.networks.diffmatte.sampler import noise_of
from matting_models.networks.diffmatte.schedule import rate_factor
from matting_models.networks.diffmatte.settings import DiffMatteSettings
from matting_models.networks.diffmatte.vit import VitEncoder
from matting_models.networks.net_m.batch import Crops, Instances, NetMExamples
from matting_models.networks.net_m.validation import judge, verdict
from matting_models.networks.saved import FILES, load_weights, read_config
from matting_models.training.protocol import Judged, Network, Verdict


class DiffMatteTraining(Network):
    """See ``Network``. Crops and validation are those of Net-M."""

    name = "diffmatte"
    settings_class = DiffMatteSettings
    score_name = "SAD of the unknown region"
    files = FILES

    def __init__(self, settings: DiffMatteSettings, device: torch.device, processes: int) -> None:
        self._settings = settings
        self._iteration = 0
        self.model = DiffMatte(settings.config())
        if settings.init is not None:
            self._read(settings.init)
        if settings.backbone is not None and isinstance(self.model.encoder, VitEncoder):
            start_encoder(self.model.encoder, settings.backbone)
        if processes > 1 and device.type == "cuda":
            convert: Any = nn.SyncBatchNorm.convert_sync_batchnorm
            self.model = convert(self.model)
        self.model.to(device, memory_format=torch.channels_last).train()  # type: ignore[call-overload]
        if settings.compile:
            self.model.compile()
        self.optimisers = [_adamw(self.model, settings.learning_rate, settings.weight_decay)]
        self.modules = {"network": self.model}
        self.input_size = settings.side
        self.examples = NetMExamples(settings.side)

    def describe(self) -> str:
        """Sizes."""
        count, config = sum(p.numel() for p in self.model.parameters()), self.model.config
        return (
            f"diffmatte with encoder {config.encoder} of width {config.width:g}, {count / 1e6:.2f} M parameters, "
            f"crops of {self.input_size} px"
        )

    def rate_factor(self, iteration: int) -> float:
        """The authors' steps."""
        settings = self._settings
        return rate_factor(settings.encoder, iteration, settings.iterations, settings.warmup)

    def losses(self, batch: Crops, modules: Mapping[str, Any], turn: int) -> dict[str, Tensor]:
        """Truths with noise of a random time; once self-aligned, predictions from a later time in their place."""
        truth = batch.alphas.float() / 127.5 - 1
        later = None
        times = torch.rand(len(truth), device=truth.device)
        if self._iteration >= self._settings.self_align * self._settings.iterations:
            interval = torch.rand_like(times)
            times = times * (1 - interval)
            later = times + interval
        noise = torch.randn_like(truth)
        clean = modules["network"](*network_inputs(batch.planes), truth, noise, times, later)
        return objective(clean.float(), truth, batch.planes[:, TRIMAP:] == UNKNOWN, batch.trusted)

    def after_iteration(self, iteration: int) -> None:
        """When the self-aligned strategy begins is counted in iterations."""
        self._iteration = iteration + 1

    def judge(self, batch: Instances, pictures: int) -> list[Judged]:
        """Whole instances, not compiled: their sizes differ."""
        return judge(self._matte, batch, pictures)

    def verdict(self, means: dict[str, float]) -> Verdict:
        """The least SAD is the best."""
        return verdict(means)

    def save(self, folder: Path) -> None:
        """Configuration and weights."""
        self.model.save_pretrained(folder)

    def state_dict(self) -> dict[str, Any]:
        """How far training is."""
        return {"iteration": self._iteration}

    def load(self, folder: Path, state: dict[str, Any]) -> None:
        """The weights of the same configuration."""
        self._read(folder)
        self._iteration = state["iteration"]

    def lighter(self) -> list[str]:
        """Smaller crops."""
        return [f"give a smaller --side than {self.input_size}"]

    def _matte(self, planes: Tensor) -> Tensor:
        config = self.model.config
        noise = noise_of(config.seed, *planes.shape[2:]).to(planes.device)[None, None]
        return self.model.matte(*network_inputs(planes), noise, config.steps)

    def _read(self, folder: Path) -> None:
        found, expected = (_sizes(config) for config in (read_config(folder, DiffMatteConfig), self.model.config))
        if found != expected:
            raise InputError(f"{folder} is of {found}, expected {expected}")
        load_weights(folder, self.model)


def _sizes(config: DiffMatteConfig) -> str:
    """What the weights' shapes depend on, as the command line calls it."""
    side = f" --side {config.side}" if config.is_transformer else ""
    return f"--encoder {config.encoder} --width {config.width:g}{side}"


def _adamw(model: nn.Module, rate: float, decay: float) -> torch.optim.AdamW:
    """No weight decay on normalisation and absolute positions."""
    plain: list[nn.Parameter] = []
    without: list[nn.Parameter] = []
    for module in model.modules():
        norm = isinstance(module, (nn.modules.batchnorm._BatchNorm, nn.LayerNorm))
        for name, parameter in module.named_parameters(recurse=False):
            (without if norm or name == "position_embeddings" else plain).append(parameter)
    groups = [{"params": plain, "weight_decay": decay}, {"params": without, "weight_decay": 0.0}]
    return torch.optim.AdamW(groups, lr=rate)
