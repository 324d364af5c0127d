from pathlib import Path

import pytest
import torch
from torch import Tensor
from torch.nn.functional import one_hot

from matting_models.errors import InputError
from matting_models.networks.net_m.config import NetMConfig
from matting_models.networks.net_m.network import NetM

TINY = NetMConfig(width=0.125)


def inputs(height: int = 64, width: int = 64, samples: int = 1, classes: tuple[int, ...] = (0, 1, 2)) -> list[Tensor]:
    torch.manual_seed(1)
    trimap = torch.tensor(classes)[torch.randint(len(classes), (samples, height, width))]
    return [torch.rand(samples, 3, height, width), one_hot(trimap, 3).permute(0, 3, 1, 2).float()]


def test_channels_of_the_paper_at_width_1() -> None:
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
def test_every_multiple_of_32(lively: NetM, shape: tuple[int, int]) -> None:
    with torch.inference_mode():
        coarse, refined = lively(*inputs(*shape))
    assert coarse.shape == refined.shape == (1, 1, *shape)
    assert 0 <= coarse.min() < coarse.max() <= 1
    assert not torch.equal(coarse, refined)


def test_fresh_refinement_changes_nothing() -> None:
    torch.manual_seed(0)
    coarse, refined = NetM(TINY).eval()(*inputs())
    assert torch.equal(coarse, refined)


@pytest.mark.parametrize(
    ("classes", "dtype"),
    [
        ((0, 2), torch.float32),
        ((0, 1), torch.float32),
        ((0,), torch.float32),
        ((1,), torch.float16),
        ((0, 2), torch.bfloat16),
    ],
)
def test_trimaps_that_lack_a_class_are_finite_with_their_gradients(
    lively: NetM, classes: tuple[int, ...], dtype: torch.dtype
) -> None:
    network = lively.train()
    image, trimap = inputs(32, 32, samples=2, classes=classes)
    with torch.autocast("cpu", dtype, enabled=dtype != torch.float32):
        both = network(image.requires_grad_(), trimap.requires_grad_())
    sum(alpha.sum() for alpha in both).backward()
    assert all(alpha.dtype == torch.float32 and alpha.isfinite().all() for alpha in both)
    assert image.grad is not None and trimap.grad is not None
    assert image.grad.isfinite().all() and trimap.grad.isfinite().all()
    assert all(p.grad is not None and p.grad.isfinite().all() for p in network.parameters())


def test_evaluation_repeats_itself_and_samples_are_on_their_own(lively: NetM) -> None:
    image, trimap = inputs(samples=2)
    with torch.inference_mode():
        both = lively(image, trimap)[1]
        assert torch.equal(lively(image, trimap)[1], both)
        torch.testing.assert_close(lively(image[1:], trimap[1:])[1], both[1:], atol=1e-5, rtol=0)


def test_saved_and_read_is_the_same(lively: NetM, tmp_path: Path) -> None:
    lively.train()(*inputs(samples=2))  # statistics and power iterations move
    lively.save_pretrained(tmp_path)
    with torch.inference_mode():
        assert torch.equal(NetM.from_pretrained(tmp_path)(*inputs())[1], lively.eval()(*inputs())[1])


def test_other_folders_are_one_sentence(weights: Path, tmp_path: Path) -> None:
    config, tensors = (tmp_path / name for name in ("config.json", "model.safetensors"))
    cases = [
        (None, f"{config} does not exist; expected a folder that training net-m wrote"),
        ("{", f"{config} is damaged"),
        ('{"network": "net-t", "width": 0.125}', f"{config} is of network 'net-t', expected 'net-m'"),
        ('{"network": "net-m", "width": 0}', f"{config}: width is 0, expected above 0 and at most 4"),
        ('{"network": "net-m", "width": 0.125}', f"{tensors} does not exist"),
    ]
    for text, message in cases:
        if text is not None:
            config.write_text(text)
        with pytest.raises(InputError) as caught:
            NetM.from_pretrained(tmp_path)
        assert str(caught.value) == message
    content = (weights / "model.safetensors").read_bytes()
    tensors.write_bytes(content[:-9])
    with pytest.raises(InputError, match=f"^{tensors} is damaged or cut short: "):
        NetM.from_pretrained(tmp_path)
    tensors.write_bytes(content)
    config.write_text('{"network": "net-m", "width": 0.25}')
    with pytest.raises(InputError, match=f"^{tensors} does not fit its config.json: "):
        NetM.from_pretrained(tmp_path)
