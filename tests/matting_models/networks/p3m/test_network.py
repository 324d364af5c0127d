import pytest
import torch

from matting_models.networks.p3m.config import P3MConfig
from matting_models.networks.p3m.network import P3MNet

from .conftest import TINY


def test_as_many_parameters_as_the_authors_have() -> None:
    with torch.device("meta"):
        network = P3MNet(P3MConfig())
    fourth_channel, classifier = 64 * 7 * 7, 512 * 1000 + 1000  # the authors keep ImageNet's, unused
    assert sum(p.numel() for p in network.parameters()) == 39_478_060 + fourth_channel - classifier


def test_shapes_and_ranges(network: P3MNet) -> None:
    output = network(torch.rand(2, 3, 64, 96), torch.rand(2, 1, 64, 96))
    assert [tuple(each.shape) for each in (output.logits, *output.sides)] == [(2, 3, 64, 96)] * 4
    for alpha in (output.details, output.alpha):
        assert alpha.shape == (2, 1, 64, 96)
        assert 0 <= alpha.min() <= alpha.max() <= 1


def test_the_classes_alone_are_the_same(network: P3MNet) -> None:
    given = torch.rand(1, 3, 32, 64), torch.rand(1, 1, 32, 64)
    assert network.classes(*given).equal(network(*given).logits)


def test_the_coarse_alpha_matters(network: P3MNet) -> None:
    images = torch.rand(1, 3, 32, 32)
    empty, full = (network(images, torch.full((1, 1, 32, 32), value)) for value in (0.0, 1.0))
    assert not empty.logits.allclose(full.logits)
    assert not empty.details.allclose(full.details)


@pytest.mark.parametrize(
    ("part", "reached", "not_reached"),
    [("logits", "semantic.last", "details."), ("details", "details.", "semantic.last"), ("sides", "semantic.deep", "")],
)
def test_gradients_reach_the_encoder_and_what_each_output_is_made_by(part: str, reached: str, not_reached: str) -> None:
    network = P3MNet(TINY)
    output = network(torch.rand(2, 3, 64, 64), torch.rand(2, 1, 64, 64))
    found = getattr(output, part)
    loss = sum((each**2).mean() for each in (found if isinstance(found, list) else [found]))
    assert isinstance(loss, torch.Tensor)
    loss.backward()
    with_gradient = {n for n, p in network.named_parameters() if p.grad is not None and p.grad.abs().sum() > 0}
    for name, _ in network.named_parameters():
        if name.startswith(("encoder.", reached)):
            assert name in with_gradient or name.endswith("bias"), name  # norms cancel biases before them
        if not_reached and name.startswith(not_reached):
            assert name not in with_gradient


def test_other_shapes_are_refused(network: P3MNet) -> None:
    with pytest.raises(ValueError, match="H and W multiples of 32"):
        network(torch.rand(1, 3, 32, 40), torch.rand(1, 1, 32, 40))
    with pytest.raises(ValueError, match=r"coarse is \(1, 3, 32, 32\), expected \(1, 1, 32, 32\)"):
        network(torch.rand(1, 3, 32, 32), torch.rand(1, 3, 32, 32))
