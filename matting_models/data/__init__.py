"""Training data: sources of samples, mixing, augmentation, loading."""

from matting_models.data.batch import Batch, Loaded
from matting_models.data.datasets import EvaluationSet, Examples, TrainingSet
from matting_models.data.draws import Draw, Draws
from matting_models.data.loaders import evaluation_loader, training_loader
from matting_models.data.skips import Skips

__all__ = [
    "Batch",
    "Draw",
    "Draws",
    "EvaluationSet",
    "Examples",
    "Loaded",
    "Skips",
    "TrainingSet",
    "evaluation_loader",
    "training_loader",
]
