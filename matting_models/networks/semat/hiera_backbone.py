"""SAM2: Hiera with a feature pyramid."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from matting_models.networks.semat.backbone import Backbone, Features


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

    def encode(self, pixels: Tensor, prompt: Tensor | None) -> Features:
        trunk = self.model.vision_encoder.backbone
        hidden = trunk.patch_embed(pixels)
        if prompt is not None:
            hidden = hidden + prompt
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

    def sam_logits(self, features: Features, boxes: Tensor) -> Tensor:
        sparse, dense = self.prompts(boxes)
        position = self.model.get_image_wide_positional_embeddings()
        logits = self.model.mask_decoder(
            image_embeddings=features.deep,
            image_positional_embeddings=position.expand(len(boxes), -1, -1, -1),
            sparse_prompt_embeddings=sparse,
            dense_prompt_embeddings=dense,
            multimask_output=False,
            high_resolution_features=list(features.high_resolution),
        )[0]
        return logits[:, 0]  # type: ignore[no-any-return]

    def _output_tokens(self) -> Tensor:
        decoder = self.model.mask_decoder
        return torch.cat([decoder.obj_score_token.weight, decoder.iou_token.weight, decoder.mask_tokens.weight])

    def _upscale(self, image: Tensor, features: Features) -> Tensor:
        decoder = self.model.mask_decoder
        fine, middle = features.high_resolution
        half = decoder.activation(decoder.upscale_layer_norm(decoder.upscale_conv1(image) + middle))
        quarter: Tensor = decoder.activation(decoder.upscale_conv2(half) + fine)
        return quarter
