from pathlib import Path

import pytest
import torch
from torch import Tensor
from torch.nn.functional import one_hot

from matting_models.networks.net_m.config import NetMConfig
from matting_models.networks.net_m.network import NetM
from matting_models.networks.saved import load_weights, read_config, save_network

TINY = NetMConfig(width=0.125)


def built() -> NetM:
    torch.manual_seed(0)
    network = NetM(TINY)
    with torch.no_grad():
        for parameter in network.parameters():  # as if trained: branches that begin at zero say something
            parameter.add_(torch.randn_like(parameter) * 0.1)
    return network.eval()


def inputs(height: int = 64, width: int = 64, samples: int = 1, classes: tuple[int, ...] = (0, 1, 2)) -> list[Tensor]:
    torch.manual_seed(1)
    trimap = torch.tensor(classes)[torch.randint(len(classes), (samples, height, width))]
    return [torch.rand(samples, 3, height, width), one_hot(trimap, 3).permute(0, 3, 1, 2).float()]


def test_channels_of_the_paper_at_width_1() -> None:
    with torch.device("meta"):
        shapes = {name: tuple(x.shape) for name, x in NetM(NetMConfig()).named_parameters()}
    weight = "parametrizations.weight.original"
    assert shapes[f"encoder.stem.0.{weight}"] == (32, 6, 3, 3)
    assert shapes[f"encoder.stage4.0.first.{weight}"] == (512, 256, 3, 3)
    assert shapes[f"encoder.shortcuts.4.0.{weight}"] == (256, 256, 3, 3)
    assert shapes[f"decoder.stages.0.0.first.{weight}"] == (512, 512, 4, 4)
    assert shapes["refinement.up.3.0.weight"] == (64, 128, 3, 3)
    assert sum(torch.Size(shape).numel() for shape in shapes.values()) == 25_622_898


def test_channels_of_other_widths() -> None:
    assert [NetMConfig(width=0.25).channels(c) for c in (16, 32, 128)] == [8, 8, 32]
    with pytest.raises(ValueError, match=r"^width is 0, expected above 0 and at most 4$"):
        NetMConfig(width=0)


@pytest.mark.parametrize("shape", [(32, 32), (32, 96), (96, 64)])
def test_every_multiple_of_32(shape: tuple[int, int]) -> None:
    with torch.inference_mode():
        coarse, refined = built()(*inputs(*shape))
    assert coarse.shape == refined.shape == (1, 1, *shape)
    assert 0 <= coarse.min() < coarse.max() <= 1
    assert not torch.equal(coarse, refined)


def test_fresh_refinement_changes_nothing() -> None:
    torch.manual_seed(0)
    coarse, refined = NetM(TINY).eval()(*inputs())
    assert torch.equal(coarse, refined)


@pytest.mark.parametrize("classes", [(0, 2), (1,), (0, 1), (0,)])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float16])
def test_trimaps_that_lack_a_class_are_finite_with_their_gradients(
    classes: tuple[int, ...], dtype: torch.dtype
) -> None:
    network = built().train()
    image, trimap = inputs(samples=2, classes=classes)
    with torch.autocast("cpu", dtype, enabled=dtype != torch.float32):
        both = network(image.requires_grad_(), trimap.requires_grad_())
    sum(alpha.sum() for alpha in both).backward()
    assert all(alpha.dtype == torch.float32 and alpha.isfinite().all() for alpha in both)
    assert image.grad is not None and trimap.grad is not None
    assert image.grad.isfinite().all() and trimap.grad.isfinite().all()
    assert all(p.grad is not None and p.grad.isfinite().all() for p in network.parameters())


def test_evaluation_repeats_itself_and_samples_are_on_their_own() -> None:
    network, (image, trimap) = built(), inputs(samples=2)
    with torch.inference_mode():
        both = network(image, trimap)[1]
        assert torch.equal(network(image, trimap)[1], both)
        torch.testing.assert_close(network(image[1:], trimap[1:])[1], both[1:], atol=1e-5, rtol=0)


def test_saved_and_read_is_the_same(tmp_path: Path) -> None:
    network = built()
    network.train()(*inputs(samples=2))  # statistics and power iterations have moved
    save_network(tmp_path, TINY, network.eval())
    read = NetM(read_config(tmp_path, NetMConfig))
    load_weights(tmp_path, read)
    with torch.inference_mode():
        assert torch.equal(read.eval()(*inputs())[1], network(*inputs())[1])
