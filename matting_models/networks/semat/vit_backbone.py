"""SAM and HQ-SAM: a plain vision transformer with four global blocks."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from matting_models.networks.semat.backbone import Backbone, Features


class VitBackbone(Backbone):
    """SAM through transformers' SamModel."""

    @property
    def image_size(self) -> int:
        return int(self.model.config.vision_config.image_size)

    @property
    def level_widths(self) -> tuple[int, ...]:
        config = self.model.config.vision_config
        return (int(config.hidden_size),) * len(config.global_attn_indexes)

    @property
    def blocks(self) -> Sequence[nn.Module]:
        return list(self.model.vision_encoder.layers)

    @property
    def patch_embedding(self) -> nn.Conv2d:
        conv: nn.Conv2d = self.model.vision_encoder.patch_embed.projection
        return conv

    def encode(self, pixels: Tensor, prompt: Tensor | None) -> Features:
        encoder = self.model.vision_encoder
        hidden = encoder.patch_embed(pixels)
        if prompt is not None:
            hidden = hidden + prompt
        if encoder.pos_embed is not None:
            hidden = hidden + encoder.pos_embed
        levels = []
        for block in encoder.layers:
            hidden = self.run_block(block, hidden)
            if block.window_size == 0:
                levels.append(hidden)
        channels_first = tuple(level.permute(0, 3, 1, 2) for level in levels)
        return Features(deep=encoder.neck(hidden), levels=channels_first, shallow=levels[0])

    def sam_logits(self, features: Features, boxes: Tensor) -> Tensor:
        logits = self.model.mask_decoder(multimask_output=False, **self._decoder_inputs(features, boxes))[0]
        return logits[:, 0]  # type: ignore[no-any-return]

    def _decoder_inputs(self, features: Features, boxes: Tensor) -> dict[str, Tensor]:
        sparse, dense = self.prompts(boxes)
        position = self.model.get_image_wide_positional_embeddings()
        return {
            "image_embeddings": features.deep,
            "image_positional_embeddings": position.expand(len(boxes), -1, -1, -1),
            "sparse_prompt_embeddings": sparse,
            "dense_prompt_embeddings": dense,
        }

    def _output_tokens(self) -> Tensor:
        decoder = self.model.mask_decoder
        return torch.cat([decoder.iou_token.weight, decoder.mask_tokens.weight])

    def _upscale(self, image: Tensor, features: Features) -> Tensor:
        decoder = self.model.mask_decoder
        half = decoder.activation(decoder.upscale_layer_norm(decoder.upscale_conv1(image)))
        quarter: Tensor = decoder.activation(decoder.upscale_conv2(half))
        return quarter


class HqVitBackbone(VitBackbone):
    """HQ-SAM through transformers' SamHQModel; its mask is the sum of SAM's and the high-quality token's."""

    def sam_logits(self, features: Features, boxes: Tensor) -> Tensor:
        logits = self.model.mask_decoder(
            multimask_output=False,
            hq_token_only=False,
            intermediate_embeddings=[features.shallow],
            **self._decoder_inputs(features, boxes),
        )[0]
        return logits[:, 0]  # type: ignore[no-any-return]

    def _output_tokens(self) -> Tensor:
        return torch.cat([super()._output_tokens(), self.model.mask_decoder.hq_token.weight])
