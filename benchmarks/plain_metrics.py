"""The plain SciPy and scikit-image formulation of the matting metrics: what the field's ports do, line by line.

The benchmark measures against it, the tests agree with it.
"""

import numpy as np
import scipy.ndimage
import skimage.measure
from numpy.typing import NDArray

Matte = NDArray[np.float64]


def plain_grad(prediction: Matte, truth: Matte, region: NDArray[np.bool_]) -> float:
    """Gradient error with two-dimensional convolutions."""
    sigma = 1.4
    radius = int(np.ceil(sigma * np.sqrt(-2 * np.log(np.sqrt(2 * np.pi) * sigma * 0.01))))
    x = np.arange(-radius, radius + 1)
    gaussian = np.exp(-(x**2) / (2 * sigma**2)) / (sigma * np.sqrt(2 * np.pi))
    across = np.outer(gaussian, -x * gaussian / sigma**2)
    across /= np.sqrt((across**2).sum())

    def magnitude(alpha: Matte) -> Matte:
        gx = scipy.ndimage.convolve(alpha, across, mode="nearest")
        gy = scipy.ndimage.convolve(alpha, across.T, mode="nearest")
        return np.sqrt(gx**2 + gy**2)

    return float(((magnitude(prediction) - magnitude(truth)) ** 2)[region].sum() / 1000)


def plain_conn(prediction: Matte, truth: Matte, region: NDArray[np.bool_], *, port: bool = False) -> float:
    """Connectivity error with scikit-image's labels; ``port`` counts the background among the components."""
    thresholds = np.arange(0, 1.1, 0.1)
    levels = np.full(truth.shape, -1.0)
    for i in range(1, len(thresholds)):
        labels = skimage.measure.label((prediction >= thresholds[i]) & (truth >= thresholds[i]), connectivity=1)
        sizes = np.bincount(labels.flat)
        if not port:
            sizes[0] = 0
        largest = labels == sizes.argmax() if port or sizes.any() else np.zeros_like(labels, bool)
        levels[(levels == -1) & ~largest] = thresholds[i - 1]
    levels[levels == -1] = 1

    def phi(alpha: Matte) -> Matte:
        distance = alpha - levels
        return 1 - distance * (distance >= 0.15)

    return float(np.abs(phi(prediction) - phi(truth))[region].sum() / 1000)


def plain_scores(prediction: Matte, truth: Matte, region: NDArray[np.bool_]) -> dict[str, float]:
    """SAD, MSE, MAD, Grad and Conn, by the names of ``matting_models.metrics``."""
    error = np.abs(prediction - truth)[region]
    return {
        "sad": float(error.sum() / 1000),
        "mse": float((error**2).mean()),
        "mad": float(error.mean()),
        "grad": plain_grad(prediction, truth, region),
        "conn": plain_conn(prediction, truth, region),
    }
