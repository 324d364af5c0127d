import pytest
import torch

from matting_models.networks.smat.objective import objective


def test_foreground_and_the_rest_count_alike_however_large() -> None:
    alpha, truth = torch.zeros(1, 1, 64, 64), torch.zeros(1, 1, 64, 64)
    foreground = torch.zeros(1, 1, 64, 64, dtype=torch.bool)
    foreground[..., :8, :8] = True
    truth[..., :8, :8] = 1
    alpha[..., 32:, :] = 0.5
    terms = objective(alpha, truth, foreground, torch.ones_like(foreground))
    assert terms["foreground_l1"].item() == pytest.approx(1)
    assert terms["background_l1"].item() == pytest.approx(0.5 * 2048 / 4032)
    assert terms["laplacian"].item() > 0
    assert terms["loss"].item() == pytest.approx(sum(x.item() for name, x in terms.items() if name != "loss"))


def test_without_foreground_and_where_nothing_is_known() -> None:
    alpha = torch.rand(1, 1, 64, 64, generator=torch.Generator().manual_seed(0)).requires_grad_()
    nowhere = torch.zeros(1, 1, 64, 64, dtype=torch.bool)
    terms = objective(alpha, torch.zeros(1, 1, 64, 64), nowhere, ~nowhere)
    assert terms["foreground_l1"].item() == 0
    assert terms["background_l1"].item() == pytest.approx(alpha.mean().item())
    objective(alpha, torch.ones(1, 1, 64, 64), nowhere, nowhere)["loss"].backward()
    assert alpha.grad is not None
    assert not alpha.grad.any()
