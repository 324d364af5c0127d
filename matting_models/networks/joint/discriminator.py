"""Whether a picture is a photograph: the critic of composites in the adversarial adaptation.

Background Matting's (Sengupta et al., CVPR 2020), which the paper follows: a PatchGAN of 64 channels with instance
normalisation (Isola et al., CVPR 2017).
"""

from torch import Tensor, nn

CHANNELS = 64
SLOPE = 0.2


class Discriminator(nn.Module):
    """Scores overlapping patches of 70 x 70 pixels: towards 1 for photographs, towards 0 for composites."""

    def __init__(self, channels: int = CHANNELS) -> None:
        super().__init__()
        layers: list[nn.Module] = [_conv(3, channels, 2), nn.LeakyReLU(SLOPE)]
        for step, stride in ((1, 2), (2, 2), (4, 1)):
            layers += [
                _conv(step * channels, 2 * step * channels, stride),
                nn.InstanceNorm2d(2 * step * channels),
                nn.LeakyReLU(SLOPE),
            ]
        self.layers = nn.Sequential(*layers, _conv(8 * channels, 1, 1))

    def forward(self, image: Tensor) -> Tensor:
        """(B, 3, H, W) RGB in [0, 1] to (B, 1, H / 8 - 2, W / 8 - 2); sides of at least 64."""
        scores: Tensor = self.layers(2 * image - 1)
        return scores


def _conv(inputs: int, outputs: int, stride: int) -> nn.Conv2d:
    return nn.Conv2d(inputs, outputs, kernel_size=4, stride=stride, padding=1)
