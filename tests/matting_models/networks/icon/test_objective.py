import torch

from matting_models.losses import gradient_penalty, laplacian_loss
from matting_models.networks.icon.objective import TERMS, objective

SIZE = (1, 1, 64, 64)


def test_a_sample_of_both_takes_the_matting_branch() -> None:
    truth = torch.zeros(SIZE)
    truth[..., 32:] = 1
    unknown = torch.zeros(SIZE, dtype=torch.bool)
    unknown[..., 30:34] = True
    alpha = torch.where(unknown, 0.5, (truth - 0.1).abs())
    found = objective(alpha, truth, unknown, torch.ones_like(unknown))
    share = 4 / 9
    expected = {
        "known_l1": share * torch.tensor(0.1),
        "unknown_l1": share * torch.tensor(0.5),
        "gradient_penalty": share * gradient_penalty(alpha, truth, unknown),
        "laplacian": laplacian_loss(alpha, truth),
        "segmentation": torch.tensor(0.0),
    }
    for name in TERMS:
        torch.testing.assert_close(found[name], expected[name])
    torch.testing.assert_close(found["loss"], sum(expected.values(), torch.tensor(0.0)))


def test_a_sample_of_one_takes_the_other_and_batches_are_means() -> None:
    truth = torch.cat([torch.zeros(SIZE), torch.ones(SIZE)])
    alpha = torch.full_like(truth, 0.2)
    found = objective(alpha, truth, torch.zeros_like(truth, dtype=torch.bool), torch.ones_like(truth, dtype=torch.bool))
    # Smooth L1 of 0.2 and 0.8 are 0.02 and 0.32, their mean 0.17.
    torch.testing.assert_close(found["loss"], torch.tensor(0.17 * 4 / 9))
    torch.testing.assert_close(found["segmentation"], found["loss"])


def test_what_does_not_count_decides_no_branch() -> None:
    """The grey beside a photo that is not square has an alpha of 0."""
    counted = torch.zeros(SIZE, dtype=torch.bool)
    counted[..., 16:48, :] = True
    alpha, unknown = torch.full(SIZE, 0.2), torch.zeros(SIZE, dtype=torch.bool)
    found = objective(alpha, counted.float(), unknown, counted)
    # Smooth L1 of 0.8 is 0.32, on half of the square.
    torch.testing.assert_close(found["loss"], torch.tensor(0.16 * 4 / 9))
    torch.testing.assert_close(found["segmentation"], found["loss"])
    truth = counted.float()
    truth[..., 20:, :] = 0
    assert not objective(alpha, truth, unknown, counted)["segmentation"]


def test_nothing_is_learned_where_nothing_counts() -> None:
    truth = torch.zeros(SIZE)
    truth[..., 32:] = 1
    alpha = torch.rand(SIZE, requires_grad=True)
    counted = torch.zeros(SIZE, dtype=torch.bool)
    counted[..., :32, :] = True
    objective(alpha, truth, torch.ones_like(counted), counted)["loss"].backward()
    assert alpha.grad is not None
    assert not alpha.grad[..., 32:, :].any()
    assert alpha.grad[..., :32, :].all()
