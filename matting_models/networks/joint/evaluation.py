"""The joint network in evaluations."""

from argparse import Namespace
from pathlib import Path

from matting_models.errors import InputError
from matting_models.networks.evaluation import Loaded
from matting_models.networks.joint.model import JointMatting


def load(given: Namespace) -> Loaded:
    """See ``matting_models.networks.evaluation.Load``; by hard fusion, the better one in the paper's tables."""
    if given.weights is None:
        raise InputError("--model joint needs --weights, a folder that training joint wrote")
    model = JointMatting(Path(given.weights), given.device, given.precision, "hard")
    return model.predict, model.revision
