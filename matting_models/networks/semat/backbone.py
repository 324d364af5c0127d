"""What SEMat needs of a Segment Anything model, whichever generation it is."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from matting_models.networks.semat.config import Architecture

MATTING_TOKENS = 3
"""One per class of the trimap: background, unknown, foreground (section 4.1)."""


@dataclass(frozen=True, slots=True)
class Features:
    """What an image encoder gives for a batch.

    Attributes:
        deep: (B, C, h, w), the image embedding that the mask decoder reads.
        levels: four (B, c, h', w') features of rising depth, for the matting decoder.
        high_resolution: SAM2's (B, C / 8, 4h, 4w) and (B, C / 4, 2h, 2w); empty for SAM and HQ-SAM.
        shallow: (B, h, w, c), the first global block's output, channels last; None for SAM2.
    """

    deep: Tensor
    levels: tuple[Tensor, ...]
    high_resolution: tuple[Tensor, ...] = ()
    shallow: Tensor | None = None

    def repeat(self, count: int) -> "Features":
        """A batch of one as a batch of ``count``, without copying."""

        def expand(x: Tensor) -> Tensor:
            return x.expand(count, *x.shape[1:])

        return Features(
            expand(self.deep),
            tuple(expand(x) for x in self.levels),
            tuple(expand(x) for x in self.high_resolution),
            None if self.shallow is None else expand(self.shallow),
        )


@dataclass(frozen=True, slots=True)
class Decoded:
    """What the mask transformer gives.

    Attributes:
        own: (B, n, C) the backbone's own output tokens, in its order.
        tokens: (B, 3, C) output matting tokens; (B, 0, C) where none ran along.
        image: (B, C, h, w) image embedding after the transformer.
        upscaled: (B, C / 8, 4h, 4w) SAM's own mask features.
    """

    own: Tensor
    tokens: Tensor
    image: Tensor
    upscaled: Tensor


class Backbone(nn.Module, ABC):
    """A frozen Segment Anything model with its insides within reach.

    Args:
        model: transformers' SamModel, SamHQModel or Sam2Model. Its parameters are frozen.

    Attributes:
        checkpointing: recompute the encoder's blocks in the backward pass rather than keep their activations.
    """

    def __init__(self, model: Any) -> None:
        super().__init__()
        self.model = model.requires_grad_(False)
        self.checkpointing = False

    @property
    @abstractmethod
    def image_size(self) -> int:
        """Side in pixels of the square input."""

    @property
    def width(self) -> int:
        """C, channels of the mask decoder."""
        return int(self.model.config.mask_decoder_config.hidden_size)

    @property
    @abstractmethod
    def level_widths(self) -> tuple[int, ...]:
        """Channels of ``Features.levels``."""

    @property
    @abstractmethod
    def blocks(self) -> Sequence[nn.Module]:
        """The encoder's transformer blocks."""

    @property
    @abstractmethod
    def patch_embedding(self) -> nn.Conv2d:
        """The RGB patch embedding."""

    @abstractmethod
    def embed(self, pixels: Tensor, prompt: Tensor | None) -> Tensor:
        """The patch embedding.

        Args:
            pixels: (B, 3, S, S) normalised RGB.
            prompt: (B, h, w, c) to add, or None.

        Returns:
            (B, h, w, c), before the position is added.
        """

    @abstractmethod
    def encode(self, pixels: Tensor, prompt: Tensor | None) -> Features:
        """Run the image encoder; see ``embed`` for the arguments."""

    @abstractmethod
    def sam_logits(self, decoded: Decoded, features: Features, architecture: Architecture) -> Tensor:
        """The backbone's own mask logits.

        Args:
            decoded: with or without matting tokens.
            features: that it was decoded from.
            architecture: which of its masks is taken.

        Returns:
            (B, 1, 4h, 4w).
        """

    _first_mask_token = 1
    """Place of the first mask's token among the backbone's own."""

    @abstractmethod
    def _output_tokens(self) -> Tensor:
        """(n, C): every output token of the backbone, in its order."""

    @abstractmethod
    def _upscale(self, image: Tensor, features: Features) -> Tensor:
        """SAM's mask features from the transformed image embedding."""

    def decode(self, features: Features, boxes: Tensor, matting_tokens: Tensor | None = None) -> Decoded:
        """Run the frozen mask transformer, matting tokens beside the backbone's own (Algorithm 1, lines 1 to 10).

        Args:
            features: of B images.
            boxes: (B, 4) xyxy in pixels of the input.
            matting_tokens: (3, C); None for the backbone as it is.
        """
        sparse, dense = self.prompts(boxes)
        batch, channels, height, width = features.deep.shape
        own = self._output_tokens()
        output = own if matting_tokens is None else torch.cat([own, matting_tokens])
        position = self.model.get_image_wide_positional_embeddings().expand(batch, -1, -1, -1)
        tokens, image = self.model.mask_decoder.transformer(
            point_embeddings=torch.cat([output.expand(batch, 1, -1, -1), sparse], dim=2),
            image_embeddings=features.deep + dense,
            image_positional_embeddings=position,
            attention_similarity=None,
            target_embedding=None,
        )[:2]
        image = image.transpose(2, 3).reshape(batch, channels, height, width)
        return Decoded(
            own=tokens[:, 0, : len(own)],
            tokens=tokens[:, 0, len(own) : len(output)],
            image=image,
            upscaled=self._upscale(image, features),
        )

    def _mask(self, decoded: Decoded, index: int) -> Tensor:
        """(B, 1, 4h, 4w) logits of one of the backbone's masks: 0 is for a single object, 1 to 3 are its parts."""
        decoder = self.model.mask_decoder
        weights = decoder.output_hypernetworks_mlps[index](decoded.own[:, self._first_mask_token + index])
        return torch.einsum("bc,bchw->bhw", weights, decoded.upscaled)[:, None]

    def use_released_norms(self) -> None:
        """Normalise in the mask transformer with Meta's epsilon; transformers' SAM and HQ-SAM have a tenth of it."""
        for module in self.model.mask_decoder.transformer.modules():
            if isinstance(module, nn.LayerNorm):
                module.eps = 1e-5

    def prompts(self, boxes: Tensor) -> tuple[Tensor, Tensor]:
        """Sparse (B, 1, n, C) and dense (B, C, h, w) embeddings of one box an image."""
        sparse, dense = self.model.prompt_encoder(
            input_points=None, input_labels=None, input_boxes=boxes[:, None], input_masks=None
        )
        return sparse, dense

    def run_block(self, block: nn.Module, x: Tensor) -> Tensor:
        """One block of the encoder, its activations kept or not."""
        if self.checkpointing and torch.is_grad_enabled():
            result = checkpoint(block, x, use_reentrant=False)
        else:
            result = block(x)
        # Older releases of transformers give a tuple.
        out: Tensor = result[0] if isinstance(result, tuple) else result
        return out
