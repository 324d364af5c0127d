"""Matting metrics on arrays."""

from matting_models.metrics.mse import mse
from matting_models.metrics.sad import sad

__all__ = ["mse", "sad"]
