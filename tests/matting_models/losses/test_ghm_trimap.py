import math
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.distributed as dist
import torch.multiprocessing as mp
from hypothesis import given, settings
from hypothesis import strategies as st

from matting_models.losses import GHMTrimapLoss


def logits_of(chances: list[float]) -> tuple[torch.Tensor, torch.Tensor]:
    """(1, 3, 1, W) logits and (1, 1, W) classes whose true class, the unknown region, has these probabilities."""
    p = torch.tensor(chances, dtype=torch.float64)
    rest = (1 - p) / 2
    return torch.stack([rest, p, rest]).log()[None, :, None], torch.ones(1, 1, len(chances), dtype=torch.int64)


def test_two_bins_by_hand() -> None:
    loss = GHMTrimapLoss()
    # Two pixels with g = 0.05 and one with g = 0.75: S = 0.25 x (2, 1), N = 2, w = 1 and 2.
    easy, hard = -math.log(0.95), -math.log(0.25)
    value = loss(*logits_of([0.95, 0.95, 0.25]))
    assert value.item() == pytest.approx((2 * easy + 2 * hard) / 4)
    assert loss.running.tolist() == [0.5, 0, 0, 0, 0, 0, 0, 0.25, 0, 0]
    # The next batch holds one easy pixel: S = 0.75 x 0.5 + 0.25 x 1; the bin without pixels keeps what it has.
    assert loss(*logits_of([0.95])).item() == pytest.approx(easy)
    assert loss.running.tolist() == [0.625, 0, 0, 0, 0, 0, 0, 0.25, 0, 0]


def reference(g: np.ndarray, running: np.ndarray, momentum: float) -> tuple[float, np.ndarray]:
    """The formula of GHM-C pixel by pixel."""
    index = np.minimum((g * len(running)).astype(int), len(running) - 1)
    running = running.copy()
    for b in set(index.tolist()):
        running[b] = momentum * running[b] + (1 - momentum) * (index == b).sum()
    weights = np.array([1 / (running[b] * len(set(index.tolist()))) for b in index])
    return float((weights * -np.log(1 - g)).sum() / weights.sum()), running


@settings(max_examples=50, deadline=None)
@given(st.lists(st.lists(st.floats(0.011, 0.989), min_size=1, max_size=12), min_size=1, max_size=4), st.floats(0, 0.95))
def test_agrees_with_the_formula_over_several_batches(batches: list[list[float]], momentum: float) -> None:
    loss, running = GHMTrimapLoss(momentum=momentum), np.zeros(10)
    for chances in batches:
        if any(abs(10 * p - round(10 * p)) < 1e-6 for p in chances):
            return  # on the edge of a bin rounding decides
        expected, running = reference(1 - np.array(chances), running, momentum)
        assert loss(*logits_of(chances)).item() == pytest.approx(expected)
        np.testing.assert_allclose(loss.running.numpy(), running)


def test_many_easy_pixels_do_not_rule() -> None:
    few = GHMTrimapLoss()(*logits_of([0.95, 0.25])).item()
    many = GHMTrimapLoss()(*logits_of([0.95] * 1000 + [0.25])).item()
    assert many == pytest.approx(few)


def test_certain_and_hopeless_pixels_stay_finite() -> None:
    logits = torch.tensor([[1e4, 0.0, 0.0], [-1e4, 0.0, 0.0]]).T.view(1, 3, 1, 2).half().requires_grad_()
    value = GHMTrimapLoss()(logits, torch.zeros(1, 1, 2, dtype=torch.int64))
    value.backward()
    assert value.dtype == torch.float32
    assert math.isfinite(value.item())
    assert torch.isfinite(logits.grad).all()


def test_in_evaluation_the_state_stays() -> None:
    loss = GHMTrimapLoss().eval()
    first = loss(*logits_of([0.95, 0.25])).item()
    assert loss.running.sum() == 0
    assert loss(*logits_of([0.95, 0.25])).item() == first


def test_gradient() -> None:
    # Momentum 0 has no memory, so that every evaluation of the check sees the same weights.
    loss = GHMTrimapLoss(momentum=0)
    generator = torch.Generator().manual_seed(0)
    logits = torch.randn(2, 3, 3, 4, dtype=torch.float64, generator=generator, requires_grad=True)
    classes = torch.randint(0, 3, (2, 3, 4), generator=generator)
    assert torch.autograd.gradcheck(lambda x: loss(x, classes), logits)


def test_the_state_is_saved() -> None:
    loss, other = GHMTrimapLoss(), GHMTrimapLoss()
    loss(*logits_of([0.95, 0.25]))
    other.load_state_dict(loss.state_dict())
    again = logits_of([0.5, 0.95])
    assert other(*again).item() == loss(*again).item()


@pytest.mark.parametrize("shape", [(1, 4, 5), (1, 5, 4, 1)])
def test_shapes_must_fit(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r"logits are \(1, 3, 5, 4\), classes .* expected \(B, 3, H, W\)"):
        GHMTrimapLoss()(torch.zeros(1, 3, 5, 4), torch.zeros(shape, dtype=torch.int64))


def test_settings_out_of_range_are_refused() -> None:
    with pytest.raises(ValueError, match="momentum in \\[0, 1\\), got 10 and 1"):
        GHMTrimapLoss(momentum=1)


# ---- several processes ------------------------------------------------------------------------------------------

SHARES = ([0.95, 0.93, 0.15, 0.52], [0.25, 0.96, 0.97, 0.55])


def _share(rank: int, rendezvous: str, results: str) -> None:
    dist.init_process_group("gloo", init_method=f"file://{rendezvous}", rank=rank, world_size=2)
    loss = GHMTrimapLoss()
    logits, classes = logits_of(SHARES[rank])
    logits.requires_grad_()
    for _ in range(2):
        logits.grad = None
        loss(logits, classes).backward()
    torch.save((logits.grad, loss.running), f"{results}/{rank}.pt")
    dist.destroy_process_group()


def test_two_processes_are_as_one(tmp_path: Path) -> None:
    mp.spawn(_share, (str(tmp_path / "rendezvous"), str(tmp_path)), nprocs=2)
    loss = GHMTrimapLoss()
    logits, classes = logits_of([*SHARES[0], *SHARES[1]])
    logits.requires_grad_()
    for _ in range(2):
        logits.grad = None
        loss(logits, classes).backward()
    # DistributedDataParallel takes the mean of the processes' gradients.
    shares = [torch.load(tmp_path / f"{rank}.pt") for rank in range(2)]
    torch.testing.assert_close(torch.cat([gradient for gradient, _ in shares], dim=3) / 2, logits.grad)
    for _, running in shares:
        assert torch.equal(running, loss.running)
