"""SMat in evaluations, its prompts made from the true mattes as its authors make them."""

import zlib
from argparse import Namespace

import numpy as np
from numpy.typing import NDArray

from matting_models.errors import InputError
from matting_models.networks.evaluation import Loaded
from matting_models.networks.smat.drawn_prompts import CERTAIN, Kind, Pen, evaluation_prompt, pen_of, tight_box
from matting_models.networks.smat.marks import Mark
from matting_models.networks.smat.prompts import Marked
from matting_models.networks.smat.view import resized
from matting_models.weights import models_extra

TIGHT = "refmatte-rw100"
"""The benchmark whose boxes are smaller."""


def load(given: Namespace) -> Loaded:
    """See ``matting_models.networks.evaluation.Load``; ``given.prompt`` is the kind."""
    with models_extra("evaluation of SMat"):
        from matting_models.networks.smat.model import SMat
    model = SMat.from_pretrained(given.weights, given.device, given.precision)
    pen = pen_of(model.config)

    def predict(
        photo: NDArray[np.uint8], truth: NDArray[np.float64], mask: NDArray[np.uint8] | None
    ) -> NDArray[np.float32]:
        if mask is not None:
            return model.predict(photo, Marked(mask))
        alpha = resized(truth.astype(np.float32), model.view(photo).size)
        return model.predict_marks(photo, [mark_of(given.prompt, alpha, pen, tight=given.dataset == TIGHT)])[0]

    return predict, str(model.precision)


def mark_of(kind: Kind, alpha: NDArray[np.float32], pen: Pen, tight: bool) -> Mark:
    """A prompt from a true matte; what is drawn at random depends on the matte alone.

    Args:
        kind: of prompt.
        alpha: (H, W) in [0, 1].
        pen: sizes.
        tight: whether boxes are RefMatte-RW100's.

    Raises:
        InputError: the matte is 0 everywhere, and the prompt is to mark something.
    """
    if kind != "none" and not alpha.any():
        raise InputError("the true matte is 0 everywhere: there is nothing to mark")
    if kind == "box" and tight and (alpha > CERTAIN).any():
        return tight_box(alpha)
    return evaluation_prompt(kind, alpha, pen, np.random.default_rng(zlib.crc32(alpha.tobytes())))
