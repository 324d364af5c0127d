"""Terms that are constant over the picture, so that every mean is one number; the Laplacian of a constant is 0."""

import math

import pytest
import torch

from matting_models.networks.p3m.examples import IGNORED
from matting_models.networks.p3m.network import Output
from matting_models.networks.p3m.objective import objective


def output(details: float, likeliest: int) -> Output:
    logits = torch.zeros(1, 3, 64, 64)
    logits[:, likeliest] = math.log(2)  # the others have a probability of 1/4 each
    return Output(logits, [torch.zeros(1, 3, 64, 64)] * 3, torch.full((1, 1, 64, 64), details))


def test_every_term_by_hand() -> None:
    truth, classes = torch.full((1, 1, 64, 64), 0.5), torch.ones(1, 64, 64, dtype=torch.uint8)
    terms = objective(output(0.75, likeliest=1), truth, classes)
    expected = {
        "classes": math.log(2), "sides": 3 * math.log(3), "details_l1": 0.25, "details_laplacian": 0.0,
        "fused_l1": 0.25, "fused_laplacian": 0.0,
    }  # fmt: skip
    expected["loss"] = (3 * math.log(2) + 3 * math.log(3)) / 6 + 2 * 0.25 + 3 * 0.25
    assert {name: value.item() for name, value in terms.items()} == pytest.approx(expected, abs=1e-6)


def test_details_count_where_unknown_and_the_fused_alpha_everywhere() -> None:
    truth, classes = torch.ones(1, 1, 64, 64), torch.full((1, 64, 64), 2, dtype=torch.uint8)
    terms = objective(output(0.75, likeliest=0), truth, classes)
    assert terms["details_l1"] == 0
    assert terms["fused_l1"] == 1  # said to be background
    assert terms["classes"].item() == pytest.approx(math.log(4))


def test_nothing_counts_where_the_truth_is_not_known() -> None:
    truth, classes = torch.ones(1, 1, 64, 64), torch.full((1, 64, 64), IGNORED, dtype=torch.uint8)
    assert all(value == 0 for value in objective(output(0.25, likeliest=1), truth, classes).values())
