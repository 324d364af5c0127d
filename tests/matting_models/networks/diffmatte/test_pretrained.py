from pathlib import Path

import pytest
import torch
from torch import Tensor

from matting_models.errors import InputError
from matting_models.networks.diffmatte.config import DiffMatteConfig
from matting_models.networks.diffmatte.pretrained import start_encoder
from matting_models.networks.diffmatte.vit import VitEncoder

CONFIG = DiffMatteConfig("vit-s", width=1 / 64, side=32)  # 6 channels


def published() -> dict[str, Tensor]:
    """As in DINO's and MAE's files: VitDet's own parts are not there, others are."""
    torch.manual_seed(1)
    tensors = {
        "cls_token": torch.randn(1, 1, 6),
        "pos_embed": torch.randn(1, 197, 6),
        "patch_embed.proj.weight": torch.randn(6, 3, 16, 16),
        "patch_embed.proj.bias": torch.randn(6),
        "norm.weight": torch.randn(6),
        "decoder_blocks.0.norm1.weight": torch.randn(6),
    }
    shapes = {"norm1.weight": (6,), "norm1.bias": (6,), "norm2.weight": (6,), "norm2.bias": (6,),
              "attn.qkv.weight": (18, 6), "attn.qkv.bias": (18,), "attn.proj.weight": (6, 6), "attn.proj.bias": (6,),
              "mlp.fc1.weight": (24, 6), "mlp.fc1.bias": (24,), "mlp.fc2.weight": (6, 24),
              "mlp.fc2.bias": (6,)}  # fmt: skip
    return tensors | {f"blocks.{i}.{name}": torch.randn(shape) for i in range(12) for name, shape in shapes.items()}


def test_all_that_both_have(tmp_path: Path) -> None:
    given = published()
    torch.save({"model": given}, tmp_path / "vit.pth")
    encoder = VitEncoder(CONFIG)
    before = {name: tensor.clone() for name, tensor in encoder.model.state_dict().items()}
    start_encoder(encoder, tmp_path / "vit.pth")
    after = encoder.model.state_dict()
    patches = after["embeddings.projection.weight"]
    assert torch.equal(patches[:, :3], given["patch_embed.proj.weight"]) and (patches[:, 3] == 0).all()
    assert torch.equal(after["encoder.layer.11.attention.qkv.weight"], given["blocks.11.attn.qkv.weight"])
    assert torch.equal(after["embeddings.position_embeddings"], given["pos_embed"])
    kept = {name for name in before if torch.equal(before[name], after[name])}
    assert kept == {name for name in before if ".rel_pos_" in name or ".residual." in name}


def test_another_size_is_named(tmp_path: Path) -> None:
    torch.save(published() | {"blocks.3.norm2.bias": torch.zeros(7)}, tmp_path / "vit.pth")
    with pytest.raises(InputError, match=r"vit.pth does not fit the encoder: 1 tensors .*layer.3.norm2.bias is \(7,\)"):
        start_encoder(VitEncoder(CONFIG), tmp_path / "vit.pth")
