"""DiffMatte in evaluations, as its authors evaluate it."""

from argparse import Namespace

from matting_models.networks.evaluation import Loaded
from matting_models.weights import models_extra


def load(given: Namespace) -> Loaded:
    """See ``matting_models.networks.evaluation.Load``."""
    with models_extra("evaluation of DiffMatte"):
        from matting_models.crop_network import photo_by_photo
        from matting_models.networks.diffmatte.authors import AuthorsDiffMatte
    model = AuthorsDiffMatte(given.weights, given.device, given.precision)
    return photo_by_photo(model), str(model.precision)
