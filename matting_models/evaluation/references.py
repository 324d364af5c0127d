"""Which reference a sample is found by, where a method starts from one."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from matting_models.evaluation.samples import Sample


def with_references(samples: Sequence[Sample], count: int, seed: int) -> list[Sample]:
    """Every sample so many times, each time with one of its references.

    Which ones follows from the seed and the sample's name alone. All that there are come before any comes twice.

    Args:
        samples: each with references.
        count: at least 1.
        seed: at least 0.

    Returns:
        The samples of every drawing, one drawing after the other; ids begin with its number.
    """
    orders = [_order(sample, seed) for sample in samples]
    return [
        replace(
            sample,
            id=f"{draw}/{sample.id}",
            image_id=f"{draw}/{sample.image_id}",
            references=(sample.references[order[draw % len(order)]],),
            draw=draw,
        )
        for draw in range(count)
        for sample, order in zip(samples, orders, strict=True)
    ]


def _order(sample: Sample, seed: int) -> list[int]:
    rng = np.random.default_rng([seed, *sample.id.encode()])
    return [int(number) for number in rng.permutation(len(sample.references))]
