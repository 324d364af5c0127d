"""SEMat in training."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from matting_models.networks.semat import SEMat, SEMatConfig
from matting_models.networks.semat.batch import SEMatBatch, SEMatExamples
from matting_models.networks.semat.config import CONFIG_FILE
from matting_models.networks.semat.objective import Objective
from matting_models.networks.semat.optimiser import make_optimiser
from matting_models.networks.semat.schedule import rate_factor
from matting_models.networks.semat.settings import SEMatSettings
from matting_models.networks.semat.validation import judge, verdict
from matting_models.networks.semat.weights_file import WEIGHTS_FILE, load_trainable
from matting_models.training.protocol import Judged, Network, Verdict


class SEMatTraining(Network):
    """See ``Network``."""

    name = "semat"
    settings_class = SEMatSettings
    score_name = "SAD"
    files = (CONFIG_FILE, WEIGHTS_FILE)

    def __init__(self, settings: SEMatSettings, device: torch.device, processes: int) -> None:
        assert settings.backbone is not None
        self._settings, self._device = settings, device
        self.model = SEMat.create(
            settings.backbone,
            lora_rank=settings.lora_rank,
            lora_alpha=settings.lora_alpha,
            lora_dropout=settings.lora_dropout,
            prompt_init=settings.prompt_init,
            prompt_dropout=settings.prompt_dropout,
            decoder_channels=tuple(settings.decoder_channels),
            architecture=settings.architecture,
        )
        self.model.backbone.checkpointing = settings.gradient_checkpointing
        self.model.to(device).train()
        if processes > 1 and device.type == "cuda":
            convert: Any = torch.nn.SyncBatchNorm.convert_sync_batchnorm
            self.model.matting_decoder = convert(self.model.matting_decoder)
        if settings.compile:
            self.model.compile_parts()
        self.objective = Objective(settings.lambda_reg, settings.lambda_trimap).to(device)
        self.modules = {"semat": self.model}
        self.optimisers = [make_optimiser(self.model, settings.learning_rate, settings.weight_decay)]
        self.input_size = self.model.image_size
        self.examples = SEMatExamples(self.model.image_size, settings.architecture)

    def describe(self) -> str:
        """Backbone, size of the input, trained parts."""
        parts = self.model.components().items()
        sizes = ", ".join(f"{name} {sum(p.numel() for p in part) / 1e6:.2f} M" for name, part in parts)
        return f"backbone {self.model.config.backbone_revision}, input {self.input_size} px; trained: {sizes}"

    def rate_factor(self, iteration: int) -> float:
        """The authors' schedule."""
        return rate_factor(iteration, self._settings.iterations, self._settings.warmup)

    def losses(self, batch: SEMatBatch, modules: Mapping[str, Any], turn: int) -> dict[str, Tensor]:
        """Equation 1; a share of the boxes is kept out of the image encoder."""
        kept = (torch.rand(len(batch.sample_ids)) >= self._settings.prompt_dropout).to(self._device)
        output = modules["semat"](batch.images, batch.boxes, kept, regularise=self._settings.lambda_reg > 0)
        return self.objective(output, batch.alphas, batch.trimaps)  # type: ignore[no-any-return]

    def judge(self, batch: SEMatBatch, pictures: int) -> list[Judged]:
        """Whole image at the network's input size."""
        return judge(self.model, batch, pictures)

    def verdict(self, means: dict[str, float]) -> Verdict:
        """The least SAD is the best."""
        return verdict(means)

    def save(self, folder: Path) -> None:
        """Config and trainable weights."""
        self.model.save_pretrained(folder)

    def state_dict(self) -> dict[str, Any]:
        """The trimap loss's running counts."""
        return self.objective.state_dict()

    def load(self, folder: Path, state: dict[str, Any]) -> None:
        """The same backbone, and the weights that were trained on it."""
        config = SEMatConfig.read(folder)
        config.check_backbone(folder, self.model.config.family, self.model.config.backbone_revision)
        load_trainable(self.model, folder)
        self.objective.load_state_dict(state)

    def lighter(self) -> list[str]:
        """Gradient checkpointing, where it is off."""
        return [] if self._settings.gradient_checkpointing else ["add --gradient-checkpointing"]

    def without_smaller_batch(self) -> str:
        """The backbone is nearly all of it."""
        return "use a smaller backbone"
