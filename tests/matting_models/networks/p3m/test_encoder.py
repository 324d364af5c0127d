from pathlib import Path

import pytest
import torch
from transformers import ResNetModel

from matting_models.errors import InputError
from matting_models.networks.p3m.config import P3MConfig
from matting_models.networks.p3m.encoder import Encoder, load_backbone, resnet_config

from .conftest import TINY


def test_every_level_is_pooled_and_nothing_else_halves() -> None:
    encoded = Encoder(ResNetModel(resnet_config(TINY))).eval()(torch.rand(1, 4, 64, 32))
    assert encoded.full.shape == (1, 8, 64, 32)
    assert [tuple(level.shape[1:]) for level in encoded.levels] == [
        (8, 32, 16), (8, 16, 8), (16, 8, 4), (32, 4, 2), (64, 2, 1),
    ]  # fmt: skip
    assert [tuple(at.shape[1:]) for at in encoded.indices] == [
        (8, 32, 16), (8, 16, 8), (8, 8, 4), (16, 4, 2), (32, 2, 1),
    ]  # fmt: skip
    kept = torch.gather(encoded.full.flatten(2), 2, encoded.indices[0].flatten(2))
    assert kept.equal(encoded.levels[0].flatten(2))


def test_pretrained_weights_are_taken_and_the_coarse_alpha_is_seen_as_grey(tmp_path: Path) -> None:
    resnet = ResNetModel(resnet_config(TINY))
    resnet.save_pretrained(tmp_path)
    loaded, revision = load_backbone(str(tmp_path), TINY)
    assert revision.startswith(f"{tmp_path.name}@")
    colours = resnet.embedder.embedder.convolution.weight.detach().clone()
    encoder = Encoder(loaded)
    wide = encoder.stem.convolution.weight
    assert wide[:, :3].equal(colours)
    grey = torch.rand(1, 1, 8, 8)
    weights = torch.cat([torch.zeros(1, 3, 8, 8), grey], dim=1), torch.cat([grey / 3] * 3 + [0 * grey], dim=1)
    coarse, photo = (encoder.stem.convolution(each) for each in weights)
    torch.testing.assert_close(coarse, photo)
    last = resnet.encoder.stages[-1].layers[-1].layer[-1].convolution.weight
    assert encoder.stages[-1].layers[-1].layer[-1].convolution.weight.equal(last)


def test_a_resnet_of_other_sizes_is_named(tmp_path: Path) -> None:
    ResNetModel(resnet_config(TINY)).save_pretrained(tmp_path)
    with pytest.raises(InputError, match=r"P3M-Net of width 0\.25 expects 16; give a ResNet-34 of that width"):
        load_backbone(str(tmp_path), P3MConfig(0.25))
