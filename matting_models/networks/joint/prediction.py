"""The joint network on the command line of prediction."""

from argparse import ArgumentParser, Namespace
from pathlib import Path

from matting_models.networks.beside_photo import predicting_from
from matting_models.networks.joint.fusion import FUSIONS
from matting_models.networks.joint.model import JointMatting
from matting_models.networks.mask_argument import add_mask, read_mask
from matting_models.networks.prediction import Predict


class JointPrediction:
    """See ``matting_models.networks.prediction.Prediction``."""

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Mask, weights and fusion."""
        add_mask(parser)
        parser.add_argument("--weights", required=True, type=Path, help="folder that training wrote")
        parser.add_argument("--fusion", choices=FUSIONS, default="soft", help="of classes and alpha (default soft)")

    def open(self, given: Namespace) -> Predict:
        """One alpha."""
        mask = read_mask(given.mask)
        model = JointMatting(given.weights, given.device, given.precision, given.fusion)
        return predicting_from("--mask", given.mask, mask, model.predict)
