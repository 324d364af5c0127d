"""Net-T on the command line of prediction."""

from argparse import ArgumentParser, Namespace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from matting_models.errors import InputError
from matting_models.networks.net_t.predictor import TrimapNetwork
from matting_models.networks.prediction import Predict
from matting_models.pictures import PictureProblem, read_grey, size_text
from pipelines.labelling.matting import MattingFailed


class NetTPrediction:
    """See ``matting_models.networks.prediction.Prediction``; what it gives is a trimap over 255."""

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Mask and weights."""
        parser.add_argument("--mask", required=True, type=Path, help="grey picture of the photo's size, white inside")
        parser.add_argument("--weights", required=True, help="folder that training wrote")

    def open(self, given: Namespace) -> Predict:
        """One trimap."""
        try:
            mask = (read_grey(given.mask) > 127).view(np.uint8)
            network = TrimapNetwork(given.weights, given.device, given.precision)
        except (PictureProblem, ValueError, FileNotFoundError) as problem:
            raise InputError(str(problem)) from problem
        if not mask.any():
            raise InputError(f"--mask {given.mask} is empty: no pixel is above 127")

        def predict(image: NDArray[np.uint8]) -> list[NDArray[np.float32]]:
            if mask.shape != image.shape[:2]:
                raise InputError(
                    f"--mask {given.mask} is {size_text(mask)}, the photo {size_text(image)}; expected the same"
                )
            try:
                return [network.trimap(image, mask).astype(np.float32) / np.float32(255)]
            except MattingFailed as failed:
                raise InputError(str(failed)) from failed

        return predict
