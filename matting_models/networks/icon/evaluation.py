"""IconMatting in evaluations."""

from argparse import Namespace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matting_models.networks.evaluation import Loaded
from matting_models.weights import models_extra


def load(given: Namespace) -> Loaded:
    """See ``matting_models.networks.evaluation.Load``."""
    with models_extra("evaluation of IconMatting"):
        from matting_models.networks.icon.model import IconMatting
    model = IconMatting.from_pretrained(Path(given.weights), given.backbone, given.device, given.precision)
    return _FromReference(model), str(model.precision)


class _FromReference:
    """See ``matting_models.evaluation.predicting.FromReference``."""

    def __init__(self, model: Any) -> None:
        self._model = model

    def remember(self, photo: NDArray[np.uint8], alpha: NDArray[np.uint8]) -> Any:
        return self._model.tokens(self._model.reference_features(photo), alpha)

    def matte(self, photo: NDArray[np.uint8], remembered: Any) -> NDArray[np.float32]:
        found: NDArray[np.float32] = self._model.predict(photo, remembered).alpha
        return found
