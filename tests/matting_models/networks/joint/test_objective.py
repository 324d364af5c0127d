import pytest
import torch

from matting_models.networks.joint.discriminator import Discriminator
from matting_models.networks.joint.objective import (
    composite,
    discrimination_loss,
    realism_loss,
    share_of_teaching,
    teaching_loss,
    whole_image_loss,
)


def test_lambda_is_halved_every_ten_thousand_iterations() -> None:
    assert [share_of_teaching(i) for i in (0, 9_999, 10_000, 25_000)] == [0.5, 0.5, 0.25, 0.125]


def test_all_pixels_and_the_worst_half_of_them_count() -> None:
    alpha = torch.tensor([[[[0.0, 0.2, 0.4, 0.8, 1.0]]]], requires_grad=True)
    weight = torch.tensor([[[[1.0, 1.0, 1.0, 1.0, 0.0]]]])
    loss = whole_image_loss(alpha, torch.zeros_like(alpha), weight)
    assert loss.item() == pytest.approx(0.35 + 0.6)
    nothing = whole_image_loss(alpha, torch.zeros_like(alpha), torch.zeros_like(weight))
    nothing.backward()
    assert nothing.item() == 0


def test_cross_entropy_where_it_counts() -> None:
    logits = torch.zeros(1, 3, 1, 2)
    logits[0, 2, 0, 1] = 100
    classes = torch.tensor([[[0, 1]]], dtype=torch.uint8)
    assert teaching_loss(logits, classes, torch.tensor([[[[1.0, 0.0]]]])).item() == pytest.approx(1.0986, abs=1e-4)


def test_the_two_sides_of_the_game() -> None:
    assert realism_loss(torch.tensor([1.0, 0.5])).item() == pytest.approx(0.125)
    assert discrimination_loss(torch.tensor([0.5]), torch.tensor([0.0])).item() == pytest.approx(0.625)


def test_a_composite_of_the_photo_itself() -> None:
    shown = composite(torch.full((1, 1, 1, 1), 0.25), torch.full((1, 3, 1, 1), 0.8), torch.zeros(1, 3, 1, 1))
    torch.testing.assert_close(shown, torch.full((1, 3, 1, 1), 0.2))


def test_the_discriminator_sees_patches_of_seventy_pixels() -> None:
    critic = Discriminator(channels=8)
    picture = torch.rand(1, 3, 128, 128, requires_grad=True)
    scores = critic(picture)
    assert scores.shape == (1, 1, 14, 14)
    for layer in critic.layers:  # normalisation looks at the whole picture
        if isinstance(layer, torch.nn.InstanceNorm2d):
            layer.forward = lambda x: x
    critic(picture)[0, 0, 7, 7].backward()
    assert picture.grad is not None
    rows = (picture.grad[0].abs().sum((0, 2)) > 0).nonzero().flatten()
    assert int(rows[-1] - rows[0]) + 1 == 70
