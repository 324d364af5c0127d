"""DiffMatte in evaluations."""

import sys
from argparse import Namespace

from matting_models.networks.evaluation import Loaded
from matting_models.weights import models_extra


def load(given: Namespace) -> Loaded:
    """See ``matting_models.networks.evaluation.Load``."""
    with models_extra("evaluation of DiffMatte"):
        from matting_models.crop_network import photo_by_photo
        from matting_models.networks.diffmatte.backend import DiffMatteBackend
    # No limit: a photo that is matted at reduced size is not evaluated at native size.
    model = DiffMatteBackend(given.weights, given.device, given.precision, max_crop_pixels=sys.maxsize)
    return photo_by_photo(model), str(model.precision)
