"""IconMatting's trained part: alpha of a target from its features and the tokens of a reference.

H. Guo, Z. Ye, Z. Cao, H. Lu, "In-Context Matting", CVPR 2024.
"""

from collections.abc import Sequence

from torch import Tensor, nn

from matting_models.networks.icon.config import IconConfig
from matting_models.networks.icon.features import Features
from matting_models.networks.icon.fusion import FUSED, Fusion
from matting_models.networks.icon.head import Head


class IconNetwork(nn.Module):
    """Similarities, fusion and matting head; 21,101,585 parameters on Stable Diffusion 2.1 at 768 pixels."""

    def __init__(self, config: IconConfig) -> None:
        super().__init__()
        self.config = config
        self.fusion = Fusion(config)
        self.head = Head(config.channels(FUSED), config)

    def forward(self, image: Tensor, target: Features, tokens: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
        """Alpha, and where the reference's object is found.

        Args:
            image: (B, 3, S, S) float in [-1, 1], RGB, S the configuration's side.
            target: its features.
            tokens: of the references, B of (N, C), see ``similarity.reference_tokens``.

        Returns:
            (B, 1, S, S) float32 in [0, 1], and the inter-similarity, (B, 1, S / 16, S / 16) float32.
        """
        fused, similarity = self.fusion(target, tokens)
        return self.head(image, fused), similarity
