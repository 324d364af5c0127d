"""What training lowers (section 3.2.1 of the paper)."""

from torch import Tensor

HARD = 0.5
"""Share of the pixels, those of the largest errors, that count once more."""


def objective(coarse: Tensor, refined: Tensor, truth: Tensor, counted: Tensor) -> dict[str, Tensor]:
    """Mean absolute error, and that of its worse half, of the coarse and of the refined alpha.

    Args:
        coarse, refined, truth: (B, 1, H, W) float32.
        counted: the same, bool: the pixels that count, all of the batch together; possibly none.

    Returns:
        Every term by name; ``loss`` is their sum.
    """
    terms = {}
    for name, alpha in (("coarse", coarse), ("refined", refined)):
        errors = (alpha - truth).abs()[counted]
        hardest = errors.topk(round(errors.numel() * HARD), sorted=False).values
        terms[f"{name}_l1"], terms[f"{name}_hard"] = _mean(errors), _mean(hardest)
    return {"loss": sum(terms.values(), start=coarse.new_zeros(())), **terms}


def _mean(errors: Tensor) -> Tensor:
    """0 of none."""
    return errors.sum() / max(errors.numel(), 1)
