import pytest
import torch

from matting_models.losses import known_l1, unknown_l1

PREDICTION = torch.tensor([[[[0.5, 1.0], [0.0, 0.35]]]])
TRUTH = torch.tensor([[[[1.0, 0.75], [0.0, 0.25]]]])
UNKNOWN = torch.tensor([[[[True, True], [True, False]]]])


def test_means_over_each_region() -> None:
    assert unknown_l1(PREDICTION, TRUTH, UNKNOWN).item() == pytest.approx((0.5 + 0.25 + 0) / 3)
    assert known_l1(PREDICTION, TRUTH, UNKNOWN).item() == pytest.approx(0.1)


def test_the_region_is_that_of_the_whole_batch() -> None:
    prediction, truth = torch.zeros(2, 1, 1, 2), torch.tensor([1.0, 1.0, 1.0, 0.2]).view(2, 1, 1, 2)
    unknown = torch.tensor([True, False, True, True]).view(2, 1, 1, 2)
    assert unknown_l1(prediction, truth, unknown).item() == pytest.approx((1 + 1 + 0.2) / 3)


@pytest.mark.parametrize(("loss", "empty"), [(unknown_l1, False), (known_l1, True)])
def test_an_empty_region_costs_nothing_and_gives_no_gradient(loss: object, empty: bool) -> None:
    prediction = PREDICTION.clone().requires_grad_()
    value = loss(prediction, TRUTH, torch.full_like(TRUTH, empty))  # type: ignore[operator]
    value.backward()
    assert value.item() == 0
    assert torch.equal(prediction.grad, torch.zeros_like(PREDICTION))


@pytest.mark.parametrize("loss", [unknown_l1, known_l1])
def test_gradient(loss: object) -> None:
    generator = torch.Generator().manual_seed(0)
    prediction, truth = torch.rand(2, 2, 1, 3, 4, dtype=torch.float64, generator=generator)
    assert torch.autograd.gradcheck(lambda p: loss(p, truth, truth > 0.5), prediction.requires_grad_())  # type: ignore[operator]


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_is_summed_in_float32(dtype: torch.dtype) -> None:
    # 300,000 differences of 1 overflow float16's 65,504 and are lost in bfloat16's 8 bits.
    zeros = torch.zeros(1, 1, 600, 500, dtype=dtype)
    value = unknown_l1(zeros, zeros + 1, torch.ones_like(zeros))
    assert value.dtype == torch.float32
    assert value.item() == 1


def test_shapes_must_agree() -> None:
    with pytest.raises(
        ValueError, match=r"one shape \(B, 1, H, W\), got prediction \(1, 1, 2, 2\), truth \(1, 1, 2, 2\), unknown \(1"
    ):
        unknown_l1(PREDICTION, TRUTH, UNKNOWN[0])
