import pytest
import torch

from matting_models.losses import GHMTrimapLoss, matting_loss, regularisation_loss
from matting_models.networks.semat import Output
from matting_models.networks.semat.objective import Objective


def inputs() -> tuple[Output, torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    logits = [torch.randn(2, channels, side, side, generator=generator) for channels, side in ((1, 64), (3, 64))]
    small = torch.randn(2, 2, 1, 16, 16, generator=generator)
    alphas = torch.randint(0, 256, (2, 1, 64, 64), dtype=torch.uint8, generator=generator)
    trimaps = torch.randint(0, 3, (2, 64, 64), dtype=torch.uint8, generator=generator)
    return Output(logits[0], logits[1], small[0], small[1]), alphas, trimaps


def test_the_papers_equation_1() -> None:
    output, alphas, trimaps = inputs()
    terms = Objective(0.2, 0.05)(output, alphas, trimaps)
    matting = matting_loss(output.alpha_logits.sigmoid(), alphas / 255, (trimaps == 1)[:, None])["matting"]
    trimap = GHMTrimapLoss()(output.matting_logits, trimaps.long())
    assert output.sam_logits is not None
    assert output.frozen_logits is not None
    regularisation = regularisation_loss(output.sam_logits, output.frozen_logits)
    assert terms["loss"].item() == pytest.approx((matting + 0.2 * regularisation + 0.05 * trimap).item())
    assert set(terms) == {
        "loss", "matting", "known_l1", "unknown_l1", "gradient_penalty", "laplacian", "trimap", "regularisation"
    }  # fmt: skip


def test_without_regularisation() -> None:
    output, alphas, trimaps = inputs()
    terms = Objective(0.0, 0.05)(Output(output.alpha_logits, output.matting_logits), alphas, trimaps)
    assert "regularisation" not in terms


def test_the_trimap_losss_state_is_part_of_it() -> None:
    objective = Objective(0.2, 0.05)
    objective(*inputs())
    assert objective.state_dict()["trimap_loss.running"].sum() > 0
