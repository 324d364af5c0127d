"""SMat on the command line of prediction."""

from argparse import ArgumentParser, ArgumentTypeError, Namespace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from matting_models.errors import InputError
from matting_models.networks.prediction import Predict
from matting_models.networks.smat.prompts import Box, Marked, Points, Prompt
from matting_models.pictures import PictureProblem, read_grey, size_text
from matting_models.weights import models_extra

with models_extra("prediction"):
    import torch

    from matting_models.networks.smat.model import SMat

_KINDS = ("box", "points", "scribble", "mask")


class SMatPrediction:
    """See ``matting_models.networks.prediction.Prediction``."""

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Weights, and one kind of prompt or none."""
        parser.add_argument("--weights", required=True, help="folder that training wrote: its --out, or a checkpoint")
        prompts = parser.add_argument_group("what is meant: one of these, or none for the salient foreground")
        prompts.add_argument(
            "--box", nargs=4, type=float, action="append", metavar=("X0", "Y0", "X1", "Y1"),
            help="pixels of the photo, X1 and Y1 exclusive; several --box give an alpha each",
        )  # fmt: skip
        prompts.add_argument("--points", nargs="+", type=_point, metavar="X,Y", help="on it, pixels of the photo")
        prompts.add_argument("--scribble", type=Path, help="grey picture of the photo's size, white strokes on it")
        prompts.add_argument("--mask", type=Path, help="grey picture of the photo's size, white inside")

    def open(self, given: Namespace) -> Predict:
        """One alpha for each box, else one."""
        prompts = _prompts(given)
        model = SMat.from_pretrained(given.weights, given.device, given.precision)

        def predict(image: NDArray[np.uint8]) -> list[NDArray[np.float32]]:
            for prompt in prompts:
                if isinstance(prompt, Marked) and prompt.pixels.shape != image.shape[:2]:
                    name = "scribble" if given.scribble else "mask"
                    raise InputError(
                        f"--{name} {getattr(given, name)} is {size_text(prompt.pixels)}, the photo {size_text(image)}; "
                        "expected the same"
                    )
            try:
                return model.predict_each(image, prompts)
            except torch.OutOfMemoryError as error:
                raise InputError("out of GPU memory: use --precision bf16, or --device cpu") from error

        return predict


def _prompts(given: Namespace) -> list[Prompt | None]:
    kinds = [f"--{kind}" for kind in _KINDS if getattr(given, kind) is not None]
    if len(kinds) > 1:
        raise InputError(f"{kinds[0]} and {kinds[1]} are two kinds of prompt, expected one, or none")
    if given.box:
        return [Box(corners) for corners in given.box]
    if given.points:
        return [Points(given.points)]
    if given.scribble or given.mask:
        return [Marked(_read("scribble" if given.scribble else "mask", given.scribble or given.mask))]
    return [None]


def _read(kind: str, path: Path) -> NDArray[np.bool_]:
    try:
        marked = read_grey(path) > 127
    except PictureProblem as problem:
        raise InputError(str(problem)) from problem
    if not marked.any():
        raise InputError(f"--{kind} {path} is empty: no pixel is above 127")
    return marked


def _point(word: str) -> tuple[float, float]:
    try:
        x, y = (float(part) for part in word.split(","))
    except ValueError:
        raise ArgumentTypeError(f"{word!r} is no point, expected X,Y such as 120,80") from None
    return x, y
