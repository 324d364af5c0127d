from pathlib import Path
from typing import Any

import pytest
import torch
from diffusers import AutoencoderKL, DDIMScheduler, UNet2DConditionModel

from matting_models.networks.icon.backbone import REFERENCE_SEED, TARGET_SEED, Diffusion, noises
from matting_models.networks.icon.loading import load_unet, locate

from .conftest import SIDE

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture(scope="module")
def images() -> torch.Tensor:
    return torch.rand(2, 3, SIDE, SIDE, generator=torch.Generator().manual_seed(0)) * 2 - 1


def test_attention_is_of_both_scales_and_its_rows_sum_to_1(diffusion: Diffusion, images: torch.Tensor) -> None:
    found = diffusion.target(images, 200, noises(2, SIDE, 0))
    assert found.coarse.shape == (2, 16, 4, 4)
    assert found.fine.shape == (2, 16, 8, 8)
    for attention, places in ((found.coarse_attention, 16), (found.fine_attention, 64)):
        assert attention.shape == (2, places, places)
        torch.testing.assert_close(attention.sum(dim=2), torch.ones(2, places))


def test_reading_changes_nothing(backbone: Path, diffusion: Diffusion, images: torch.Tensor) -> None:
    """diffusers' own U-Net, whole and with fused attention, has these features, and this mean of probabilities."""
    drawn = noises(1, SIDE, 0)
    found = diffusion.target(images, 200, drawn)
    unet = load_unet(locate(str(backbone)))
    seen: dict[str, list[torch.Tensor]] = {"coarse": [], "fine": [], "rows": []}
    for name, block in (("coarse", unet.up_blocks[0]), ("fine", unet.up_blocks[1])):
        block.register_forward_hook(lambda _, __, output, name=name: seen[name].append(output))
    layers = [m for name, m in unet.named_modules() if name.endswith("attn1")]

    def probabilities(layer: Any, given: tuple[torch.Tensor, ...], _: object) -> None:
        query, key = (layer.head_to_batch_dim(x(given[0])) for x in (layer.to_q, layer.to_k))
        if query.shape[1] == 64:
            rows = (query @ key.transpose(1, 2) * layer.scale).softmax(dim=2)
            seen["rows"].append(rows.unflatten(0, (2, -1)).mean(dim=1))

    for layer in layers:
        layer.register_forward_hook(probabilities)
    mean, deviation = diffusion._encode(images)
    kept = DDIMScheduler.from_pretrained(backbone, subfolder="scheduler")
    noisy = kept.add_noise(mean + deviation * drawn[0, 0], drawn[0, 1].expand(2, -1, -1, -1), torch.tensor([200, 200]))
    with torch.no_grad():
        unet(noisy, 200, encoder_hidden_states=diffusion.prompt.expand(2, -1, -1))
    torch.testing.assert_close(found.coarse, seen["coarse"][0], atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(found.fine, seen["fine"][0], atol=1e-4, rtol=1e-4)
    assert len(seen["rows"]) == 5
    torch.testing.assert_close(found.fine_attention, torch.stack(seen["rows"]).mean(dim=0), atol=1e-5, rtol=1e-4)


def test_an_ensemble_is_a_mean(diffusion: Diffusion, images: torch.Tensor) -> None:
    drawn = noises(2, SIDE, 0)
    both = diffusion.target(images, 200, drawn)
    each = [diffusion.target(images, 200, drawn[i : i + 1]) for i in (0, 1)]
    torch.testing.assert_close(both.fine, (each[0].fine + each[1].fine) / 2, atol=1e-4, rtol=1e-4)
    mean = (each[0].fine_attention + each[1].fine_attention) / 2
    torch.testing.assert_close(both.fine_attention, mean)


def test_a_picture_that_failed_leaves_nothing_to_the_next(
    diffusion: Diffusion, images: torch.Tensor, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn = noises(2, SIDE, 0)
    expected = diffusion.target(images[:1], 200, drawn)
    whole = diffusion.unet.forward

    def failing(*given: Any, **more: Any) -> None:
        whole(*given, **more)
        raise torch.OutOfMemoryError

    with monkeypatch.context() as patch:
        patch.setattr(diffusion.unet, "forward", failing)
        with pytest.raises(torch.OutOfMemoryError):
            diffusion.target(images[1:], 200, drawn)
    found = diffusion.target(images[:1], 200, drawn)
    torch.testing.assert_close(found.fine_attention, expected.fine_attention)


def test_noises_are_the_same_every_time_and_never_shared() -> None:
    assert torch.equal(noises(2, SIDE, TARGET_SEED), noises(2, SIDE, TARGET_SEED))
    target, reference = noises(4, SIDE, TARGET_SEED), noises(4, SIDE, REFERENCE_SEED)
    drawn = torch.cat([target, reference]).flatten(0, 1).flatten(1)
    assert (torch.corrcoef(drawn) - torch.eye(16)).abs().max() < 0.15


def test_a_picture_is_read_alike_alone_and_among_others(diffusion: Diffusion, images: torch.Tensor) -> None:
    drawn = noises(1, SIDE, 0)
    among, alone = diffusion.target(images, 200, drawn), diffusion.target(images[1:], 200, drawn)
    torch.testing.assert_close(among.fine[1:], alone.fine, atol=1e-4, rtol=1e-4)


def test_half_precision_reads_nearly_the_same(backbone: Path, images: torch.Tensor) -> None:
    drawn = noises(1, SIDE, 0)
    exact, half = (
        Diffusion.load(str(backbone)).to(t).target(images, 200, drawn) for t in (torch.float32, torch.bfloat16)
    )
    assert half.fine.dtype == torch.float32
    error = (half.fine - exact.fine).pow(2).mean().sqrt() / exact.fine.std()
    assert error < 0.1
    assert (half.fine_attention.sum(dim=2) - 1).abs().max() < 0.02


def test_stable_diffusion_2_1_has_the_features_that_are_read() -> None:
    with torch.device("meta"):
        unet = UNet2DConditionModel(
            block_out_channels=(320, 640, 1280, 1280),
            attention_head_dim=(5, 10, 20, 20),
            cross_attention_dim=1024,
            use_linear_projection=True,
        )
        autoencoder = AutoencoderKL(
            block_out_channels=(128, 256, 512, 512),
            down_block_types=("DownEncoderBlock2D",) * 4,
            up_block_types=("UpDecoderBlock2D",) * 4,
        )
    assert sum(p.numel() for p in unet.parameters()) == 865_910_724
    model = Diffusion(autoencoder, unet, DDIMScheduler(), torch.zeros(1, 77, 1024), "sd@0").to("meta")
    assert model.channels == (1280, 1280)
    found = model.target(torch.zeros(1, 3, 768, 768, device="meta"), 200, torch.zeros(1, 2, 4, 96, 96, device="meta"))
    assert found.coarse.shape == (1, 1280, 24, 24)
    assert found.fine.shape == (1, 1280, 48, 48)
    assert found.coarse_attention.shape == (1, 576, 576)
    assert found.fine_attention.shape == (1, 2304, 2304)
