"""SEMat, interactive matting from a box: network, prediction, weights."""

from matting_models.networks.semat.config import SEMatConfig
from matting_models.networks.semat.model import Output, SEMat

__all__ = ["Output", "SEMat", "SEMatConfig"]
