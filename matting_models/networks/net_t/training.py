"""Net-T in training."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from matting_models.errors import InputError
from matting_models.networks.net_t.backbone import load_resnet
from matting_models.networks.net_t.batch import Instances, NetTExamples, Patches
from matting_models.networks.net_t.config import NetTConfig
from matting_models.networks.net_t.examples import IGNORED
from matting_models.networks.net_t.network import NetT
from matting_models.networks.net_t.settings import NetTSettings
from matting_models.networks.net_t.validation import judge, verdict
from matting_models.networks.saved import CONFIG_FILE, FILES, load_weights, read_config, save_network
from matting_models.training.protocol import Judged, Network, Verdict

MOMENTUM = 0.9
POWER = 0.9


class NetTTraining(Network):
    """See ``Network``."""

    name = "net-t"
    settings_class = NetTSettings
    score_name = "1 - mIoU"
    files = FILES

    def __init__(self, settings: NetTSettings, device: torch.device, processes: int) -> None:
        self._settings = settings
        self.config = settings.config()
        resnet, self._start = None, "a random encoder"
        if settings.backbone is not None:
            resnet, revision = load_resnet(settings.backbone, settings.width)
            self._start = f"encoder {revision}"
        self.model = NetT(self.config, resnet)
        if processes > 1 and device.type == "cuda":
            convert: Any = torch.nn.SyncBatchNorm.convert_sync_batchnorm
            self.model = convert(self.model)
        self.model.to(device).train()
        if settings.compile:
            self.model.compile()
        self.modules = {"network": self.model}
        self.optimisers = [
            torch.optim.SGD(
                self.model.parameters(),
                lr=settings.learning_rate,
                momentum=MOMENTUM,
                weight_decay=settings.weight_decay,
            )
        ]
        self.input_size = settings.side
        self.examples = NetTExamples(settings.side, settings.coarse_share)

    def describe(self) -> str:
        """Sizes, and what the encoder starts from."""
        count = sum(p.numel() for p in self.model.parameters())
        return f"net-t, {count / 1e6:.2f} M parameters, {self._start}, patches of {self.input_size} px"

    def rate_factor(self, iteration: int) -> float:
        """Falls as a polynomial, after a linear rise."""
        rate: float = (1 - iteration / self._settings.iterations) ** POWER
        return rate * min(1.0, (iteration + 1) / max(1, self._settings.warmup))

    def losses(self, batch: Patches, modules: Mapping[str, Any], turn: int) -> dict[str, Tensor]:
        """Cross-entropy, where the truth is known."""
        logits = modules["network"](batch.images.float() / 255, batch.segmentations.float() / 255)
        return {"loss": cross_entropy(logits.float(), batch.classes)}

    def judge(self, batch: Instances, pictures: int) -> list[Judged]:
        """Whole instances, their segmentation eroded."""
        return judge(self.model, batch, pictures)

    def verdict(self, means: dict[str, float]) -> Verdict:
        """The largest mean IoU is the best."""
        return verdict(means)

    def save(self, folder: Path) -> None:
        """Configuration and weights."""
        save_network(folder, self.config, self.model)

    def load(self, folder: Path, state: dict[str, Any]) -> None:
        """A network of the same sizes."""
        if (found := read_config(folder, NetTConfig)) != self.config:
            raise InputError(f"{folder / CONFIG_FILE} is of {found}, expected {self.config}")
        load_weights(folder, self.model)

    def without_smaller_batch(self) -> str:
        """Sizes are all that is left."""
        return "use a lower --side or --width in a new --out"


def cross_entropy(logits: Tensor, classes: Tensor) -> Tensor:
    """Mean over the pixels whose truth is known; 0 where there is none.

    Args:
        logits: (B, 3, H, W) float32.
        classes: (B, H, W) uint8, ``IGNORED`` where the truth is not known.
    """
    total = functional.cross_entropy(logits, classes.long(), ignore_index=IGNORED, reduction="sum")
    return total / (classes != IGNORED).sum().clamp(min=1)
