import pytest
import torch

from matting_models.losses import gradient_penalty, known_l1, laplacian_loss, matting_loss, unknown_l1


@pytest.fixture
def maps() -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    prediction, truth = torch.rand(2, 2, 1, 64, 72, generator=torch.Generator().manual_seed(0))
    return prediction, truth, truth > 0.7


def test_the_sum_of_four_documented_terms(maps: tuple[torch.Tensor, torch.Tensor, torch.Tensor]) -> None:
    terms = matting_loss(*maps)
    expected = {
        "known_l1": known_l1(*maps),
        "unknown_l1": unknown_l1(*maps),
        "gradient_penalty": gradient_penalty(*maps),
        "laplacian": laplacian_loss(*maps[:2]),
    }
    assert {k: v.item() for k, v in terms.items() if k != "matting"} == {k: v.item() for k, v in expected.items()}
    assert terms["matting"].item() == pytest.approx(sum(v.item() for v in expected.values()))


@pytest.mark.parametrize("unknown", [0, 1])
def test_alphas_of_zero_with_either_region_empty(unknown: int) -> None:
    prediction = torch.full((1, 1, 64, 64), 0.5, requires_grad=True)
    terms = matting_loss(prediction, torch.zeros(1, 1, 64, 64), torch.full((1, 1, 64, 64), unknown))
    terms["matting"].backward()
    assert terms["matting"].item() > 0
    assert torch.isfinite(prediction.grad).all()


def test_half_precision_gives_float32(maps: tuple[torch.Tensor, torch.Tensor, torch.Tensor]) -> None:
    half = matting_loss(maps[0].half(), maps[1].half(), maps[2])["matting"]
    assert half.dtype == torch.float32
    assert half.item() == pytest.approx(matting_loss(*maps)["matting"].item(), rel=1e-3)
