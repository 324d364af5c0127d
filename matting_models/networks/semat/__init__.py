"""SEMat, interactive matting from a box: network, training, prediction, evaluation, weights.

What is exported here is imported when it is asked for: settings need no torch.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matting_models.networks.semat.config import SEMatConfig
    from matting_models.networks.semat.model import Output, SEMat

__all__ = ["Output", "SEMat", "SEMatConfig"]
_MODULES = {"Output": "model", "SEMat": "model", "SEMatConfig": "config"}


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
