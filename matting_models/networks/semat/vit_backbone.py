"""SAM and HQ-SAM: a plain vision transformer with four global blocks."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from matting_models.networks.semat.backbone import Backbone, Decoded, Features
from matting_models.networks.semat.config import Architecture


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

    def embed(self, pixels: Tensor, prompt: Tensor | None) -> Tensor:
        hidden: Tensor = self.model.vision_encoder.patch_embed(pixels)
        return hidden if prompt is None else hidden + prompt

    def encode(self, pixels: Tensor, prompt: Tensor | None) -> Features:
        encoder = self.model.vision_encoder
        hidden = self.embed(pixels, prompt)
        if encoder.pos_embed is not None:
            hidden = hidden + encoder.pos_embed
        levels = []
        for block in encoder.layers:
            hidden = self.run_block(block, hidden)
            if block.window_size == 0:
                levels.append(hidden)
        channels_first = tuple(level.permute(0, 3, 1, 2) for level in levels)
        return Features(deep=encoder.neck(hidden), levels=channels_first, shallow=levels[0])

    def sam_logits(self, decoded: Decoded, features: Features, architecture: Architecture) -> Tensor:
        return self._mask(decoded, 0) if architecture == "paper" else self._best_part(decoded)

    def _best_part(self, decoded: Decoded) -> Tensor:
        """Of three masks for an ambiguous prompt the one that SAM itself thinks the best."""
        quality = self.model.mask_decoder.iou_prediction_head(decoded.own[:, 0])[:, 1:]
        parts = torch.cat([self._mask(decoded, 1 + part) for part in range(quality.shape[1])], dim=1)
        best = quality.argmax(dim=1)
        return parts[torch.arange(len(parts), device=parts.device), best][:, None]

    def _output_tokens(self) -> Tensor:
        decoder = self.model.mask_decoder
        return torch.cat([decoder.iou_token.weight, decoder.mask_tokens.weight])

    def _upscale(self, image: Tensor, features: Features) -> Tensor:
        decoder = self.model.mask_decoder
        half = decoder.activation(decoder.upscale_layer_norm(decoder.upscale_conv1(image)))
        quarter: Tensor = decoder.activation(decoder.upscale_conv2(half))
        return quarter


class HqVitBackbone(VitBackbone):
    """HQ-SAM through transformers' SamHQModel."""

    def sam_logits(self, decoded: Decoded, features: Features, architecture: Architecture) -> Tensor:
        fine = self._high_quality_mask(decoded, features)
        return self._mask(decoded, 0) + fine if architecture == "paper" else fine

    def _high_quality_mask(self, decoded: Decoded, features: Features) -> Tensor:
        """(B, 1, 4h, 4w) logits of the high-quality token.

        transformers' own decoder is not asked: it reads the image embedding from before the mask transformer where
        HQ-SAM reads the one after it.
        """
        assert features.shallow is not None
        decoder = self.model.mask_decoder
        deep = decoder.activation(decoder.encoder_norm(decoder.encoder_conv1(features.deep)))
        early = decoder.compress_vit_conv1(features.shallow.permute(0, 3, 1, 2))
        early = decoder.activation(decoder.compress_vit_norm(early))
        late = decoder.activation(decoder.mask_norm(decoder.mask_conv1(decoded.upscaled)))
        fine = decoder.encoder_conv2(deep) + decoder.compress_vit_conv2(early) + decoder.mask_conv2(late)
        return torch.einsum("bc,bchw->bhw", decoder.hq_mask_mlp(decoded.own[:, -1]), fine)[:, None]

    def _output_tokens(self) -> Tensor:
        return torch.cat([super()._output_tokens(), self.model.mask_decoder.hq_token.weight])
