"""ResNet-50 as Net-T's encoder: five channels in, output stride 16."""

from matting_models.networks import resnet
from matting_models.networks.width import scaled
from matting_models.weights import models_extra

with models_extra("Net-T"):
    import torch
    from torch import Tensor, nn
    from transformers import ResNetConfig, ResNetModel

DEPTHS = (3, 4, 6, 3)
EMBEDDING = 64
HIDDEN = (256, 512, 1024, 2048)
DILATIONS = (1, 2, 1)
"""Of the last stage's three blocks (supplement, figure S3)."""


def resnet_config(width: float) -> ResNetConfig:
    """ResNet-50 with a share of its channels."""
    return ResNetConfig(
        num_channels=3,
        embedding_size=scaled(EMBEDDING, width),
        hidden_sizes=[scaled(channels, width) for channels in HIDDEN],
        depths=list(DEPTHS),
        layer_type="bottleneck",
        hidden_act="relu",
        downsample_in_first_stage=False,
        downsample_in_bottleneck=False,
    )


def load_resnet(weights: str, width: float) -> tuple[ResNetModel, str]:
    """Pretrained weights of a ResNet-50, or of a narrower one.

    Args:
        weights: hub name, such as ``microsoft/resnet-50``, or a local folder.
        width: of the Net-T that it is for.

    Returns:
        The model, and ``NAME@DIGEST or commit``.

    Raises:
        InputError: nothing there, or damaged, or a ResNet of other sizes.
    """
    return resnet.load_resnet(weights, resnet_config(width), f"Net-T of width {width:g}", 50)


class Backbone(nn.Module):
    """The stages of a ResNet, the last one dilated in the place of its stride.

    Args:
        resnet: of three input channels; its parts are taken over and changed.
    """

    def __init__(self, resnet: ResNetModel) -> None:
        super().__init__()
        self.embedder = resnet.embedder
        self.stages = resnet.encoder.stages
        self.embedder.embedder.convolution = _widened(self.embedder.embedder.convolution)
        _dilate(self.stages[-1])

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Features of the first, second and last stage.

        Args:
            x: (B, 5, H, W), H and W multiples of 16.

        Returns:
            (B, C1, H / 4, W / 4), (B, C2, H / 8, W / 8), (B, C4, H / 16, W / 16).
        """
        # Not the embedder's own forward, which insists on three channels.
        x = self.embedder.pooler(self.embedder.embedder(x))
        first = self.stages[0](x)
        second = self.stages[1](first)
        return first, second, self.stages[3](self.stages[2](second))


def _widened(convolution: nn.Conv2d) -> nn.Conv2d:
    """Two more input channels, with the weights of the first two (section 3.1)."""
    wide = nn.Conv2d(
        5, convolution.out_channels, kernel_size=7, stride=2, padding=3, bias=False, device=convolution.weight.device
    )
    with torch.no_grad():
        wide.weight.copy_(torch.cat([convolution.weight, convolution.weight[:, :2]], 1))
    return wide


def _dilate(stage: nn.Module) -> None:
    for block, dilation in zip(stage.layers, DILATIONS, strict=True):  # type: ignore[arg-type]
        convolution = block.layer[1].convolution
        convolution.stride = (1, 1)
        convolution.dilation = convolution.padding = (dilation, dilation)
        if not isinstance(block.shortcut, nn.Identity):
            block.shortcut.convolution.stride = (1, 1)
