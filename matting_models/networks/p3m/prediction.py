"""P3M-Net on the command line of prediction."""

from argparse import ArgumentParser, Namespace

import numpy as np
from numpy.typing import NDArray

from matting_models.errors import InputError
from matting_models.networks.beside_photo import predicting_from
from matting_models.networks.mask_argument import add_mask, read_mask
from matting_models.networks.prediction import Predict
from matting_models.weights import models_extra

with models_extra("prediction"):
    import torch

    from matting_models.networks.p3m.model import P3M


class P3MPrediction:
    """See ``matting_models.networks.prediction.Prediction``."""

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Mask and weights."""
        add_mask(parser)
        parser.add_argument("--weights", required=True, help="folder that training wrote: its --out, or a checkpoint")

    def open(self, given: Namespace) -> Predict:
        """One alpha."""
        mask = read_mask(given.mask)
        model = P3M.from_pretrained(given.weights, given.device, given.precision)

        def predict(image: NDArray[np.uint8], inside: NDArray[np.uint8]) -> NDArray[np.float32]:
            try:
                return model.predict_from_mask(image, inside)
            except torch.OutOfMemoryError as error:
                raise InputError("out of GPU memory: use --precision bf16, or --device cpu") from error

        return predicting_from("--mask", given.mask, mask, predict)
