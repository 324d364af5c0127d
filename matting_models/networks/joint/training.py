"""The joint training: both networks end to end on photographs without truth, with a teacher and a discriminator."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from matting_models.data.backgrounds import backgrounds_in
from matting_models.data.trimaps import FOREGROUND, UNKNOWN
from matting_models.errors import InputError
from matting_models.networks.joint.batch import Crops, Instances, JointExamples
from matting_models.networks.joint.discriminator import Discriminator
from matting_models.networks.joint.fusion import soft_fusion
from matting_models.networks.joint.network import Seen, one_hot
from matting_models.networks.joint.objective import (
    composite,
    discrimination_loss,
    realism_loss,
    share_of_teaching,
    teaching_loss,
    whole_image_loss,
)
from matting_models.networks.joint.settings import JointSettings
from matting_models.networks.joint.validation import judge
from matting_models.networks.joint.weights import FILES, load_joint, load_net_m, save_joint
from matting_models.networks.mask_to_matte.validation import verdict
from matting_models.training.protocol import Judged, Network, Verdict

GENERATOR, DISCRIMINATOR = 0, 1
"""Turns."""


class JointTraining(Network):
    """See ``Network``. The teacher makes pseudo mattes on pseudo trimaps and is never trained."""

    name = "joint"
    settings_class = JointSettings
    score_name = "SAD over the masks'"
    files = FILES

    def __init__(self, settings: JointSettings, device: torch.device, processes: int) -> None:
        self._settings = settings
        self._device = device
        joint = load_joint(settings.net_t, settings.net_m)
        self.teacher = load_net_m(settings.teacher or settings.net_m).to(device).eval().requires_grad_(False)
        if processes > 1 and device.type == "cuda":
            convert: Any = torch.nn.SyncBatchNorm.convert_sync_batchnorm
            joint = convert(joint)
        self.joint = joint.to(device).train()
        self.discriminator = Discriminator().to(device).train()
        if settings.compile:
            self.joint.compile()
        groups = [
            {"params": list(self.joint.net_t.parameters()), "lr": settings.net_t_rate},
            {"params": list(self.joint.net_m.parameters()), "lr": settings.learning_rate},
        ]
        decay = settings.weight_decay
        self.optimisers = [
            torch.optim.Adam(groups, lr=settings.learning_rate, weight_decay=decay),
            torch.optim.Adam(self.discriminator.parameters(), lr=settings.discriminator_rate, weight_decay=decay),
        ]
        self.modules = {"joint": self.joint, "discriminator": self.discriminator}
        self.input_size = self.joint.net_t.config.side
        photos = backgrounds_in([settings.backgrounds]) if settings.backgrounds else None
        self.examples = JointExamples(self.input_size, photos)
        self._iteration = 0

    def describe(self) -> str:
        """Sizes."""
        t, m = (sum(p.numel() for p in net.parameters()) / 1e6 for net in (self.joint.net_t, self.joint.net_m))
        return f"joint, Net-T {t:.2f} M and Net-M {m:.2f} M parameters, crops of {self.input_size} px"

    def rate_factor(self, iteration: int) -> float:
        """Constant after the warm-up; the paper names no schedule."""
        return min(1.0, (iteration + 1) / max(1, self._settings.warmup))

    def turns(self, iteration: int) -> Sequence[int]:
        """The discriminator steps once in several iterations."""
        every = self._settings.discriminator_every
        return (GENERATOR, DISCRIMINATOR) if iteration % every == every - 1 else (GENERATOR,)

    def losses(self, batch: Crops, modules: Mapping[str, Any], turn: int) -> dict[str, Tensor]:
        """Equation 6 of the supplement for the networks, equation 7 for the discriminator."""
        backgrounds = batch.backgrounds if len(batch.backgrounds) else batch.images.roll(1, dims=0)
        if turn == DISCRIMINATOR:
            with torch.no_grad():
                fake = _composite(modules["joint"](batch.images, batch.segmentations), batch.images, backgrounds)
            critic = modules["discriminator"]
            return {"loss": discrimination_loss(critic(fake).float(), critic(batch.images).float())}
        seen: Seen = modules["joint"](batch.images, batch.segmentations)
        shown = _composite(seen, batch.images, backgrounds)
        realism = realism_loss(modules["discriminator"](shown).float())
        pseudo = self._pseudo_alpha(batch)
        trimap = teaching_loss(seen.logits, batch.classes, batch.weights)
        coarse, refined = (
            whole_image_loss(soft_fusion(seen.probabilities, alpha), pseudo, batch.weights)
            for alpha in (seen.coarse, seen.refined)
        )
        share = share_of_teaching(self._iteration)
        loss = realism + share * (trimap + coarse + refined)
        return {"loss": loss, "realism": realism, "trimap": trimap, "coarse": coarse, "refined": refined}

    @torch.no_grad()
    def _pseudo_alpha(self, batch: Crops) -> Tensor:
        """The teacher's alpha on the pseudo trimap, which decides where it is known."""
        alpha = self.teacher(batch.images, one_hot(batch.classes))[1].float().clamp(0, 1)
        classes = batch.classes[:, None]
        return torch.where(classes == UNKNOWN, alpha, (classes == FOREGROUND).float())

    def after_iteration(self, iteration: int) -> None:
        """The teaching's share falls with the iterations."""
        self._iteration = iteration + 1

    def judge(self, batch: Instances, pictures: int) -> list[Judged]:
        """Whole instances, by soft fusion."""
        return judge(self.joint, batch, pictures, self._device)

    def verdict(self, means: dict[str, float]) -> Verdict:
        """The least ratio is the best."""
        return verdict(means)

    def save(self, folder: Path) -> None:
        """Both networks, each as its own training writes it."""
        save_joint(folder, self.joint)

    def state_dict(self) -> dict[str, Any]:
        """What prediction does not need."""
        return {"discriminator": self.discriminator.state_dict(), "iteration": self._iteration}

    def load(self, folder: Path, state: dict[str, Any]) -> None:
        """From the files and the state."""
        found = load_joint(folder / "net-t", folder / "net-m")
        if (found.net_t.config, found.net_m.config) != (self.joint.net_t.config, self.joint.net_m.config):
            raise InputError(f"{folder} holds networks of other sizes than --net-t and --net-m")
        self.joint.load_state_dict(found.state_dict())
        self.discriminator.load_state_dict(state["discriminator"])
        self._iteration = state["iteration"]


def _composite(seen: Seen, images: Tensor, backgrounds: Tensor) -> Tensor:
    return composite(soft_fusion(seen.probabilities, seen.refined), images, backgrounds)
