"""Networks that are narrower than in their papers, so that they train on two cores."""

STEP = 8


def scaled(channels: int, width: float) -> int:
    """A share of a paper's count of channels, rounded to a multiple of 8, and at least 8."""
    return max(STEP, STEP * round(channels * width / STEP))
