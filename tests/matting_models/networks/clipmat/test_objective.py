import math

import pytest
import torch

from matting_models.networks.clipmat.network import Output
from matting_models.networks.clipmat.objective import objective


def given(known: float = 50.0) -> tuple[Output, torch.Tensor, torch.Tensor]:
    """The left half foreground, a column of alpha 0.5 unknown, all of it known surely and rightly."""
    truth = torch.zeros(1, 1, 64, 64)
    truth[..., :32], truth[..., 32] = 1, 0.5
    classes = torch.zeros(1, 64, 64, dtype=torch.uint8)
    classes[..., :32], classes[..., 32] = 2, 1
    logits = known * torch.nn.functional.one_hot(classes.long(), 3).permute(0, 3, 1, 2).float()
    return Output(logits, truth.clone()), truth, classes


def test_right_is_nothing() -> None:
    assert objective(*given())["loss"].item() == pytest.approx(0, abs=1e-6)


def test_terms_by_hand() -> None:
    """Details wrong by 0.25 in the unknown column, and anywhere else, where that does not count."""
    output, truth, classes = given(known=0.0)
    details = truth + 0.25 * (truth == 0.5) + 0.5 * (truth == 0)
    terms = objective(Output(output.logits, details), truth, classes)
    assert terms["classes"].item() == pytest.approx(math.log(3))
    assert terms["details_l1"].item() == pytest.approx(0.25)
    # Of equal logits the first class wins: all is 0 where half is 1, and a column 0.5.
    assert terms["fused_l1"].item() == pytest.approx((32 + 0.5) / 64)
    assert terms["loss"].item() == pytest.approx(sum(v.item() for k, v in terms.items() if k != "loss"), rel=1e-5)


def test_details_learn_while_the_classes_are_wrong() -> None:
    """And the classes from the cross-entropy alone."""
    output, truth, classes = given(known=0.0)
    logits, details = output.logits.requires_grad_(), torch.full_like(truth, 0.9).requires_grad_()
    terms = objective(Output(logits, details), truth, classes)
    terms["details_l1"].backward(retain_graph=True)
    assert details.grad is not None
    assert details.grad[..., 32].all()
    assert not details.grad[..., :32].any()
    (terms["loss"] - terms["classes"]).backward()
    assert logits.grad is None or not logits.grad.any()
