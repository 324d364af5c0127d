"""All metrics of one matte at once."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matting_models.metrics._pair import make_pair
from matting_models.metrics.conn import conn_of
from matting_models.metrics.grad import grad_of
from matting_models.metrics.mad import mad_of
from matting_models.metrics.mse import mse_of
from matting_models.metrics.sad import sad_of


@dataclass(frozen=True, slots=True)
class Scores:
    """Metrics of one matte.

    Attributes:
        sad, mse, mad, grad, conn, conn_port: as the functions of the same names give.
        pixels: number of pixels of the region.
    """

    sad: float
    mse: float
    mad: float
    grad: float
    conn: float
    conn_port: float
    pixels: int


def score(
    prediction: NDArray[np.floating],
    truth: NDArray[np.floating],
    region: NDArray[np.bool_] | None = None,
    *,
    stretch: bool = False,
) -> Scores:
    """SAD, MSE, MAD, Grad and both forms of Conn; checks and components are shared.

    Args:
        prediction, truth: (H, W) floats in [0, 1].
        region: (H, W) bool, the pixels that count, such as ``unknown_region(trimap)``; None for the whole image.
        stretch: see ``grad``.

    Raises:
        ValueError: sizes differ, no floats, NaN or values outside [0, 1].
    """
    pair = make_pair(prediction, truth, region)
    connectivity = conn_of(pair)
    return Scores(
        sad=sad_of(pair),
        mse=mse_of(pair),
        mad=mad_of(pair),
        grad=grad_of(pair, stretch=stretch),
        conn=connectivity.definition,
        conn_port=connectivity.port,
        pixels=pair.pixels,
    )
