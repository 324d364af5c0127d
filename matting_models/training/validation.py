"""How good a network is on samples that training never sees."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from accelerate import Accelerator
from numpy.typing import NDArray
from torch.utils.data import DataLoader

from matting_models.training.processes import gather
from matting_models.training.protocol import Network

PICTURES = 8
"""Rows of a sheet."""


@dataclass(slots=True)
class Validation:
    """What came of a validation.

    Attributes:
        means: of every score over all samples of all processes.
        samples: how many counted.
        sheet: (rows, cells, 3) uint8 RGB picture of the first ones; None on other processes than the first.
        skipped: sample_id to reason, of those that this process could not read.
    """

    means: dict[str, float]
    samples: int
    sheet: NDArray[np.uint8] | None = None
    skipped: dict[str, str] = field(default_factory=dict)


@torch.no_grad()
def validate(network: Network, loader: DataLoader[Any], accelerator: Accelerator) -> Validation:
    """Judge every sample of this process's share and average over all processes.

    Args:
        network: its modules are put into evaluation mode for the while.
        loader: gives batches of the network's examples.
        accelerator: gives device, precision and the other processes.
    """
    for module in network.modules.values():
        module.eval()
    sums: dict[str, float] = {}
    samples = 0
    rows: list[NDArray[np.uint8]] = []
    skipped: dict[str, str] = {}
    for batch in loader:
        skipped.update(batch.skipped)
        if not batch.sample_ids:
            continue
        wanted = PICTURES - len(rows) if accelerator.is_main_process else 0
        with accelerator.autocast():
            judged = network.judge(batch.to(accelerator.device), wanted)
        for one in judged:
            samples += 1
            _add(sums, one.scores)
            if one.picture is not None:
                rows.append(one.picture)
    for module in network.modules.values():
        module.train()
    totals: dict[str, float] = {}
    parts = gather((sums, samples), accelerator.num_processes)
    for part, _ in parts:
        _add(totals, part)
    count = sum(number for _, number in parts)
    return Validation(
        {name: total / count for name, total in totals.items()},
        count,
        np.concatenate(rows) if rows else None,
        skipped,
    )


def _add(sums: dict[str, float], scores: dict[str, float]) -> None:
    for name, value in scores.items():
        sums[name] = sums.get(name, 0.0) + float(value)
