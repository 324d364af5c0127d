import pytest
import torch
from torch import Tensor

from matting_models.networks.diffmatte.sampler import noise_of, sample, shares, unit_deviation


def test_noise_is_the_same_in_every_run() -> None:
    torch.testing.assert_close(noise_of(0, 1, 3), torch.tensor([[1.1176, -1.3871, -0.4266]]), atol=1e-4, rtol=0)
    assert not torch.equal(noise_of(1, 1, 3), noise_of(0, 1, 3))


def test_shares_by_hand() -> None:
    matte, noise = shares(torch.tensor([0.0, 0.75, 1.0]))
    assert matte.flatten().tolist() == pytest.approx([0.2, 0.1, 0], abs=1e-5)
    assert noise.flatten().tolist() == pytest.approx([0, 0.75**0.5, 1])


def test_deviation_of_what_is_inside() -> None:
    x = torch.tensor([[1.0, 3.0, 99.0], [7.0, 7.0, 99.0]])[:, None, None]
    inside = torch.tensor([1.0, 1.0, 0.0]).expand(2, 1, 1, 3)
    # the first has mean 2 and deviation 1; the second's, 0, is taken to be 0.00001
    assert unit_deviation(x, inside)[:, 0, 0].tolist() == [[1, 3, 0], pytest.approx([7e5, 7e5, 0])]


def test_two_steps_by_hand() -> None:
    asked: list[tuple[Tensor, float]] = []

    def decode(x: Tensor, times: Tensor) -> Tensor:
        asked.append((x.flatten(), times.item()))
        return torch.full_like(x, 0.5 if len(asked) == 1 else 3.0)

    noise = torch.tensor([1.0, -1.0]).view(1, 1, 1, 2)
    assert sample(decode, noise, torch.ones_like(noise), 2).flatten().tolist() == [1, 1]
    assert [time for _, time in asked] == [1, 0.5]
    assert asked[0][0].tolist() == [1, -1]
    # sqrt(1/2) (0.2 x 0.5 + noise), over its deviation sqrt(1/2)
    assert asked[1][0].tolist() == pytest.approx([1.1, -0.9], abs=1e-4)
