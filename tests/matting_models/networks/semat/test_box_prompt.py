import pytest
import torch
from torch import nn

from matting_models.networks.semat.box_prompt import BoxPrompt, box_masks


def test_mask_covers_every_pixel_the_box_touches() -> None:
    masks = box_masks(torch.tensor([[1.0, 0.0, 3.0, 2.0], [0.5, 1.5, 1.5, 2.5]]), 4)
    assert masks.shape == (2, 1, 4, 4)
    assert masks[0, 0].tolist() == [[0, 1, 1, 0], [0, 1, 1, 0], [0, 0, 0, 0], [0, 0, 0, 0]]
    assert masks[1, 0].tolist() == [[0, 0, 0, 0], [1, 1, 0, 0], [1, 1, 0, 0], [0, 0, 0, 0]]


def test_zero_start_adds_nothing() -> None:
    prompt = BoxPrompt(nn.Conv2d(3, 5, 16, 16))
    added = prompt(torch.randn(1, 3, 32, 32), torch.tensor([[0.0, 0.0, 32.0, 16.0]]))
    assert added.shape == (1, 2, 2, 5)
    assert not added.any()


def test_copied_start_is_the_rgb_embedding_plus_the_mean_where_the_box_is() -> None:
    conv = nn.Conv2d(3, 5, 16, 16)
    pixels = torch.randn(1, 3, 16, 32)[:, :, :, :32].expand(1, 3, 16, 32)
    prompt = BoxPrompt(conv, "copied")
    square = torch.cat([pixels, pixels], dim=2)
    added = prompt(square, torch.tensor([[0.0, 0.0, 16.0, 16.0]]))
    own = conv(square).permute(0, 2, 3, 1)
    extra = conv.weight.mean(dim=1).sum(dim=(1, 2))
    torch.testing.assert_close(added[0, 0, 0], own[0, 0, 0] + extra)
    torch.testing.assert_close(added[0, 1, 1], own[0, 1, 1])


def test_prompt_can_be_left_out_by_sample() -> None:
    prompt = BoxPrompt(nn.Conv2d(3, 5, 16, 16), "copied")
    pixels, boxes = torch.randn(2, 3, 16, 16), torch.tensor([[0.0, 0.0, 16.0, 16.0]] * 2)
    added = prompt(pixels, boxes, torch.tensor([True, False]))
    torch.testing.assert_close(added[0], prompt(pixels, boxes)[0])
    assert not added[1].any()


def test_unknown_start_is_refused() -> None:
    with pytest.raises(ValueError, match="init is 'zero' or 'copied', got 'random'"):
        BoxPrompt(nn.Conv2d(3, 5, 16, 16), "random")  # type: ignore[arg-type]
