"""The learning rate over a run."""

WARMUP_START = 0.001
"""Factor of the first iteration."""

STEPS = ((0.75, 0.2), (0.5, 0.5))
"""From this share of the iterations on, this factor."""


def rate_factor(iteration: int, iterations: int, warmup: int) -> float:
    """What the learning rate is multiplied with (SEMat paper, section 5; the authors' schedule).

    1, from half-way 0.5, from three quarters 0.2; rising linearly from 0.001 over the warm-up.

    Args:
        iteration: from 0.
        iterations: of the whole run.
        warmup: iterations of warm-up; 0 for none.
    """
    factor = next((f for share, f in STEPS if iteration >= share * iterations), 1.0)
    if iteration < warmup:
        factor *= WARMUP_START + (1 - WARMUP_START) * iteration / warmup
    return factor
