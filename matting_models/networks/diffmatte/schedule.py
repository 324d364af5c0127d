"""The learning rate over a run, as in the authors' configurations."""

from matting_models.networks.diffmatte.config import EncoderName

WARMUP_START = 0.001
"""Factor of the first iteration."""

_SLOW = ((140 / 150, 0.01), (90 / 150, 0.05), (30 / 150, 0.1))
STEPS: dict[EncoderName, tuple[tuple[float, float], ...]] = {
    "vit-s": _SLOW[1:],
    "vit-b": ((140 / 170, 0.01), (90 / 170, 0.05), (30 / 170, 0.1)),
    "swin-t": _SLOW,
    "res34": _SLOW,
}
"""From this share of the iterations on, this factor."""


def rate_factor(encoder: EncoderName, iteration: int, iterations: int, warmup: int) -> float:
    """What every learning rate is multiplied with.

    Args:
        encoder: of the network.
        iteration: from 0.
        iterations: of the whole run.
        warmup: iterations over which the factor rises linearly from ``WARMUP_START``; 0 for none.
    """
    factor = next((f for share, f in STEPS[encoder] if iteration >= share * iterations), 1.0)
    if iteration < warmup:
        factor *= WARMUP_START + (1 - WARMUP_START) * iteration / warmup
    return factor
