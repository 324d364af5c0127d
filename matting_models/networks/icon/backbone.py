"""A frozen Stable Diffusion model that features and self-attention are read from."""

from typing import Any, Self

import torch
from torch import Tensor, nn

from matting_models.networks.icon.attention import Means, RecordingAttention
from matting_models.networks.icon.config import COARSE, FINE, TIMESTEPS
from matting_models.networks.icon.features import Features
from matting_models.networks.icon.loading import load_autoencoder, load_empty_prompt, load_scheduler, load_unet, locate

REFERENCE_SEED, TARGET_SEED = 0, 1
"""Of the noises. Two, since the same noise in both would make the same places of any two pictures alike."""


class Diffusion(nn.Module):
    """The parts of the model that are run: nothing after the last layer that is read.

    Args:
        autoencoder, unet, scheduler: of diffusers; ``unet`` is cut down and its layers made to be read.
        prompt: (1, tokens, channels), the embedding of an empty prompt.
        revision: which weights these are.
    """

    prompt: Tensor
    kept: Tensor

    def __init__(self, autoencoder: Any, unet: Any, scheduler: Any, prompt: Tensor, revision: str) -> None:
        super().__init__()
        self.revision = revision
        self.autoencoder, self.unet = autoencoder, unet
        self.register_buffer("prompt", prompt, persistent=False)
        self.register_buffer("kept", scheduler.alphas_cumprod.clone(), persistent=False)
        assert len(self.kept) == TIMESTEPS
        self.channels = (unet.up_blocks[0].resnets[-1].out_channels, unet.up_blocks[1].resnets[-1].out_channels)
        self._read: dict[str, Tensor] = {}
        self._means = Means()
        self._cut()
        self._listen()
        self.requires_grad_(False).eval()

    @classmethod
    def load(cls, backbone: str) -> Self:
        """From a local folder or the hub, float32, on the CPU.

        Raises:
            MissingError: it cannot be had.
            InputError: it is no Stable Diffusion model, or damaged.
        """
        source = locate(backbone)
        prompt = load_empty_prompt(source)
        return cls(load_autoencoder(source), load_unet(source), load_scheduler(source), prompt, source.revision)

    def train(self, mode: bool = True) -> Self:
        """Stays in evaluation mode."""
        return super().train(False)

    @torch.no_grad()
    def reference(self, images: Tensor, timestep: int, noises: Tensor) -> Tensor:
        """What ``Features.fine`` is, of references."""
        return self.target(images, timestep, noises).fine

    @torch.no_grad()
    def target(self, images: Tensor, timestep: int, noises: Tensor) -> Features:
        """Features of pictures.

        Args:
            images: (B, 3, S, S) float in [-1, 1], S a multiple of 64.
            timestep: 0 to 999.
            noises: (E, 2, 4, S / 8, S / 8), see ``noises``; all pictures get the same. Or (E, 2, B, 4, S / 8, S / 8).
        """
        self._means.clear()
        mean, deviation = self._encode(images)
        kept = self.kept[timestep].to(mean.dtype)
        coarse, fine = images.shape[-1] // COARSE, images.shape[-1] // FINE
        sums: list[Tensor] = []
        for posterior, noise in noises.to(mean.dtype):
            latents = (mean + deviation * posterior) * self.autoencoder.config.scaling_factor
            read = self._run(kept.sqrt() * latents + (1 - kept).sqrt() * noise, timestep)
            sums = [s + r for s, r in zip(sums, read, strict=True)] if sums else read
        of_coarse, of_fine = (total / len(noises) for total in sums)
        return Features(of_coarse, of_fine, self._means.take(coarse**2), self._means.take(fine**2))

    def _encode(self, images: Tensor) -> tuple[Tensor, Tensor]:
        found = self.autoencoder.encode(images.to(self.autoencoder.dtype)).latent_dist
        return found.mean, found.std

    def _run(self, noisy: Tensor, timestep: int) -> list[Tensor]:
        """Coarse and fine features; attention goes to the means."""
        self.unet(noisy, timestep, encoder_hidden_states=self.prompt.expand(len(noisy), -1, -1))
        return [self._read.pop(name).float() for name in ("coarse", "fine")]

    def _cut(self) -> None:
        """Leave out what comes after the last attention that is read."""
        self.unet.up_blocks = self.unet.up_blocks[:3]
        self.unet.up_blocks[2].upsamplers = None
        self.unet.conv_norm_out, self.unet.conv_out = None, nn.Identity()

    def _listen(self) -> None:
        for name, block in (("coarse", self.unet.up_blocks[0]), ("fine", self.unet.up_blocks[1])):
            block.register_forward_hook(lambda _, __, output, name=name: self._read.__setitem__(name, output))
        # Coarse attention is in these blocks' neighbours below, fine in those above.
        blocks = (self.unet.down_blocks[1], self.unet.down_blocks[2], *self.unet.up_blocks[1:])
        for block in blocks:
            for attention in block.attentions:
                for layer in attention.transformer_blocks:
                    layer.attn1.set_processor(RecordingAttention(self._means))


def noises(ensemble: int, side: int, seed: int) -> Tensor:
    """What is drawn for a picture of side S: of the autoencoder's posterior, and the noise added.

    Made on the CPU, so that every device reads the same.

    Returns:
        (ensemble, 2, 4, S / 8, S / 8) float32, normal.
    """
    drawn = torch.Generator().manual_seed(seed)
    return torch.randn(ensemble, 2, 4, side // 8, side // 8, generator=drawn)
