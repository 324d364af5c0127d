"""Net-T: a trimap from a photo and a rough segmentation.

"Semantic-guided Automatic Natural Image Matting with Light-weight Non-local Attention", section 3.1 and figure S3: an
encoder and ASPP as in DeepLabv3, and a decoder that classifies at full size.
"""

from matting_models.networks.net_t.config import STRIDE, NetTConfig
from matting_models.networks.width import scaled
from matting_models.weights import models_extra

with models_extra("Net-T"):
    import torch
    from torch import Tensor, nn
    from torch.nn import functional
    from transformers import ResNetModel

from matting_models.networks.net_t.backbone import HIDDEN, Backbone, resnet_config

MEAN = (0.485, 0.456, 0.406)
STD = (0.229, 0.224, 0.225)
"""ImageNet's, RGB of 0 to 1."""
RATES = (6, 12, 18)
"""Dilations of ASPP at output stride 16; figure S3's "rate of ASPP=1" multiplies them."""
FEATURES = 256
SHORTCUT = 48
CLASSES = 3


class NetT(nn.Module):
    """Three classes for each pixel: 0 background, 1 unknown, 2 foreground.

    Args:
        config: sizes.
        resnet: pretrained, of ``resnet_config(config.width)``, and taken over; None starts at random.
    """

    def __init__(self, config: NetTConfig, resnet: ResNetModel | None = None) -> None:
        super().__init__()
        self.config = config
        self.backbone = Backbone(ResNetModel(resnet_config(config.width)) if resnet is None else resnet)
        first, second, _, last = (scaled(channels, config.width) for channels in HIDDEN)
        features, shortcut = scaled(FEATURES, config.width), scaled(SHORTCUT, config.width)
        self.aspp = ASPP(last, features)
        self.shortcut1 = _conv(first, shortcut, 1)
        self.shortcut2 = _conv(second, shortcut, 1)
        self.decoder = nn.Sequential(
            _conv(features + 2 * shortcut, features, 3),
            nn.Dropout(0.5),
            _conv(features, features, 3),
            nn.Dropout(0.1),
        )
        self.dropout = nn.Dropout(0.5)
        self.head = nn.Conv2d(features, CLASSES, 1)
        for part in (self.aspp, self.shortcut1, self.shortcut2, self.decoder, self.head):
            part.apply(_start)

    def forward(self, image: Tensor, segmentation: Tensor) -> Tensor:
        """Logits of the three classes.

        Args:
            image: (B, 3, H, W) in [0, 1], RGB, H and W multiples of 32.
            segmentation: (B, 1, H, W) in [0, 1], how surely a pixel is foreground.

        Returns:
            (B, 3, H, W).

        Raises:
            ValueError: other shapes.
        """
        _check(image, segmentation)
        mean, std = (image.new_tensor(x).view(1, 3, 1, 1) for x in (MEAN, STD))
        first, second, last = self.backbone(torch.cat([(image - mean) / std, segmentation, 1 - segmentation], 1))
        deep = _larger(self.dropout(self.aspp(last)), 4)
        convolution, *rest = self.shortcut2
        # The paper enlarges before this convolution; 1 x 1, it gives the same after.
        middle = nn.Sequential(*rest)(_larger(convolution(second), 2))
        x = self.decoder(torch.cat([deep, middle, self.shortcut1(first)], 1))
        logits: Tensor = self.head(_larger(x, 4))
        return logits


class ASPP(nn.Module):
    """Atrous spatial pyramid pooling: what is around a pixel at several distances, and in the whole picture.

    Args:
        inputs, outputs: channels.
    """

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.near = _conv(inputs, outputs, 1)
        self.around = nn.ModuleList([_conv(inputs, outputs, 3, rate) for rate in RATES])
        self.everywhere = nn.Conv2d(inputs, outputs, 1)
        self.everywhere_norm = nn.BatchNorm2d(outputs)
        self.join = _conv((2 + len(RATES)) * outputs, outputs, 1)

    def forward(self, x: Tensor) -> Tensor:
        """(B, inputs, h, w) to (B, outputs, h, w)."""
        pooled = self.everywhere(x.mean((2, 3), keepdim=True))
        # Enlarged before it is normalised, which changes nothing but that a batch of one can be trained on.
        pooled = functional.relu(self.everywhere_norm(pooled.expand(-1, -1, *x.shape[2:])))
        joined: Tensor = self.join(torch.cat([self.near(x), *(branch(x) for branch in self.around), pooled], 1))
        return joined


def _conv(inputs: int, outputs: int, kernel: int, dilation: int = 1) -> nn.Sequential:
    padding = dilation * (kernel // 2)
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, kernel, padding=padding, dilation=dilation),
        nn.BatchNorm2d(outputs),
        nn.ReLU(inplace=True),
    )


def _start(module: nn.Module) -> None:
    if isinstance(module, nn.Conv2d):
        nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")


def _larger(x: Tensor, times: int) -> Tensor:
    return functional.interpolate(x, scale_factor=float(times), mode="bilinear", align_corners=False)


def _check(image: Tensor, segmentation: Tensor) -> None:
    if image.ndim != 4 or image.shape[1] != 3 or image.shape[2] % STRIDE or image.shape[3] % STRIDE:
        raise ValueError(f"image is {tuple(image.shape)}, expected (B, 3, H, W), H and W multiples of {STRIDE}")
    if segmentation.shape != (image.shape[0], 1, *image.shape[2:]):
        raise ValueError(
            f"segmentation is {tuple(segmentation.shape)}, expected {(image.shape[0], 1, *image.shape[2:])}"
        )
