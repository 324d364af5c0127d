import pytest
import torch
from torch import Tensor

from matting_models.networks.p3m.network import Output, P3MNet
from matting_models.networks.p3m.predicting import refine, seen_size


@pytest.mark.parametrize(
    ("photo", "share", "seen"),
    [
        ((700, 1000), 1.0, (672, 992)),
        ((700, 1000), 0.5, (320, 480)),  # of 350 x 500
        ((2160, 2400), 1.0, (1056, 1184)),  # of 1080 x 1200
        ((1000, 3000), 1.0, (992, 1600)),
        ((40, 20), 0.5, (32, 32)),
    ],
)
def test_sizes_are_those_of_the_authors_test(photo: tuple[int, int], share: float, seen: tuple[int, int]) -> None:
    assert seen_size(*photo, share) == seen


class Scripted(P3MNet):
    """Says unknown in the left half and foreground in the right one; its details are the coarse alpha."""

    def __init__(self) -> None:
        torch.nn.Module.__init__(self)
        self.seen: list[tuple[int, int]] = []

    def classes(self, images: Tensor, coarse: Tensor) -> Tensor:
        self.seen.append((images.shape[2], images.shape[3]))
        logits = torch.zeros(1, 3, *images.shape[2:])
        middle = images.shape[3] // 2
        logits[:, 1, :, :middle] = logits[:, 2, :, middle:] = 1
        return logits

    def forward(self, images: Tensor, coarse: Tensor) -> Output:
        self.seen.append((images.shape[2], images.shape[3]))
        return Output(torch.zeros(0), [], coarse)


def test_classes_come_from_half_the_size_and_details_from_the_full() -> None:
    network = Scripted()
    alpha = refine(network, torch.rand(1, 3, 128, 192), torch.full((1, 1, 128, 192), 0.25))
    assert network.seen == [(64, 96), (128, 192)]
    assert alpha.shape == (1, 1, 128, 192)
    assert (alpha[..., :96] == 0.25).all()
    assert (alpha[..., 96:] == 1).all()


def test_an_overflow_is_not_hidden_by_the_classes() -> None:
    alpha = refine(Scripted(), torch.rand(1, 3, 64, 64), torch.full((1, 1, 64, 64), torch.inf))
    assert alpha.isnan().all()
