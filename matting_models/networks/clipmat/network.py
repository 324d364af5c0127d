"""CLIPMat's network (Li et al., "Referring Image Matting", CVPR 2023, with its supplement's Table 11 as repaired)."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from matting_models.networks.clipmat.backbone import Backbone, fill_towers
from matting_models.networks.clipmat.config import CLIPMatConfig
from matting_models.networks.clipmat.details import DetailsDecoder, DetailsExtractor
from matting_models.networks.clipmat.semantic import SemanticDecoder, SemanticPopUp
from matting_models.networks.clipmat.towers import ImageTower, TextTower, new_context
from matting_models.networks.p3m.fusion import fuse

MEAN = (0.48145466, 0.4578275, 0.40821073)
STD = (0.26862954, 0.26130258, 0.27577711)
"""RGB, of 0 to 1: those that CLIP was trained with."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A batch of photos that texts can be asked about.

    Attributes:
        tokens: (B, 1 + n n, C), of the whole image tower.
        details: (B, 1, S, S) float32 in [0, 1], alpha where it is soft, whatever is meant.
    """

    tokens: Tensor
    details: Tensor


@dataclass(frozen=True, slots=True)
class Output:
    """What the network says.

    Attributes:
        logits: (B, 3, S, S) float32: background, unknown, foreground.
        details: (B, 1, S, S) float32 in [0, 1].
    """

    logits: Tensor
    details: Tensor

    @property
    def alpha(self) -> Tensor:
        """(B, 1, S, S) in [0, 1]: both as one."""
        return fuse(self.logits, self.details)


class CLIPMatNet(nn.Module):
    """CLIP's towers, what the text makes pop up in the photo, the photo's details, and both as one.

    Args:
        config: sizes.
        backbone: a CLIP of those sizes to start from; None for towers at random.
    """

    def __init__(self, config: CLIPMatConfig, backbone: Backbone | None = None) -> None:
        super().__init__()
        self.config = config
        self.image, self.text = ImageTower(config), TextTower(config)
        self.context = new_context(config)
        self.pop_up = SemanticPopUp(config.hidden_size, config.text_size, config.width)
        self.semantic = SemanticDecoder(config.width)
        self.extractor = DetailsExtractor(config.hidden_size, config.width)
        self.details = DetailsDecoder(config.width)
        if backbone is not None:
            fill_towers(self.image.clip, self.text.clip, backbone)

    def forward(self, images: Tensor, ids: Tensor) -> Output:
        """Mattes of a batch.

        Args:
            images: (B, 3, S, S) float RGB in [0, 1], S the configuration's side.
            ids: (B, T) int64, as ``Tokens.encode`` gives.
        """
        return self.matte(self.see(images), ids)

    def see(self, images: Tensor) -> Seen:
        """What needs no text."""
        mean, std = (torch.tensor(x, device=images.device).view(3, 1, 1) for x in (MEAN, STD))
        pixels = (images.float() - mean) / std
        levels = self.image(pixels)
        return Seen(levels[-1], self.details(self.extractor(levels, pixels)))

    def matte(self, seen: Seen, ids: Tensor) -> Output:
        """One text a photo, as in ``forward``."""
        textual, padding = self.text(ids, self.context)
        popped = self.pop_up(seen.tokens, textual, padding)
        return Output(self.semantic(popped).float(), seen.details)
