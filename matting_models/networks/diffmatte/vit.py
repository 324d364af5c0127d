"""The plain vision transformer of ViTDet, as ViTMatte has it: transformers' VitDet."""

import torch
from torch import Tensor, nn
from transformers import VitDetConfig, VitDetModel

from matting_models.networks.diffmatte.config import HEADS, PATCH, DiffMatteConfig

DEPTH = 12
GLOBAL = (2, 5, 8, 11)
"""Blocks that attend to the whole picture, and end in convolutions; the others attend in windows."""
WINDOW = 14
PRETRAINED_SIDE = 224
"""Of the pictures that the absolute positions were trained with."""
UNKNOWN = 0.5
"""What stands for the unknown in the fourth channel, beside 0 and 1."""


class VitEncoder(nn.Module):
    """Features of stride 16 from photo and trimap."""

    def __init__(self, config: DiffMatteConfig) -> None:
        super().__init__()
        self.model = VitDetModel(
            VitDetConfig(
                hidden_size=config.features,
                num_hidden_layers=DEPTH,
                num_attention_heads=HEADS[config.encoder],
                image_size=config.side,
                pretrain_image_size=PRETRAINED_SIDE,
                patch_size=PATCH,
                num_channels=4,
                window_size=WINDOW,
                window_block_indices=[i for i in range(DEPTH) if i not in GLOBAL],
                residual_block_indices=list(GLOBAL),
                use_relative_position_embeddings=True,
            )
        )

    def forward(self, image: Tensor, trimap: Tensor) -> Tensor:
        """(B, C, H / 16, W / 16) from a normalised photo and a one-hot trimap, each (B, 3, H, W)."""
        grey = UNKNOWN * trimap[:, 1:2] + trimap[:, 2:]
        features: Tensor = self.model(torch.cat((image, grey), dim=1)).last_hidden_state
        return features
