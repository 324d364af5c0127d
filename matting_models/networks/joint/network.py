"""Net-T, its trimap, and Net-M on it."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from matting_models.networks.net_m.network import NetM
from matting_models.networks.net_t.network import NetT


@dataclass(frozen=True, slots=True)
class Seen:
    """What both networks say.

    Attributes:
        logits: (B, 3, H, W) of background, unknown and foreground.
        probabilities: of them, in float32.
        coarse, refined: (B, 1, H, W), Net-M's alphas in [0, 1].
    """

    logits: Tensor
    probabilities: Tensor
    coarse: Tensor
    refined: Tensor


class Joint(nn.Module):
    """Both networks; what Net-M sees of Net-T is the likeliest class of each pixel, as in the paper's inference.

    So gradients reach Net-T by its own loss and by the soft fusion, not through Net-M's input.
    """

    def __init__(self, net_t: NetT, net_m: NetM) -> None:
        super().__init__()
        self.net_t, self.net_m = net_t, net_m

    def forward(self, image: Tensor, segmentation: Tensor) -> Seen:
        """See ``Seen``.

        Args:
            image: (B, 3, H, W) RGB in [0, 1]; sides are multiples of 32.
            segmentation: (B, 1, H, W) coarse foreground in [0, 1].
        """
        logits = self.net_t(image, segmentation)
        probabilities = torch.softmax(logits.float(), dim=1)
        trimap = one_hot(probabilities.argmax(dim=1))
        coarse, refined = self.net_m(image, trimap)
        return Seen(logits, probabilities, coarse.float().clamp(0, 1), refined.float().clamp(0, 1))


def one_hot(classes: Tensor) -> Tensor:
    """(B, H, W) integers to (B, 3, H, W) float32."""
    return functional.one_hot(classes.long(), 3).permute(0, 3, 1, 2).float()
