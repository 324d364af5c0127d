"""The block against its equations, and against Table 6 of the paper."""

import math

import pytest
import torch
from torch import Tensor, nn

from matting_models.networks.net_m.attention import NonLocalAttention, attend, query_weights


def parameters(*modules: nn.Module) -> int:
    return sum(p.numel() for module in modules for p in module.parameters())


def test_parameters_of_table_6() -> None:
    gca = nn.Conv2d(128, 64, 1), nn.Conv2d(128, 128, 1, bias=False), nn.BatchNorm2d(128)
    assert 2 * parameters(*gca) == 49_792  # its encoder and its decoder have one block each
    assert parameters(NonLocalAttention(128, 32)) == 25_984


def test_operations_of_table_6() -> None:
    block, counted = NonLocalAttention(128, 32), 0

    def convolved(layer: nn.Conv2d, _: object, output: Tensor) -> None:
        nonlocal counted
        counted += output.numel() * layer.weight[0].numel()

    for layer in block.modules():
        if isinstance(layer, nn.Conv2d):
            layer.register_forward_hook(convolved)
    image = alpha = torch.zeros(1, 128, 64, 64)
    asked, answered = 64 * 64, 16 * 16
    with torch.no_grad():
        assert block.downscale(block.phi(image)).shape == (1, 32, 16, 16)
        counted = 0
        output = block(image, alpha, torch.zeros(1, 1, 64, 64, dtype=torch.bool))
    products = 2 * asked * answered * 32
    softmax, norm, residual = asked * answered, 2 * output.numel(), output.numel()
    assert counted + products + softmax + norm + residual == 141_557_760
    assert round((counted + products + softmax + norm + residual) / 1e9, 4) == 0.1416


def test_weights_of_queries() -> None:
    unknown = torch.tensor([[[[True, False, False, False, False]]], [[[True] * 5]], [[[False] * 5]]])
    expected = [[0.5, 2, 2, 2, 2], [10] * 5, [10] * 5]  # sqrt(1 / 4); none known; none unknown: the inverse of 0.1
    torch.testing.assert_close(query_weights(unknown)[:, 0, 0], torch.tensor(expected))


def test_equals_the_formula_by_hand() -> None:
    query = torch.tensor([[[[1.0, 2.0]]]])
    key, value = torch.tensor([[[[0.0, 1.0]]]]), torch.tensor([[[[4.0, 8.0]]]])
    weights = torch.tensor([[[[0.5, 2.0]]]])
    half, four = math.exp(0.5 / 2), math.exp(4 / 2)  # w q k / sqrt(8 / 2) for the second key; 0 for the first
    expected = [(4 + 8 * half) / (1 + half), (4 + 8 * four) / (1 + four)]
    torch.testing.assert_close(attend(query, key, value, weights, 8).flatten(), torch.tensor(expected))


def test_equals_the_plain_softmax_with_its_gradients() -> None:
    torch.manual_seed(0)
    query, key, value = (torch.randn(2, 8, *size, requires_grad=True) for size in ((8, 4), (2, 3), (2, 3)))
    weights = torch.rand(2, 1, 8, 4) * 9 + 0.5
    plain = torch.einsum("bcq,bck->bqk", query.flatten(2), key.flatten(2)) * weights.flatten(1)[:, :, None]
    expected = torch.einsum("bqk,bck->bcq", (plain / math.sqrt(32 / 2)).softmax(2), value.flatten(2))
    found = attend(query, key, value, weights, 32)
    torch.testing.assert_close(found.flatten(2), expected, atol=1e-5, rtol=0)
    direction = torch.randn(2, 8, 32)
    gradients = [
        torch.autograd.grad((result * direction).sum(), (query, key, value)) for result in (found.flatten(2), expected)
    ]
    for one, other in zip(*gradients, strict=True):
        torch.testing.assert_close(one, other, atol=1e-5, rtol=0)


@pytest.mark.parametrize("training", [True, False])
def test_dropout_in_training_alone(training: bool) -> None:
    torch.manual_seed(0)
    block = NonLocalAttention(8, 8).train(training)
    image, alpha = torch.randn(2, 2, 8, 8, 8)
    unknown = torch.rand(2, 1, 8, 8) > 0.5
    assert torch.equal(block(image, alpha, unknown), block(image, alpha, unknown)) != training
