"""SAM2: Hiera with a feature pyramid."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from matting_models.networks.semat.backbone import Backbone, Decoded, Features
from matting_models.networks.semat.config import Architecture


class HieraBackbone(Backbone):
    """SAM2's image part through transformers' Sam2Model."""

    @property
    def image_size(self) -> int:
        return int(self.model.config.prompt_encoder_config.image_size)

    @property
    def level_widths(self) -> tuple[int, ...]:
        config = self.model.config.vision_config
        return (int(config.fpn_hidden_size),) * len(config.backbone_channel_list)

    @property
    def blocks(self) -> Sequence[nn.Module]:
        return list(self.model.vision_encoder.backbone.blocks)

    @property
    def patch_embedding(self) -> nn.Conv2d:
        conv: nn.Conv2d = self.model.vision_encoder.backbone.patch_embed.projection
        return conv

    def embed(self, pixels: Tensor, prompt: Tensor | None) -> Tensor:
        hidden: Tensor = self.model.vision_encoder.backbone.patch_embed(pixels)
        return hidden if prompt is None else hidden + prompt

    def encode(self, pixels: Tensor, prompt: Tensor | None) -> Features:
        trunk = self.model.vision_encoder.backbone
        hidden = self.embed(pixels, prompt)
        hidden = hidden + trunk._get_pos_embed(hidden.shape[1:3])
        stages = []
        for index, block in enumerate(trunk.blocks):
            hidden = self.run_block(block, hidden)
            if index in trunk.stage_ends:
                stages.append(hidden)
        pyramid = tuple(self.model.vision_encoder.neck(stages)[0])  # from coarse to fine
        count = self.model.vision_encoder.num_feature_levels
        fine, middle, coarse = pyramid[-count:][::-1]
        decoder = self.model.mask_decoder
        # As Sam2Model: a still image is a video's frame without memory.
        no_memory = self.model.no_memory_embedding.reshape(1, -1, 1, 1)
        return Features(
            deep=coarse + no_memory,
            levels=pyramid[::-1],
            high_resolution=(decoder.conv_s0(fine), decoder.conv_s1(middle)),
        )

    _first_mask_token = 2

    def sam_logits(self, decoded: Decoded, features: Features, architecture: Architecture) -> Tensor:
        return self._mask(decoded, 0)

    def _output_tokens(self) -> Tensor:
        decoder = self.model.mask_decoder
        return torch.cat([decoder.obj_score_token.weight, decoder.iou_token.weight, decoder.mask_tokens.weight])

    def _upscale(self, image: Tensor, features: Features) -> Tensor:
        decoder = self.model.mask_decoder
        fine, middle = features.high_resolution
        half = decoder.activation(decoder.upscale_layer_norm(decoder.upscale_conv1(image) + middle))
        quarter: Tensor = decoder.activation(decoder.upscale_conv2(half) + fine)
        return quarter
