"""Training data: sources of samples, mixing, augmentation, loading."""

from matting_models.data.batch import Batch, collate
from matting_models.data.datasets import EvaluationSet, TrainingSet
from matting_models.data.draws import Draw, Draws
from matting_models.data.loaders import evaluation_loader, training_loader
from matting_models.data.skips import Skips

__all__ = [
    "Batch",
    "Draw",
    "Draws",
    "EvaluationSet",
    "Skips",
    "TrainingSet",
    "collate",
    "evaluation_loader",
    "training_loader",
]
