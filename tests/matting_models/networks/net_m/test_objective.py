import pytest
import torch

from matting_models.networks.net_m.objective import objective


def row(*values: float) -> torch.Tensor:
    return torch.tensor(values)[None, None, None]


def test_both_alphas_by_hand() -> None:
    truth = row(0, 0, 0, 0, 1)
    coarse, refined = row(0.1, 0.2, 0.3, 0.4, 0.1), row(0, 0, 0.2, 0, 0.1)
    terms = {k: v.item() for k, v in objective(coarse, refined, truth, row(1, 1, 1, 1, 0) > 0).items()}
    expected = {"coarse_l1": 0.25, "coarse_hard": 0.35, "refined_l1": 0.05, "refined_hard": 0.1, "loss": 0.75}
    assert terms == pytest.approx(expected)


def test_the_worse_half_weighs_more() -> None:
    coarse = row(0.1, 0.2, 0.3, 0.4).requires_grad_()
    objective(coarse, row(0, 0, 0, 0), row(0, 0, 0, 0), torch.ones(1, 1, 1, 4, dtype=torch.bool))["loss"].backward()
    assert coarse.grad is not None
    assert coarse.grad.flatten().tolist() == pytest.approx([0.25, 0.25, 0.75, 0.75])


@pytest.mark.parametrize("unknown", [0, 1])
def test_none_and_one_unknown_pixel(unknown: int) -> None:
    coarse = row(0.5, 0.5).requires_grad_()
    terms = objective(coarse, coarse, row(0, 0), row(unknown, 0) > 0)
    terms["loss"].backward()
    assert terms["loss"].item() == pytest.approx(unknown * 1.0)
    assert coarse.grad is not None and coarse.grad.flatten().tolist() == [2 * unknown, 0]
