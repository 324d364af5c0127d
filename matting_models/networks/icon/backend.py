"""IconMatting as a backend of the propagation job: it finds, segments and mattes at once."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matting_models.networks.icon.model import IconMatting
from matting_models.networks.icon.score import MIN_SCORE, object_score
from matting_models.weights import models_extra
from pipelines.labelling.matting import Matte
from pipelines.propagation.in_context_network import Discovery
from pipelines.propagation.segmenter import Encoding

with models_extra("the icon backend"):
    import torch

SURE = 0.98
"""Alphas beyond it, on either side, are taken for known: a sigmoid never quite gets there."""
_FEATURES = "features"


class IconBackend:
    """The ``icon`` backend, see ``pipelines.propagation.in_context_network.InContext`` and ``MaskMatting``.

    Args:
        weights: folder that training wrote.
        device, precision: as ``IconMatting.from_pretrained``.
    """

    name = "icon"
    batch_size = 1
    min_score = MIN_SCORE

    def __init__(self, weights: str, device: str = "auto", precision: str = "auto") -> None:
        self._model = IconMatting.from_pretrained(Path(weights), None, device, precision)
        self.revision, self.device = self._model.revision, str(self._model.device)
        self.reader = _Reader(self._model)
        self._last: tuple[NDArray[np.uint8], NDArray[np.float32]] | None = None

    def remember(self, references: Sequence[tuple[Encoding, NDArray[np.bool_]]]) -> Any:
        """Tokens of all references together."""
        each = [
            self._model.tokens(np.asarray(read[_FEATURES], np.float16), mask.view(np.uint8) * np.uint8(255))
            for read, mask in references
        ]
        return torch.cat(each)

    def find(self, image: NDArray[np.uint8], remembered: Any) -> Discovery:
        """Alpha, score and where it is alike."""
        found = self._model.predict(image, remembered)
        alpha = _settled(found.alpha)
        self._last = image, alpha
        return Discovery(alpha, found.similarity, object_score(alpha, found.similarity))

    def matte(self, image: NDArray[np.uint8], mask: NDArray[np.uint8]) -> Matte:
        """What ``find`` found in this picture last.

        Raises:
            ValueError: it was not looked at last.
        """
        if self._last is None or self._last[0] is not image:
            raise ValueError("the icon backend mattes what it has found by a reference, not masks")
        alpha = self._last[1]
        trimap = np.where(alpha == 0, 0, np.where(alpha == 1, 255, 128)).astype(np.uint8)
        return Matte(alpha, trimap)


class _Reader:
    """What of a reference can be kept: see ``pipelines.propagation.segmenter.Encoder``."""

    name = "icon"

    def __init__(self, model: IconMatting) -> None:
        self._model, config = model, model.config
        self.revision = f"{model.backbone.revision} {config.side} {config.timestep} {config.ensemble} {model.precision}"

    def encode(self, image: NDArray[np.uint8]) -> Encoding:
        """The reference's features."""
        return {_FEATURES: self._model.reference_features(image)}


def _settled(alpha: NDArray[np.float32]) -> NDArray[np.float32]:
    settled = alpha.copy()
    settled[alpha < 1 - SURE], settled[alpha > SURE] = 0, 1
    return settled
