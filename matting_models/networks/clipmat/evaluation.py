"""CLIPMat in evaluations."""

from argparse import Namespace

import numpy as np
from numpy.typing import NDArray

from matting_models.networks.evaluation import Loaded
from matting_models.refmatte_layout import Text
from matting_models.weights import models_extra


def load(given: Namespace) -> Loaded:
    """See ``matting_models.networks.evaluation.Load``."""
    with models_extra("evaluation of CLIPMat"):
        from matting_models.networks.clipmat.model import CLIPMat
    model = CLIPMat.from_pretrained(given.weights, given.device, given.precision)

    def predict(photo: NDArray[np.uint8], text: Text) -> NDArray[np.float32]:
        return model.predict_each(photo, [text])[0]

    return predict, str(model.precision)
