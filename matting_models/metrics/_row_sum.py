"""Sum of a row in compiled code."""

import numpy as np
from numpy.typing import NDArray

from matting_models.compiled import compiled


@compiled("float64(float64[::1])")
def row_sum(values: NDArray[np.float64]) -> float:
    """Sum in four lanes: one after the other, every addition would wait for the last."""
    a, b, c, d = 0.0, 0.0, 0.0, 0.0
    fours = len(values) // 4
    for i in range(fours):
        a += values[4 * i]
        b += values[4 * i + 1]
        c += values[4 * i + 2]
        d += values[4 * i + 3]
    for i in range(4 * fours, len(values)):
        a += values[i]
    return (a + b) + (c + d)
