"""Mask-to-matte in training."""

import copy
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from matting_models.errors import InputError
from matting_models.networks.mask_to_matte.batch import Instances, MaskToMatteExamples, Patches
from matting_models.networks.mask_to_matte.encoder_weights import start_encoder
from matting_models.networks.mask_to_matte.features import closed_form
from matting_models.networks.mask_to_matte.network import MaskToMatteNet
from matting_models.networks.mask_to_matte.objective import objective
from matting_models.networks.mask_to_matte.settings import MaskToMatteSettings
from matting_models.networks.mask_to_matte.validation import judge, verdict
from matting_models.networks.mask_to_matte.weights import WEIGHTS_FILE, read_weights, write_weights
from matting_models.training.protocol import Judged, Network, Verdict
from matting_models.training.schedules import warm_cosine

ENCODER_RATE = 0.3
"""Learning rate of what pretrained weights fill, over that of the rest."""
LAST_RATE = 0.02
"""Share of the learning rate that is left at the end."""
EMA = 0.999
"""Share of the averaged weights that an iteration keeps, once there are enough to average."""
MASK = 3
"""Which plane is the mask."""


class MaskToMatteTraining(Network):
    """See ``Network``. What is validated and saved is an exponential moving average of the weights."""

    name = "mask-to-matte"
    settings_class = MaskToMatteSettings
    score_name = "SAD over the masks'"
    files = (WEIGHTS_FILE,)
    max_norm = 5.0

    def __init__(self, settings: MaskToMatteSettings, device: torch.device, processes: int) -> None:
        closed_form()  # its absence shows here, not in the processes that load samples
        self._settings = settings
        self.model = MaskToMatteNet()
        if settings.encoder is not None:
            start_encoder(self.model, settings.encoder)
        if settings.init is not None:
            _start(self.model, settings.init)
        if processes > 1 and device.type == "cuda":
            convert: Any = torch.nn.SyncBatchNorm.convert_sync_batchnorm
            self.model = convert(self.model)
        self.model.to(device, memory_format=torch.channels_last).train()  # type: ignore[call-overload]
        self.averaged = copy.deepcopy(self.model).eval().requires_grad_(False)
        if settings.compile:
            self.model.compile()
        encoder = self.model.encoder_parameters()
        inside = {id(parameter) for parameter in encoder}
        rest = [parameter for parameter in self.model.parameters() if id(parameter) not in inside]
        rate = settings.learning_rate
        groups = [{"params": encoder, "lr": ENCODER_RATE * rate}, {"params": rest, "lr": rate}]
        self.optimisers = [torch.optim.AdamW(groups, lr=rate, weight_decay=settings.weight_decay)]
        self.modules = {"network": self.model}
        self.input_size = settings.side
        self.examples = MaskToMatteExamples(settings.side)

    def describe(self) -> str:
        """Sizes."""
        count = sum(p.numel() for p in self.model.parameters())
        return f"mask-to-matte, {count / 1e6:.2f} M parameters, patches of {self.input_size} px"

    def rate_factor(self, iteration: int) -> float:
        """Rises linearly, then falls along half a cosine."""
        return warm_cosine(iteration, self._settings.iterations, self._settings.warmup, LAST_RATE)

    def losses(self, batch: Patches, modules: Mapping[str, Any], turn: int) -> dict[str, Tensor]:
        """See ``objective``."""
        alpha = modules["network"](batch.planes.to(memory_format=torch.channels_last))
        return objective(alpha.float(), batch.alphas, batch.planes[:, MASK : MASK + 1], batch.weights)

    @torch.no_grad()
    def after_iteration(self, iteration: int) -> None:
        """Average the weights; early averages are short."""
        kept = min(EMA, iteration / (iteration + 10))
        averages = self.averaged.state_dict()
        for name, value in self.model.state_dict().items():
            if value.is_floating_point():
                averages[name].lerp_(value, 1 - kept)
            else:
                averages[name].copy_(value)

    def judge(self, batch: Instances, pictures: int) -> list[Judged]:
        """The averaged weights, on whole instances."""
        return judge(self.averaged, batch, pictures)

    def verdict(self, means: dict[str, float]) -> Verdict:
        """The least ratio is the best."""
        return verdict(means)

    def save(self, folder: Path) -> None:
        """The averaged weights in half precision, for prediction."""
        halves = {n: x.half() if x.is_floating_point() else x for n, x in self.averaged.state_dict().items()}
        write_weights(folder, {name: value.cpu().numpy() for name, value in halves.items()})

    def state_dict(self) -> dict[str, Any]:
        """Weights and their average in full precision."""
        return {"model": self.model.state_dict(), "averaged": self.averaged.state_dict()}

    def load(self, folder: Path, state: dict[str, Any]) -> None:
        """From the state alone: the file has half the precision."""
        self.model.load_state_dict(state["model"])
        self.averaged.load_state_dict(state["averaged"])


def _start(network: MaskToMatteNet, folder: Path) -> None:
    try:
        tensors, _ = read_weights(str(folder))
    except (FileNotFoundError, ValueError) as error:
        raise InputError(str(error)) from error
    network.load_state_dict({name: torch.from_numpy(array) for name, array in tensors.items()}, strict=False)
