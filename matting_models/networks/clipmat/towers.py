"""CLIP's towers as CLIPMat reads them: features after each group of blocks, and every token of a text."""

from typing import Any

import torch
from torch import Tensor, nn

from matting_models.networks.clipmat.backbone import empty_image_tower, empty_text_tower
from matting_models.networks.clipmat.config import CONTEXT, GROUPS, CLIPMatConfig

SPREAD = 0.02
"""Standard deviation of the context at the start, as CLIP's token embeddings."""


class ImageTower(nn.Module):
    """A vision transformer.

    Args:
        config: sizes.
    """

    def __init__(self, config: CLIPMatConfig) -> None:
        super().__init__()
        self.clip: Any = empty_image_tower(config)
        # It is of the class token that CLIP compares with texts, which nothing here reads.
        self.clip.post_layernorm.requires_grad_(False)

    def forward(self, pixels: Tensor) -> list[Tensor]:
        """Tokens after each group of blocks, the class token first.

        Args:
            pixels: (B, 3, S, S), normalised.

        Returns:
            GROUPS of (B, 1 + n, C).
        """
        states = self.clip(pixel_values=pixels, output_hidden_states=True).hidden_states
        step = (len(states) - 1) // GROUPS
        return [states[step * number] for number in range(1, GROUPS + 1)]


class TextTower(nn.Module):
    """A causal transformer, with learnable tokens between the start of a text and its words.

    There, as in CoOp, every word and the end see them; behind the text they would change nothing of it, since what
    comes later is hidden. The start stays where it was trained, and padding comes last, so that it is hidden from all
    that is not padding.

    Args:
        config: sizes.
    """

    def __init__(self, config: CLIPMatConfig) -> None:
        super().__init__()
        self.clip: Any = empty_text_tower(config)
        self._end = config.end

    def forward(self, ids: Tensor, context: Tensor) -> tuple[Tensor, Tensor]:
        """Features of every token.

        Args:
            ids: (B, T) int64: start, words, end, and padding, of which the end is not the first.
            context: (CONTEXT, C).

        Returns:
            (B, T + CONTEXT, C), and (B, T + CONTEXT) bool: what is padding.
        """
        embeddings = self.clip.embeddings
        words = embeddings.token_embedding(ids)
        context = context.to(words.dtype).expand(len(ids), -1, -1)
        embedded = embeddings(inputs_embeds=torch.cat([words[:, :1], context, words[:, 1:]], dim=1))
        length = embedded.shape[1]
        seen = torch.ones(length, length, dtype=torch.bool, device=ids.device).tril()[None, None]
        states = self.clip.encoder(inputs_embeds=embedded, attention_mask=seen).last_hidden_state
        ended = (ids == self._end).long()
        padding = ended.cumsum(1) > ended  # an end came before
        none = padding.new_zeros(len(ids), CONTEXT)
        return self.clip.final_layer_norm(states), torch.cat([none, padding], dim=1)


def new_context(config: CLIPMatConfig) -> nn.Parameter:
    """Learnable tokens at random, (CONTEXT, C)."""
    return nn.Parameter(torch.randn(CONTEXT, config.text_size) * SPREAD)
