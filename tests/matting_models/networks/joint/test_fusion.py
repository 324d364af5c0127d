import torch
from torch import Tensor

from matting_models.networks.joint.fusion import hard_fusion, soft_fusion


def planes(*pixels: tuple[float, ...]) -> Tensor:
    """A row of pixels as (1, C, 1, W)."""
    return torch.tensor(pixels).T[None, :, None, :].contiguous()


BACKGROUND, UNKNOWN, FOREGROUND = (0.8, 0.1, 0.1), (0.2, 0.6, 0.2), (0.1, 0.2, 0.7)


def test_soft_fusion_is_both_printed_forms() -> None:
    probabilities, alpha = planes(BACKGROUND, UNKNOWN, FOREGROUND), planes((0.5,), (0.5,), (0.5,))
    fused = soft_fusion(probabilities, alpha)
    torch.testing.assert_close(fused, planes((0.15,), (0.5,), (0.8,)))
    b, u, f = probabilities.split(1, dim=1)
    torch.testing.assert_close(fused, (1 - u) * f / (f + b) + u * alpha)


def test_hard_fusion_keeps_alpha_where_it_is_unknown() -> None:
    fused = hard_fusion(planes(BACKGROUND, UNKNOWN, FOREGROUND), planes((0.5,), (0.25,), (0.5,)))
    assert fused.flatten().tolist() == [0, 0.25, 1]


def test_gradients_reach_both_networks_through_soft_fusion_and_alpha_through_hard() -> None:
    probabilities = planes(BACKGROUND, UNKNOWN, FOREGROUND).requires_grad_()
    alpha = planes((0.5,), (0.5,), (0.5,)).requires_grad_()
    soft_fusion(probabilities, alpha).sum().backward()
    assert probabilities.grad is not None and alpha.grad is not None
    assert probabilities.grad[0, :, 0].T.tolist() == [[0, 0.5, 1]] * 3
    torch.testing.assert_close(alpha.grad.flatten(), torch.tensor([0.1, 0.6, 0.2]))
    alpha.grad = None
    hard_fusion(probabilities, alpha).sum().backward()
    assert alpha.grad is not None and alpha.grad.flatten().tolist() == [0, 1, 0]
