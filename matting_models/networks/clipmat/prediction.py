"""CLIPMat on the command line of prediction."""

from argparse import ArgumentParser, Namespace

import numpy as np
from numpy.typing import NDArray

from matting_models.errors import InputError
from matting_models.networks.prediction import Predict
from matting_models.weights import models_extra

with models_extra("prediction"):
    import torch

    from matting_models.networks.clipmat.model import CLIPMat
    from matting_models.networks.p3m.model import P3M


class CLIPMatPrediction:
    """See ``matting_models.networks.prediction.Prediction``."""

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Weights, what is meant, and what refines it."""
        parser.add_argument("--weights", required=True, help="folder that training wrote: its --out, or a checkpoint")
        parser.add_argument(
            "--text",
            required=True,
            help="what is meant: an expression, such as 'the brown dog to the left of the girl', or, of weights of the "
            "keyword setting, the name of a category; no word is unknown, but rare ones, other scripts and emoji take "
            "several of the tokens that fit",
        )
        parser.add_argument("--refiner", help="folder that training p3m wrote, to refine the alpha; none without")

    def open(self, given: Namespace) -> Predict:
        """One alpha."""
        model = CLIPMat.from_pretrained(given.weights, given.device, given.precision)
        refiner = P3M.from_pretrained(given.refiner, given.device, given.precision) if given.refiner else None

        def predict(image: NDArray[np.uint8]) -> list[NDArray[np.float32]]:
            try:
                alpha = model.predict(image, given.text)
                return [alpha if refiner is None else refiner.predict(image, alpha)]
            except torch.OutOfMemoryError as error:
                raise InputError("out of GPU memory: use --precision bf16, or --device cpu") from error

        return predict
