import pytest
import torch
import torch.nn.functional as F

from matting_models.networks.clipmat.resizing import resize_patches, resize_positions


def test_an_enlarged_patch_gives_the_token_it_gave() -> None:
    """And interpolated kernels would not: their sums grow with the number of pixels."""
    draw = torch.Generator().manual_seed(0)
    weight, patch = torch.randn(5, 3, 14, 14, generator=draw), torch.rand(1, 3, 14, 14, generator=draw)
    enlarged = F.interpolate(patch, size=(16, 16), mode="bilinear", align_corners=False)
    before = F.conv2d(patch, weight).flatten()
    torch.testing.assert_close(F.conv2d(enlarged, resize_patches(weight, 16)).flatten(), before, rtol=0, atol=1e-4)
    interpolated = F.interpolate(weight, size=(16, 16), mode="bilinear", align_corners=False)
    assert (F.conv2d(enlarged, interpolated).flatten() - before).abs().max() > 0.5


def test_the_mean_colour_is_weighed_as_before() -> None:
    weight = torch.ones(1, 3, 2, 2)
    assert resize_patches(weight, 4).sum().item() == pytest.approx(12, abs=1e-4)


def test_the_class_tokens_position_stays() -> None:
    weight = torch.tensor([[9.0], [1.0], [1.0], [1.0], [1.0]])
    assert resize_positions(weight, 10).flatten().tolist() == pytest.approx([9] + 9 * [1])
