"""P3M-Net in evaluations."""

from argparse import Namespace

from matting_models.errors import InputError
from matting_models.networks.evaluation import Loaded
from matting_models.weights import models_extra


def load(given: Namespace) -> Loaded:
    """See ``matting_models.networks.evaluation.Load``."""
    if given.weights is None:
        raise InputError("--model p3m needs --weights, a folder that training p3m wrote")
    with models_extra("evaluation of P3M-Net"):
        from matting_models.networks.p3m.model import P3M
    model = P3M.from_pretrained(given.weights, given.device, given.precision)
    return model.predict_from_mask, str(model.precision)
