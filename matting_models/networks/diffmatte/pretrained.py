"""A plain vision transformer's weights for the encoder to start from, as their authors publish them."""

from pathlib import Path

import torch
from torch import Tensor

from matting_models.checkpoint import read_checkpoint
from matting_models.networks.diffmatte.vit import VitEncoder
from matting_models.networks.fitting import fit

NAMES = (
    ("patch_embed.proj.", "embeddings.projection."),
    ("pos_embed", "embeddings.position_embeddings"),
    ("blocks.", "encoder.layer."),
    (".attn.", ".attention."),
)
"""Parts of the names in DINO's and MAE's files, and what VitDet has there; nothing else of the files is taken."""

_NEW = (".rel_pos_", ".residual.")
"""What only VitDet has."""


def start_encoder(encoder: VitEncoder, path: Path) -> None:
    """Fill in all but what only the encoder has; the trimap's channel begins at 0.

    Args:
        encoder: changed in place.
        path: such as ``dino_deitsmall16_pretrain.pth`` for ViT-S, ``mae_pretrain_vit_base.pth`` for ViT-B.

    Raises:
        InputError: no such file, or it holds something else.
    """
    state = encoder.model.state_dict()
    found = {name: tensor for name, tensor in state.items() if any(part in name for part in _NEW)}
    for name, tensor in read_checkpoint(path).items():
        if name.startswith(tuple(old for old, _ in NAMES[:3])):
            found[_renamed(name)] = _with_trimap(tensor) if tensor.ndim == 4 else tensor
    fit(state, found, f"{path} does not fit the encoder")


def _renamed(name: str) -> str:
    for old, new in NAMES:
        name = name.replace(old, new)
    return name


def _with_trimap(weight: Tensor) -> Tensor:
    """A fourth channel, of zeros."""
    return torch.cat((weight, torch.zeros_like(weight[:, :1])), dim=1)
