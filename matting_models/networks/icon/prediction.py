"""IconMatting on the command line of prediction."""

from argparse import ArgumentParser, Namespace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from matting_models.errors import InputError
from matting_models.networks.mask_argument import read_mask
from matting_models.networks.prediction import Predict
from matting_models.pictures import PictureProblem, read_photo, size_text
from matting_models.weights import models_extra
from pipelines.labelling.matting import MattingFailed

with models_extra("prediction"):
    from matting_models.networks.icon.model import IconMatting


class IconPrediction:
    """See ``matting_models.networks.prediction.Prediction``."""

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Weights, reference, where the backbone is."""
        parser.add_argument(
            "--weights", required=True, type=Path, help="folder that training wrote: its --out, or a checkpoint"
        )
        parser.add_argument("--reference", required=True, type=Path, help="photo of the object")
        parser.add_argument(
            "--reference-mask", required=True, type=Path, help="grey picture of its size, white on the object"
        )
        parser.add_argument(
            "--backbone", help="where the Stable Diffusion model is now, if not where it was in training"
        )

    def open(self, given: Namespace) -> Predict:
        """The reference is read once; then one alpha for each photo."""
        try:
            reference = read_photo(given.reference)
        except PictureProblem as problem:
            raise InputError(str(problem)) from problem
        mask = read_mask(given.reference_mask, "--reference-mask")
        if mask.shape != reference.shape[:2]:
            raise InputError(
                f"--reference-mask {given.reference_mask} is {size_text(mask)}, the reference {size_text(reference)}; "
                "expected the same"
            )
        model = IconMatting.from_pretrained(given.weights, given.backbone, given.device, given.precision)
        try:
            tokens = model.tokens(model.reference_features(reference), mask * np.uint8(255))
        except MattingFailed as failed:
            raise InputError(f"--reference {given.reference}: {failed}") from failed

        def predict(image: NDArray[np.uint8]) -> list[NDArray[np.float32]]:
            return [model.predict(image, tokens).alpha]

        return predict
