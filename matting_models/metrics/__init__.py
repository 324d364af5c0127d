"""Matting metrics on arrays."""

from matting_models.metrics.averages import mean_of_images
from matting_models.metrics.conn import conn, conn_port
from matting_models.metrics.grad import grad
from matting_models.metrics.imq import InstanceMatting, Match, imq
from matting_models.metrics.mad import mad
from matting_models.metrics.mse import mse
from matting_models.metrics.overlap import overlap
from matting_models.metrics.regions import unknown_region
from matting_models.metrics.sad import sad
from matting_models.metrics.scores import Scores, score
from matting_models.metrics.trimap_scores import TrimapScores, score_trimap

__all__ = [
    "InstanceMatting",
    "Match",
    "Scores",
    "TrimapScores",
    "conn",
    "conn_port",
    "grad",
    "imq",
    "mad",
    "mean_of_images",
    "mse",
    "overlap",
    "sad",
    "score",
    "score_trimap",
    "unknown_region",
]
