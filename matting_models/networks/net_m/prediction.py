"""Net-M on the command line of prediction."""

from argparse import ArgumentParser, Namespace

from matting_models.networks.beside_photo import predicting_from
from matting_models.networks.prediction import Predict
from matting_models.networks.trimap_argument import add_trimap, read_trimap
from matting_models.weights import models_extra

with models_extra("prediction"):
    from matting_models.crop_network import photo_by_photo
    from matting_models.networks.net_m.backend import NetMBackend


class NetMPrediction:
    """See ``matting_models.networks.prediction.Prediction``."""

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Weights and trimap."""
        parser.add_argument("--weights", required=True, help="folder that training wrote: its --out, or a checkpoint")
        add_trimap(parser)

    def open(self, given: Namespace) -> Predict:
        """One alpha."""
        trimap = read_trimap(given.trimap)
        model = NetMBackend(given.weights, given.device, given.precision)
        return predicting_from("--trimap", given.trimap, trimap, photo_by_photo(model))
