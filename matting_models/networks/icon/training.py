"""IconMatting in training."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from matting_models.errors import InputError
from matting_models.networks.icon.backbone import REFERENCE_SEED, TARGET_SEED, Diffusion, noises
from matting_models.networks.icon.batch import IconBatch, IconExamples
from matting_models.networks.icon.config import IconConfig
from matting_models.networks.icon.features import Features
from matting_models.networks.icon.inputs import images_of, mask_of
from matting_models.networks.icon.network import IconNetwork
from matting_models.networks.icon.objective import objective
from matting_models.networks.icon.settings import IconSettings
from matting_models.networks.icon.similarity import reference_tokens
from matting_models.networks.icon.validation import judge, verdict
from matting_models.networks.saved import FILES, load_weights, read_config, save_network
from matting_models.training.protocol import Judged, Network, Verdict
from matting_models.weights import resolve_precision


class IconTraining(Network):
    """See ``Network``. The backbone is frozen, and no part of the modules."""

    name = "icon"
    settings_class = IconSettings
    score_name = "SAD"
    files = FILES

    def __init__(self, settings: IconSettings, device: torch.device, processes: int) -> None:
        assert settings.backbone is not None
        self._settings, self._device = settings, device
        self.backbone = Diffusion.load(settings.backbone).to(device, resolve_precision(settings.precision, device))
        config = IconConfig(
            settings.backbone,
            self.backbone.revision,
            *self.backbone.channels,
            side=settings.side,
            width=settings.width,
            timestep=settings.timestep,
            ensemble=settings.ensemble,
        )
        self.model = IconNetwork(config)
        if settings.init is not None:
            self._read(settings.init)
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
        self.examples = IconExamples(settings.side)

    def describe(self) -> str:
        """Sizes."""
        count = sum(p.numel() for p in self.model.parameters())
        return (
            f"icon of width {self._settings.width:g}, {count / 1e6:.2f} M parameters, on backbone "
            f"{self.backbone.revision}, squares of {self.input_size} px"
        )

    def rate_factor(self, iteration: int) -> float:
        """Rises over the warm-up, then stays."""
        return min(1.0, (iteration + 1) / max(1, self._settings.warmup))

    def losses(self, batch: IconBatch, modules: Mapping[str, Any], turn: int) -> dict[str, Tensor]:
        """See ``objective``; other noises every time."""
        target, tokens = self._seen(batch, self._fresh(len(batch.images)), self._fresh(len(batch.images)))
        alpha, _ = modules["network"](images_of(batch.images), target, tokens)
        return objective(alpha.float(), batch.alphas.float() / 255, batch.unknown, batch.counted)

    def judge(self, batch: IconBatch, pictures: int) -> list[Judged]:
        """With the noises of prediction."""
        drawn = [
            noises(self._settings.ensemble, self.input_size, seed).to(self._device)
            for seed in (REFERENCE_SEED, TARGET_SEED)
        ]
        target, tokens = self._seen(batch, *drawn)
        return judge(self.model.forward(images_of(batch.images), target, tokens)[0], batch, pictures)

    def verdict(self, means: dict[str, float]) -> Verdict:
        """The least SAD is the best."""
        return verdict(means)

    def save(self, folder: Path) -> None:
        """Configuration and trained weights, without the backbone."""
        save_network(folder, self.model.config, self.model)

    def load(self, folder: Path, state: dict[str, Any]) -> None:
        """The weights of the same configuration."""
        self._read(folder)

    def lighter(self) -> list[str]:
        """Smaller squares."""
        return [f"give a smaller --side than {self.input_size}"]

    def _fresh(self, count: int) -> Tensor:
        side = self.input_size // 8
        return torch.randn(self._settings.ensemble, 2, count, 4, side, side, device=self._device)

    def _seen(self, batch: IconBatch, of_reference: Tensor, of_target: Tensor) -> tuple[Features, list[Tensor]]:
        """What the backbone sees: targets, and tokens of their references."""
        timestep = self._settings.timestep
        fine = self.backbone.reference(images_of(batch.references), timestep, of_reference)
        masks = mask_of(batch.reference_alphas)
        tokens = [reference_tokens(one, mask) for one, mask in zip(fine, masks, strict=True)]
        return self.backbone.target(images_of(batch.images), timestep, of_target), tokens

    def _read(self, folder: Path) -> None:
        found, own = read_config(folder, IconConfig), self.model.config
        found.check_backbone(str(folder), self.backbone.revision, self.backbone.channels)
        if replace(found, backbone=own.backbone, backbone_revision=own.backbone_revision) != own:
            raise InputError(
                f"{folder} is of side {found.side}, width {found.width:g}, timestep {found.timestep} and ensemble "
                f"{found.ensemble}; expected --side {own.side} --width {own.width:g} --timestep {own.timestep} "
                f"--ensemble {own.ensemble}"
            )
        load_weights(folder, self.model)
