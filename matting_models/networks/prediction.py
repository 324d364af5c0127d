"""What a network brings to ``python -m matting_models.predict``."""

from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Predict = Callable[[NDArray[np.uint8]], list[NDArray[np.float32]]]
"""From a photo, (H, W, 3) uint8 RGB, to alphas, each (H, W) float32 in [0, 1]."""


class Prediction(Protocol):
    """The command line has --image, --out, --device and --precision already.

    Of networks that start from a reference it has --images, a folder, in the place of --image.
    """

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Weights, and what marks the instance: a box, a mask, a text."""
        ...

    def open(self, given: Namespace) -> Predict:
        """Load the network.

        Raises:
            InputError: weights or arguments cannot be used; ``Predict`` raises it too.
        """
        ...
