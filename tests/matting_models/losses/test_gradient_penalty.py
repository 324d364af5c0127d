import pytest
import torch

from matting_models.losses import gradient_penalty

IMPULSE = torch.zeros(1, 1, 3, 3)
IMPULSE[0, 0, 1, 1] = 1
ZERO = torch.zeros(1, 1, 3, 3)


def at(*places: tuple[int, int]) -> torch.Tensor:
    region = torch.zeros(1, 1, 3, 3, dtype=torch.bool)
    for row, column in places:
        region[0, 0, row, column] = True
    return region


def test_beside_an_impulse() -> None:
    # Left of the 1, Sobel's x-gradient is 2 and its y-gradient 0; the prediction's own size adds 0.01 x 2.
    assert gradient_penalty(IMPULSE, ZERO, at((1, 0))).item() == pytest.approx(2.02)


def test_at_the_corner_and_at_the_impulse() -> None:
    # At the corner both gradients are 1, at the impulse 0: the mean over both places.
    assert gradient_penalty(IMPULSE, ZERO, at((0, 0), (1, 1))).item() == pytest.approx((1.01 + 1.01 + 0) / 2)


def test_a_perfect_prediction_pays_only_for_its_own_gradient() -> None:
    assert gradient_penalty(IMPULSE, IMPULSE, at((1, 0))).item() == pytest.approx(0.02)
    assert gradient_penalty(IMPULSE, IMPULSE, at((1, 0)), sparsity=0).item() == 0


def test_it_is_the_predictions_gradient_that_is_kept_small() -> None:
    assert gradient_penalty(ZERO, IMPULSE, at((1, 0))).item() == pytest.approx(2)


def test_an_empty_unknown_region_costs_nothing_and_gives_no_gradient() -> None:
    prediction = IMPULSE.clone().requires_grad_()
    value = gradient_penalty(prediction, ZERO, at())
    value.backward()
    assert value.item() == 0
    assert torch.equal(prediction.grad, ZERO)


def test_gradient() -> None:
    generator = torch.Generator().manual_seed(0)
    prediction, truth = torch.rand(2, 2, 1, 5, 6, dtype=torch.float64, generator=generator)
    assert torch.autograd.gradcheck(lambda p: gradient_penalty(p, truth, truth > 0.3), prediction.requires_grad_())


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_also_under_autocast(dtype: torch.dtype) -> None:
    prediction, truth = torch.rand(2, 1, 1, 64, 64, generator=torch.Generator().manual_seed(0)).to(dtype)
    region = torch.ones(1, 1, 64, 64)
    with torch.autocast("cpu", torch.bfloat16):
        value = gradient_penalty(prediction, truth, region)
    assert value.dtype == torch.float32
    assert value.item() == pytest.approx(gradient_penalty(prediction.float(), truth.float(), region).item())
