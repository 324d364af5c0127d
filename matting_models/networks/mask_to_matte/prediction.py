"""Mask-to-matte on the command line of prediction; needs no torch on the CPU."""

from argparse import ArgumentParser, Namespace

from matting_models.errors import InputError
from matting_models.networks.beside_photo import predicting_from
from matting_models.networks.mask_argument import add_mask, read_mask
from matting_models.networks.mask_to_matte import MaskToMatte
from matting_models.networks.prediction import Predict


class MaskToMattePrediction:
    """See ``matting_models.networks.prediction.Prediction``."""

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Mask and weights."""
        add_mask(parser)
        parser.add_argument("--weights", help="folder that training wrote; default those that come with the package")

    def open(self, given: Namespace) -> Predict:
        """One alpha."""
        mask = read_mask(given.mask)
        try:
            model = MaskToMatte(given.weights, given.device, given.precision)
        except (ValueError, FileNotFoundError) as problem:
            raise InputError(str(problem)) from problem
        return predicting_from("--mask", given.mask, mask, model.predict)
