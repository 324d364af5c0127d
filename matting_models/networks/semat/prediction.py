"""SEMat on the command line of prediction."""

from argparse import ArgumentParser, Namespace

import numpy as np
from numpy.typing import NDArray

from matting_models.errors import InputError
from matting_models.networks.prediction import Predict
from matting_models.weights import models_extra

with models_extra("prediction"):
    import torch

    from matting_models.networks.semat import SEMat


class SEMatPrediction:
    """See ``matting_models.networks.prediction.Prediction``."""

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Weights, boxes, where the backbone is."""
        parser.add_argument("--weights", required=True, help="folder that training wrote: its --out, or a checkpoint")
        parser.add_argument(
            "--box", required=True, nargs=4, type=float, action="append", metavar=("X0", "Y0", "X1", "Y1"),
            help="pixels of the photo, X1 and Y1 exclusive; several --box encode the photo once",
        )  # fmt: skip
        parser.add_argument(
            "--backbone", help="where the Segment Anything model is now, if not where it was in training"
        )

    def open(self, given: Namespace) -> Predict:
        """One alpha for each box."""
        model = SEMat.from_pretrained(given.weights, given.backbone, given.device, given.precision)

        def predict(image: NDArray[np.uint8]) -> list[NDArray[np.float32]]:
            try:
                if len(given.box) == 1:
                    return [model.predict(image, given.box[0])]
                model.set_image(image)
                return model.predict_boxes(given.box)
            except torch.OutOfMemoryError as error:
                raise InputError("out of GPU memory: use --precision bf16, or --device cpu") from error

        return predict
