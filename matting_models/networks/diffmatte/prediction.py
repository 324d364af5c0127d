"""DiffMatte on the command line of prediction."""

from argparse import ArgumentParser, Namespace

from matting_models.networks.beside_photo import predicting_from
from matting_models.networks.prediction import Predict
from matting_models.networks.trimap_argument import add_trimap, read_trimap
from matting_models.weights import models_extra

with models_extra("prediction"):
    from matting_models.crop_network import photo_by_photo
    from matting_models.networks.diffmatte.backend import DiffMatteBackend


class DiffMattePrediction:
    """See ``matting_models.networks.prediction.Prediction``."""

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Weights, trimap, and how noise becomes a matte."""
        parser.add_argument(
            "--weights", required=True, help="folder that a conversion or training wrote: its --out, or a checkpoint"
        )
        add_trimap(parser)
        parser.add_argument("--steps", type=int, help="of the sampler, in the place of the weights' own")
        parser.add_argument("--seed", type=int, help="of the noise, in the place of the weights' own")

    def open(self, given: Namespace) -> Predict:
        """One alpha."""
        trimap = read_trimap(given.trimap)
        model = DiffMatteBackend(given.weights, given.device, given.precision, steps=given.steps, seed=given.seed)
        return predicting_from("--trimap", given.trimap, trimap, photo_by_photo(model))
