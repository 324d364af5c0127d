import pytest
import torch

from matting_models.networks.diffmatte.objective import objective


def test_terms_of_a_constant_error() -> None:
    truth, everywhere = torch.full((1, 1, 64, 64), -1.0), torch.ones(1, 1, 64, 64, dtype=torch.bool)
    terms = {k: v.item() for k, v in objective(truth + 0.5, truth, everywhere, everywhere).items()}
    assert [terms[name] for name in ("mse", "unknown_l1", "known_l1")] == pytest.approx([0.25, 0.5, 0])
    parts = ("mse", "known_l1", "unknown_l1", "gradient_penalty", "laplacian")
    assert terms["loss"] == pytest.approx(sum(terms[name] for name in parts))


def test_nothing_is_lost_where_the_truth_is_not_known() -> None:
    truth = torch.zeros(1, 1, 64, 64)
    trusted = torch.zeros(1, 1, 64, 64, dtype=torch.bool)
    trusted[..., :32] = True
    clean = truth.clone()
    clean[..., 32:] = 1
    assert objective(clean, truth, ~trusted, trusted)["loss"] == 0
