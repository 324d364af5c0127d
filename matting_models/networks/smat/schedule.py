"""The learning rate over a run."""

WARMUP_START = 0.001
"""Factor of the first iteration."""
STEPS = ((0.6, 0.05), (0.3, 0.1))
"""From this share of the iterations on, this factor: the authors' epochs 60 and 30 of 100."""


def rate_factor(iteration: int, iterations: int, warmup: int) -> float:
    """What learning rates are multiplied with.

    Args:
        iteration: from 0.
        iterations: of the whole run.
        warmup: iterations over which it rises linearly from 0.001; 0 for none.
    """
    factor = next((f for share, f in STEPS if iteration >= share * iterations), 1.0)
    if iteration < warmup:
        factor *= WARMUP_START + (1 - WARMUP_START) * iteration / warmup
    return factor
