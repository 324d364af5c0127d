"""By hand: channels of one value, projections that pass it on, and norms that do nothing."""

import torch
from torch import nn

from matting_models.networks.p3m.integration import DeepIntegration, ShallowIntegration, TripartiteIntegration


def summing(module: nn.Module) -> nn.Module:
    """Every convolution gives the sum of the pixels at its centre."""
    for layer in module.modules():
        if isinstance(layer, nn.Conv2d):
            nn.init.zeros_(layer.weight)
            middle = layer.kernel_size[0] // 2
            layer.weight.data[:, :, middle, middle] = 1
        if isinstance(layer, nn.BatchNorm2d):
            layer.eps = 0
    return module.eval()


def test_tripartite_projects_all_three_alike_and_sums() -> None:
    semantic, details, encoded = (torch.full((1, 2, 1, 1), value) for value in (1.0, 10.0, -2.0))
    joined = summing(TripartiteIntegration(2))(semantic, details, encoded)
    assert joined.flatten().tolist() == [18, 18]  # 2 + 20 - 4
    assert sum(p.numel() for p in TripartiteIntegration(2).parameters()) == 2 + 9 * 3 * 2 + 4  # one projection


def test_shallow_sees_the_largest_of_four_at_every_stride_and_keeps_the_details() -> None:
    full = torch.zeros(1, 1, 8, 8)
    full[0, 0, 1, 1], full[0, 0, 2, 2], full[0, 0, 5, 4] = 3, 100, 5
    details = torch.tensor([[1.0, 2], [3, 4]]).expand(1, 2, 2, 2)
    joined = summing(ShallowIntegration(2, 1, 4))(details, full)
    # 2 v of the details, the maximum of the first 2 x 2 in each 4 x 4, and v again
    assert joined[0, 0].tolist() == [[1 * 3 + 3, 2 * 3], [3 * 3, 4 * 3 + 5]]
    assert joined[0, 1].equal(joined[0, 0])
    full[0, 0, 5, 5] = 7
    assert summing(ShallowIntegration(2, 1, 4))(details, full)[0, 0, 1, 1] == 4 * 3 + 7


def test_deep_enlarges_the_last_level_and_guesses_the_classes() -> None:
    semantic, deepest = torch.full((1, 2, 2, 2), 1.0), torch.full((1, 3, 1, 1), 5.0)
    joined, side = summing(DeepIntegration(2, 3, 3))(semantic, deepest)
    assert joined.flatten().tolist() == [2 + 15 + 1] * 8
    assert side.flatten().tolist() == [36] * 12
