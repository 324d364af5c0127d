from pathlib import Path

import pytest
import torch
from torch import Tensor
from torch.nn.functional import one_hot

from matting_models.errors import InputError
from matting_models.networks.diffmatte import DiffMatte
from matting_models.networks.diffmatte.config import DiffMatteConfig, EncoderName
from matting_models.networks.diffmatte.sampler import shares, unit_deviation


def inputs(height: int = 32, width: int = 32, samples: int = 1) -> tuple[Tensor, Tensor]:
    torch.manual_seed(1)
    trimap = one_hot(torch.randint(3, (samples, height, width)), 3).permute(0, 3, 1, 2).float()
    return torch.rand(samples, 3, height, width), trimap


@pytest.mark.parametrize("encoder", ["vit-s", "vit-b", "swin-t", "res34"])
def test_every_multiple_of_32_and_every_gradient(encoder: EncoderName) -> None:
    torch.manual_seed(0)
    network = DiffMatte(DiffMatteConfig(encoder, width=0.03, side=32))
    image, trimap = inputs(32, 96, samples=2)
    truth = torch.rand(2, 1, 32, 96)
    clean = network(image, trimap, truth, torch.randn_like(truth), torch.tensor([0.3, 0.9]), None)
    assert clean.shape == (2, 1, 32, 96) and clean.dtype == torch.float32 and clean.abs().max() <= 1
    clean.square().sum().backward()
    without = {name for name, p in network.named_parameters() if p.grad is None}
    assert not without
    matte = network.eval().matte(image, trimap, torch.randn(2, 1, 32, 96), 2)
    assert matte.shape == (2, 1, 32, 96) and 0 <= matte.min() < matte.max() <= 1


def test_what_lies_beyond_the_picture_is_not_seen(lively: DiffMatte) -> None:
    image, trimap = inputs(64, 64)
    trimap[:, :, 50:], trimap[:, :, :, 40:] = 0, 0
    other, noise = image.clone(), torch.randn(1, 1, 64, 64)
    other[:, :, 50:], other[:, :, :, 40:] = 5, -5
    more = noise.clone()
    more[:, :, 50:] = 9
    with torch.inference_mode():
        first, second = lively.matte(image, trimap, noise, 2), lively.matte(other, trimap, more, 2)
    assert torch.equal(first[:, :, :50, :40], second[:, :, :50, :40])


def test_samples_are_on_their_own(lively: DiffMatte) -> None:
    image, trimap = inputs(samples=2)
    noise = torch.randn(2, 1, 32, 32)
    with torch.inference_mode():
        both = lively.matte(image, trimap, noise, 2)
        torch.testing.assert_close(lively.matte(image[1:], trimap[1:], noise[1:], 2), both[1:], atol=1e-5, rtol=0)


def test_self_aligned_prediction_starts_from_the_networks_own(lively: DiffMatte) -> None:
    image, trimap = inputs(samples=2)
    truth, noise = torch.rand(2, 1, 32, 32).requires_grad_(), torch.randn(2, 1, 32, 32)
    times, later = torch.tensor([0.2, 0.0]), torch.tensor([0.5, 1.0])
    found = lively(image, trimap, truth, noise, times, later)
    seen, matte = lively.see(image, trimap), truth.detach()
    for at in (later, times):
        alpha, sigma = shares(at)
        matte = lively.clean(seen, unit_deviation(alpha * matte + sigma * noise, seen.inside), at)
    torch.testing.assert_close(found, matte)
    found.sum().backward()
    assert truth.grad is None  # no way back through the first prediction
    assert lively.encoder.stem[0].parametrizations.weight.original.grad.abs().max() > 0


def test_saved_and_read_is_the_same(lively: DiffMatte, tmp_path: Path) -> None:
    image, trimap = inputs(samples=2)
    noise = torch.randn(2, 1, 32, 32)
    lively.train()(image, trimap, noise, noise, torch.rand(2), None)  # statistics and power iterations move
    lively.save_pretrained(tmp_path)
    with torch.inference_mode():
        again = DiffMatte.from_pretrained(tmp_path).matte(image, trimap, noise, 2)
        assert torch.equal(again, lively.eval().matte(image, trimap, noise, 2))


def test_other_folders_are_one_sentence(weights: Path, tmp_path: Path) -> None:
    config, tensors = (tmp_path / name for name in ("config.json", "model.safetensors"))
    good = (weights / "config.json").read_text()
    cases = [
        (None, f"{config} does not exist; expected a folder that training diffmatte wrote"),
        (good.replace('"res34"', '"vgg"'), f"{config}: encoder is 'vgg', expected one of vit-s, vit-b, swin-t, res34"),
        (good, f"{tensors} does not exist"),
    ]
    for text, message in cases:
        if text is not None:
            config.write_text(text)
        with pytest.raises(InputError) as caught:
            DiffMatte.from_pretrained(tmp_path)
        assert str(caught.value) == message
    tensors.write_bytes((weights / "model.safetensors").read_bytes())
    config.write_text(good.replace("0.0625", "0.125"))
    with pytest.raises(InputError, match=f"^{tensors} does not fit its config.json: .* tensors differ; decoder"):
        DiffMatte.from_pretrained(tmp_path)
