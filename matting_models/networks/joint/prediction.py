"""The joint network on the command line of prediction."""

from argparse import ArgumentParser, Namespace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from matting_models.errors import InputError
from matting_models.networks.joint.fusion import FUSIONS
from matting_models.networks.joint.model import JointMatting
from matting_models.networks.prediction import Predict
from matting_models.pictures import PictureProblem, read_grey, size_text


class JointPrediction:
    """See ``matting_models.networks.prediction.Prediction``."""

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Mask, weights and fusion."""
        parser.add_argument("--mask", required=True, type=Path, help="grey picture of the photo's size, white inside")
        parser.add_argument("--weights", required=True, type=Path, help="folder that training wrote")
        parser.add_argument("--fusion", choices=FUSIONS, default="soft", help="of classes and alpha (default soft)")

    def open(self, given: Namespace) -> Predict:
        """One alpha."""
        try:
            mask = (read_grey(given.mask) > 127).view(np.uint8)
        except PictureProblem as problem:
            raise InputError(str(problem)) from problem
        if not mask.any():
            raise InputError(f"--mask {given.mask} is empty: no pixel is above 127")
        model = JointMatting(given.weights, given.device, given.precision, given.fusion)

        def predict(image: NDArray[np.uint8]) -> list[NDArray[np.float32]]:
            if mask.shape != image.shape[:2]:
                raise InputError(
                    f"--mask {given.mask} is {size_text(mask)}, the photo {size_text(image)}; expected the same"
                )
            return [model.predict(image, mask)]

        return predict
