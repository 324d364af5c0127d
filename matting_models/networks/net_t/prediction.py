"""Net-T on the command line of prediction."""

from argparse import ArgumentParser, Namespace

import numpy as np
from numpy.typing import NDArray

from matting_models.errors import InputError
from matting_models.networks.beside_photo import predicting_from
from matting_models.networks.mask_argument import add_mask, read_mask
from matting_models.networks.net_t.predictor import TrimapNetwork
from matting_models.networks.prediction import Predict


class NetTPrediction:
    """See ``matting_models.networks.prediction.Prediction``; what it gives is a trimap over 255."""

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Mask and weights."""
        add_mask(parser)
        parser.add_argument("--weights", required=True, help="folder that training wrote")

    def open(self, given: Namespace) -> Predict:
        """One trimap."""
        mask = read_mask(given.mask)
        try:
            network = TrimapNetwork(given.weights, given.device, given.precision)
        except (ValueError, FileNotFoundError) as problem:
            raise InputError(str(problem)) from problem

        def trimap(image: NDArray[np.uint8], inside: NDArray[np.uint8]) -> NDArray[np.float32]:
            return network.trimap(image, inside).astype(np.float32) / np.float32(255)

        return predicting_from("--mask", given.mask, mask, trimap)
