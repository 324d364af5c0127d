"""Learning rates over a run."""

import math


def warm_cosine(iteration: int, iterations: int, warmup: int, last: float = 0.0) -> float:
    """What a rate is multiplied with: rises linearly over the warm-up, then falls along half a cosine.

    Args:
        iteration: from 0.
        iterations: of the whole run.
        warmup: iterations of the rise; 0 for none.
        last: factor at the end.
    """
    if iteration < warmup:
        return (iteration + 1) / warmup
    share = (iteration - warmup) / max(1, iterations - warmup)
    return last + (1 - last) * (1 + math.cos(math.pi * share)) / 2
