import pytest
import torch

from matting_models.networks.mask_to_matte.objective import objective


def flat(value: float) -> torch.Tensor:
    return torch.full((1, 1, 64, 64), value)


def test_a_right_alpha_costs_nothing() -> None:
    truth = flat(0.0)
    truth[..., :32] = 1
    terms = objective(truth, truth, truth, flat(1.0))
    assert terms["loss"].item() == pytest.approx(0, abs=1e-6)


def test_pixels_near_an_error_of_the_mask_weigh_six_times_as_much() -> None:
    truth, mask = flat(0.0), flat(0.0)
    mask[0, 0, 32, 32] = 1  # 15 x 15 pixels count 1.2, the other 4096 - 225 count 0.2
    total = 225 * 1.2 + (4096 - 225) * 0.2 + 1
    near, far = flat(0.0), flat(0.0)
    near[0, 0, 32, 39] = far[0, 0, 32, 40] = 1
    assert objective(near, truth, mask, flat(1.0))["l1"].item() == pytest.approx(1.2 / total, rel=1e-4)
    assert objective(far, truth, mask, flat(1.0))["l1"].item() == pytest.approx(0.2 / total, rel=1e-4)
    assert objective(far, truth, mask, flat(1.0))["l1_of_mask"].item() == pytest.approx(1.2 / total, rel=1e-4)


def test_what_is_not_known_costs_nothing_and_moves_nothing() -> None:
    alpha = flat(0.5).requires_grad_()
    terms = objective(alpha, flat(0.0), flat(1.0), flat(0.0))
    terms["loss"].backward()  # type: ignore[no-untyped-call]
    assert terms["loss"].item() == 0
    assert alpha.grad is not None
    assert not alpha.grad.any()
