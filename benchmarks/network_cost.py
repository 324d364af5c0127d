"""Parameters, operations, time and memory of Net-T, Net-M and both, at the paper's width.

    python -m benchmarks.network_cost [--sides 512,1024,2048] [--width 1] [--device cpu]

Random weights: neither time nor memory depends on them. Operations are multiply-adds of convolutions and matrix
products, as torch counts them, halved from its two for each. Memory is the process's peak beyond what it has before
the forward pass; the last rows are of Net-M's attention alone, as it runs and with the matrix of all its weights held.
"""

import argparse
import multiprocessing
import resource
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor

import torch
from torch import Tensor
from torch.utils.flop_counter import FlopCounterMode

from matting_models.networks.joint.network import Joint
from matting_models.networks.net_m.attention import attend, query_weights
from matting_models.networks.net_m.config import NetMConfig
from matting_models.networks.net_m.network import NetM
from matting_models.networks.net_t.config import NetTConfig
from matting_models.networks.net_t.network import NetT

STRIDE, RATE, CHANNELS, INNER = 8, 4, 128, 32
"""Of Net-M's attention: where its features stand, and what it asks and is answered with."""


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sides", default="512,1024,2048")
    parser.add_argument("--width", type=float, default=1.0)
    parser.add_argument("--device", default="cpu")
    given = parser.parse_args()
    threads = torch.get_num_threads()
    print(f"{'':26} {'side':>5} {'M param.':>9} {'G mult-adds':>12} {'seconds':>8} {'MiB':>7}   {threads} threads")
    for side in map(int, given.sides.split(",")):
        for name in (*NETWORKS, *ATTENTIONS):
            # A process each: memory's peak never falls.
            with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
                count, operations, seconds, memory = pool.submit(cost, name, side, given.width, given.device).result()
            row = f"{name:26} {side:5} {count / 1e6:9.2f} {operations / 1e9:12.2f} {seconds:8.2f} {memory:7.0f}"
            print(row, flush=True)


def _net_t(width: float) -> tuple[torch.nn.Module, Callable[[int], tuple[Tensor, ...]]]:
    return NetT(NetTConfig(width=width)), lambda side: (_photo(side), torch.rand(1, 1, side, side))


def _net_m(width: float) -> tuple[torch.nn.Module, Callable[[int], tuple[Tensor, ...]]]:
    return NetM(NetMConfig(width=width)), lambda side: (_photo(side), _trimap(side))


def _joint(width: float) -> tuple[torch.nn.Module, Callable[[int], tuple[Tensor, ...]]]:
    both = Joint(NetT(NetTConfig(width=width)), NetM(NetMConfig(width=width)))
    return both, lambda side: (_photo(side), torch.rand(1, 1, side, side))


class _Attention(torch.nn.Module):
    def __init__(self, held: bool) -> None:
        super().__init__()
        self._held = held

    def forward(self, query: Tensor, key: Tensor, value: Tensor, weights: Tensor) -> Tensor:
        if not self._held:
            return attend(query, key, value, weights, CHANNELS)
        asked = (query * weights).flatten(2).transpose(1, 2)
        matrix = torch.softmax(asked @ key.flatten(2) / (CHANNELS / 2) ** 0.5, dim=2)
        return (matrix @ value.flatten(2).transpose(1, 2)).transpose(1, 2).reshape(query.shape)


def _attention(held: bool) -> tuple[torch.nn.Module, Callable[[int], tuple[Tensor, ...]]]:
    def inputs(side: int) -> tuple[Tensor, ...]:
        n = side // STRIDE
        weights = query_weights(torch.rand(1, 1, n, n) > 0.5)
        keys = (torch.rand(1, INNER, n // RATE, n // RATE) for _ in range(2))
        return (torch.rand(1, INNER, n, n), *keys, weights)

    return _Attention(held), inputs


NETWORKS = {"net-t": _net_t, "net-m": _net_m, "joint": _joint}
ATTENTIONS = {"attention": False, "attention, matrix held": True}


def cost(name: str, side: int, width: float, device: str) -> tuple[int, int, float, float]:
    """Parameters, multiply-adds, seconds (the better of two) and MiB of one forward pass."""
    module, inputs = NETWORKS[name](width) if name in NETWORKS else _attention(ATTENTIONS[name])
    module = module.to(device).eval()
    given = [x.to(device) for x in inputs(side)]
    with torch.inference_mode():
        before = _peak(device)
        seconds = min(_timed(module, given, device) for _ in range(2))
        memory = _peak(device) - before
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        module(*given)
    # torch counts no attention on CPUs.
    operations = counter.get_total_flops() // 2 if name in NETWORKS else 2 * INNER * (side // STRIDE) ** 4 // RATE**2
    return sum(p.numel() for p in module.parameters()), operations, seconds, memory


def _timed(module: torch.nn.Module, given: list[Tensor], device: str) -> float:
    begun = time.perf_counter()
    module(*given)
    if device == "cuda":
        torch.cuda.synchronize()
    return time.perf_counter() - begun


def _peak(device: str) -> float:
    """MiB."""
    if device == "cuda":
        return torch.cuda.max_memory_allocated() / 2**20
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**10


def _photo(side: int) -> Tensor:
    return torch.rand(1, 3, side, side)


def _trimap(side: int) -> Tensor:
    classes = torch.randint(0, 3, (1, side // 32, side // 32)).repeat_interleave(32, 1).repeat_interleave(32, 2)
    return torch.nn.functional.one_hot(classes, 3).permute(0, 3, 1, 2).float()


if __name__ == "__main__":
    main()
