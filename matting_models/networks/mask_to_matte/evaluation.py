"""Mask-to-matte in evaluations; needs no torch on the CPU."""

from argparse import Namespace

from matting_models.errors import InputError
from matting_models.networks.evaluation import Loaded
from matting_models.networks.mask_to_matte.model import MaskToMatte


def load(given: Namespace) -> Loaded:
    """See ``matting_models.networks.evaluation.Load``."""
    try:
        model = MaskToMatte(given.weights, given.device, given.precision)
    except (ValueError, FileNotFoundError) as error:
        raise InputError(str(error)) from error
    return model.predict, model.revision
