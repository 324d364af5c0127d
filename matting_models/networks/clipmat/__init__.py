"""CLIPMat: an alpha matte from a photo and a description in words.

What is exported here is imported when it is asked for: settings need no torch.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matting_models.networks.clipmat.config import CLIPMatConfig
    from matting_models.networks.clipmat.model import CLIPMat

__all__ = ["CLIPMat", "CLIPMatConfig"]
_MODULES = {"CLIPMat": "model", "CLIPMatConfig": "config"}


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
