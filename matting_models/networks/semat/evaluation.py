"""SEMat in evaluations."""

from argparse import Namespace

from matting_models.networks.evaluation import Loaded
from matting_models.weights import models_extra


def load(given: Namespace) -> Loaded:
    """See ``matting_models.networks.evaluation.Load``."""
    with models_extra("evaluation of SEMat"):
        from matting_models.networks.semat import SEMat
    model = SEMat.from_pretrained(given.weights, given.backbone, given.device, given.precision)
    return model.predict_unrounded, str(model.precision)
