"""CLIPMat in evaluations, with a refiner or without."""

from argparse import Namespace

import numpy as np
from numpy.typing import NDArray

from matting_models.errors import InputError
from matting_models.networks.evaluation import Loaded
from matting_models.refmatte_layout import KEYWORD, Text
from matting_models.weights import models_extra


def load(given: Namespace) -> Loaded:
    """See ``matting_models.networks.evaluation.Load``.

    Raises:
        InputError: expressions for weights that know keywords, of which they would take the short ones alone.
    """
    with models_extra("evaluation of CLIPMat"):
        from matting_models.networks.clipmat.model import CLIPMat
        from matting_models.networks.p3m.model import P3M
    model = CLIPMat.from_pretrained(given.weights, given.device, given.precision)
    if model.config.setting == KEYWORD != given.setting:
        raise InputError(f"{given.weights} was trained on keywords: give --setting keyword, found {given.setting}")
    refiner = P3M.from_pretrained(given.refiner, given.device, given.precision) if given.refiner else None

    def predict(photo: NDArray[np.uint8], text: Text) -> NDArray[np.float32]:
        alpha = model.predict_each(photo, [text])[0]
        return alpha if refiner is None else refiner.predict(photo, alpha)

    return predict, str(model.precision)
