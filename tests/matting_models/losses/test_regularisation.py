import math

import pytest
import torch

from matting_models.losses import regularisation_loss


def test_by_hand() -> None:
    # p = 1/2 against 1 costs log 2; p = 3/4 against 0 costs log 4. A frozen logit of exactly 0 is not above 1/2.
    logits, frozen = torch.tensor([0.0, math.log(3)]), torch.tensor([1.0, 0.0])
    assert regularisation_loss(logits, frozen).item() == pytest.approx((math.log(2) + math.log(4)) / 2)


def test_no_gradient_flows_into_the_frozen_logits() -> None:
    logits, frozen = torch.ones(2, 1, 3, 3, requires_grad=True), torch.ones(2, 1, 3, 3, requires_grad=True)
    regularisation_loss(logits, frozen).backward()
    assert logits.grad is not None
    assert frozen.grad is None


def test_gradient() -> None:
    generator = torch.Generator().manual_seed(0)
    logits, frozen = torch.randn(2, 2, 1, 3, 3, dtype=torch.float64, generator=generator)
    assert torch.autograd.gradcheck(lambda x: regularisation_loss(x, frozen), logits.requires_grad_())


def test_extreme_half_precision_logits_stay_finite() -> None:
    logits = torch.tensor([65504.0, -65504.0], dtype=torch.float16, requires_grad=True)
    value = regularisation_loss(logits, torch.tensor([1.0, -1.0]))
    value.backward()
    assert value.dtype == torch.float32
    assert value.item() == 0
    assert torch.isfinite(logits.grad).all()
    assert regularisation_loss(logits, torch.tensor([-1.0, 1.0])).item() == pytest.approx(65504)


def test_shapes_must_agree() -> None:
    with pytest.raises(ValueError, match=r"logits are \(2,\), frozen_logits \(3,\)"):
        regularisation_loss(torch.zeros(2), torch.zeros(3))
