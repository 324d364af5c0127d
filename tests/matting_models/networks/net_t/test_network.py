"""Sizes, strides, dilations and inputs of the network, and where pretrained weights go."""

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor
from transformers import ResNetConfig, ResNetModel

from matting_models.errors import InputError, MissingError
from matting_models.networks.net_t import NetT, NetTConfig
from matting_models.networks.net_t.backbone import load_resnet, resnet_config
from matting_models.networks.saved import load_weights, read_config, save_network

pytestmark = pytest.mark.usefixtures("one_thread")

TINY = NetTConfig(width=0.01, side=64)


def tiny() -> NetT:
    torch.manual_seed(1)
    return NetT(TINY).eval()


def inputs(count: int = 2) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(3)
    return torch.rand(count, 3, 64, 96, generator=generator), torch.rand(count, 1, 64, 96, generator=generator)


def test_the_papers_network_has_the_papers_sizes() -> None:
    with torch.device("meta"):
        network = NetT(NetTConfig())
        features = network.backbone(torch.empty(1, 5, 512, 512))
        logits = network(torch.empty(1, 3, 512, 512), torch.empty(1, 1, 512, 512))
    assert [tuple(x.shape[1:]) for x in features] == [(256, 128, 128), (512, 64, 64), (2048, 32, 32)]
    assert logits.shape == (1, 3, 512, 512)
    # ResNet-50 without its classifier has 23,508,032; two more input channels are 2 x 64 x 7 x 7.
    assert sum(p.numel() for p in network.backbone.parameters()) == 23_508_032 + 6_272
    assert next(network.decoder.parameters()).shape == (256, 352, 3, 3)
    assert sum(p.numel() for p in network.parameters()) == 40_491_235


def test_the_last_stage_is_dilated_and_keeps_its_size() -> None:
    blocks: Any = tiny().backbone.stages[3].layers
    found = [(block.layer[1].convolution.stride, block.layer[1].convolution.dilation) for block in blocks]
    assert found == [((1, 1), (1, 1)), ((1, 1), (2, 2)), ((1, 1), (1, 1))]


def test_a_lone_sample_can_be_trained_on_with_every_parameter() -> None:
    network = tiny().train()
    network(*inputs(1)).square().sum().backward()
    assert [name for name, p in network.named_parameters() if p.grad is None] == []


def test_shapes_that_do_not_fit() -> None:
    image, segmentation = inputs()
    with pytest.raises(ValueError, match=r"^image is \(2, 3, 48, 96\), expected \(B, 3, H, W\), H and W multiples of"):
        tiny()(image[:, :, :48], segmentation)
    with pytest.raises(ValueError, match=r"^segmentation is \(2, 1, 64, 64\), expected \(2, 1, 64, 96\)$"):
        tiny()(image, segmentation[..., :64])


def test_what_is_saved_predicts_the_same(tmp_path: Path) -> None:
    network = tiny()
    save_network(tmp_path, TINY, network)
    other = NetT(read_config(tmp_path, NetTConfig)).eval()
    load_weights(tmp_path, other)
    with torch.inference_mode():
        assert torch.equal(network(*inputs()), other(*inputs()))


@pytest.mark.parametrize(("setting", "message"), [({"width": 0.0}, "width is 0.0"), ({"side": 50}, "side is 50")])
def test_configurations_that_cannot_be_meant(setting: dict[str, float], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        NetTConfig(**setting)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def resnet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny random ResNet of the fitting width, on disk."""
    torch.manual_seed(2)
    folder = tmp_path_factory.mktemp("resnet")
    ResNetModel(resnet_config(TINY.width)).save_pretrained(folder)
    return folder


def test_pretrained_weights_fill_the_encoder(resnet: Path) -> None:
    given = ResNetModel.from_pretrained(resnet)
    model, revision = load_resnet(str(resnet), TINY.width)
    network = NetT(TINY, model)
    first = given.embedder.embedder.convolution.weight
    wide = network.backbone.embedder.embedder.convolution.weight
    assert torch.equal(wide, torch.cat([first, first[:, :2]], 1))
    theirs = given.encoder.state_dict()
    ours = network.backbone.stages.state_dict()
    assert all(torch.equal(ours[name.removeprefix("stages.")], value) for name, value in theirs.items())
    assert revision.startswith(f"{resnet.name}@")


def test_backbones_that_do_not_fit(resnet: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"has embedding_size 8, Net-T of width 0\.25 expects 16; give a ResNet-50 of"):
        load_resnet(str(resnet), 0.25)
    ResNetModel(ResNetConfig(embedding_size=8, hidden_sizes=[8] * 4, depths=[1, 1, 1, 1])).save_pretrained(tmp_path)
    with pytest.raises(InputError, match=r"has depths \[1, 1, 1, 1\], .* expects \[3, 4, 6, 3\]"):
        load_resnet(str(tmp_path), TINY.width)
    with pytest.raises(MissingError, match="weights folder ./nowhere does not exist"):
        load_resnet("./nowhere", TINY.width)
