"""All metrics on one 1024x768 image against the plain SciPy and scikit-image formulation.

``python -m benchmarks.metrics``

Ours computes both forms of Conn, the plain formulation one. Both run in one process; each time is the best of
several, since the machine is shared.
"""

import argparse
import time
from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.plain_metrics import plain_scores
from matting_models.metrics import score

Matte = NDArray[np.float64]
HEIGHT, WIDTH = 768, 1024


def main() -> None:
    """Print a line a case."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    region = np.ones((HEIGHT, WIDTH), np.bool_)
    print(f"{'case':28} {'differing':>9} {'ours':>9} {'plain':>9} {'ratio':>6} {'agree to':>9} {'Conn':>6} {'port':>6}")
    for name, (prediction, truth) in cases().items():
        ours, plain = score(prediction, truth), plain_scores(prediction, truth, region)
        worst = max(abs(getattr(ours, key) - value) / value for key, value in plain.items())
        fast = best(lambda p=prediction, t=truth: score(p, t), 15)  # type: ignore[misc]
        slow = best(lambda p=prediction, t=truth: plain_scores(p, t, region), 4)  # type: ignore[misc]
        share = float((prediction != truth).mean())
        print(
            f"{name:28} {share:9.1%} {fast * 1e3:6.1f} ms {slow * 1e3:6.1f} ms {slow / fast:5.1f}x {worst:9.0e} "
            f"{ours.conn:6.2f} {ours.conn_port:6.2f}",
            flush=True,
        )


def best(run: Callable[[], object], times: int) -> float:
    """Seconds of the fastest of several runs."""
    seconds = []
    for _ in range(times):
        begin = time.perf_counter()
        run()
        seconds.append(time.perf_counter() - begin)
    return min(seconds)


def cases() -> dict[str, tuple[Matte, Matte]]:
    """Predictions and truths, 8-bit values over 255: a figure with soft, ragged edges, judged right and less right."""
    rng = np.random.default_rng(0)
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    distance = np.hypot((y - 400) / 330, (x - 500) / 250)
    truth = _bytes((1.05 - distance) * 8 + 0.15 * np.sin(x / 3) * np.cos(y / 4))
    soft = (truth > 0) & (truth < 1)
    noise = rng.standard_normal(truth.shape)
    blurred = cv2.GaussianBlur(truth, (0, 0), 3)
    clouds = cv2.GaussianBlur(rng.random(truth.shape), (0, 0), 2)
    pieces = _bytes((clouds - clouds.mean()) * 12 + 0.5)
    lost = blurred * (1 - np.clip(1.5 - np.hypot((y - 150) / 80, (x - 500) / 120), 0, 1))
    return {
        "blurred, noise in the band": (_bytes(blurred + 0.05 * noise * soft), truth),
        "part of it lost": (_bytes(lost), truth),
        "shifted by 12 pixels": (_bytes(np.roll(truth, 12, axis=1)), truth),
        "noise everywhere": (_bytes(truth + 0.02 * noise), truth),
        "thousands of pieces": (_bytes(pieces + 0.05 * noise), pieces),
    }


def _bytes(alpha: NDArray[np.floating]) -> Matte:
    return np.rint(np.clip(alpha, 0, 1) * 255) / 255


if __name__ == "__main__":
    main()
