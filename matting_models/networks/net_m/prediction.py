"""Net-M on the command line of prediction."""

from argparse import ArgumentParser, Namespace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from matting_models.errors import InputError
from matting_models.networks.prediction import Predict
from matting_models.pictures import PictureProblem, read_grey, size_text
from matting_models.weights import models_extra
from pipelines.labelling.matting import MattingFailed

with models_extra("prediction"):
    from matting_models.crop_network import Overflowed
    from matting_models.networks.net_m.backend import NetMBackend


class NetMPrediction:
    """See ``matting_models.networks.prediction.Prediction``."""

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Weights and trimap."""
        parser.add_argument("--weights", required=True, help="folder that training wrote: its --out, or a checkpoint")
        parser.add_argument(
            "--trimap", required=True, type=Path,
            help="grey picture of the photo's size: black background, white foreground, anything between unknown",
        )  # fmt: skip

    def open(self, given: Namespace) -> Predict:
        """One alpha."""
        try:
            trimap = read_grey(given.trimap)
        except PictureProblem as problem:
            raise InputError(str(problem)) from problem
        for kind, value in (("foreground", 255), ("background", 0)):
            if not (trimap == value).any():
                raise InputError(f"--trimap {given.trimap} has no known {kind}, expected a pixel of {value}")
        model = NetMBackend(given.weights, given.device, given.precision)

        def predict(image: NDArray[np.uint8]) -> list[NDArray[np.float32]]:
            if trimap.shape != image.shape[:2]:
                raise InputError(
                    f"--trimap {given.trimap} is {size_text(trimap)}, the photo {size_text(image)}; expected the same"
                )
            try:
                return [model(image, trimap)]
            except (MattingFailed, Overflowed) as failed:
                raise InputError(str(failed)) from failed

        return predict
