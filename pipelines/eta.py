"""eta, by which the band around a mask scales: the named rules and their values."""

from typing import Literal

KernelRule = Literal["measured", "printed", "paper"]

ETA = 32.0
"""eta of "measured", chosen from natural photographs with true alpha; see docs/decisions.md."""
PAPER_ETA = 12.0
"""eta in the paper."""


def default_eta(rule: KernelRule) -> float:
    """eta where none is given."""
    return ETA if rule == "measured" else PAPER_ETA
