"""SMat: an alpha matte from a photo and any prompt, or none.

What is exported here is imported when it is asked for: settings need no torch.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matting_models.networks.smat.config import SMatConfig
    from matting_models.networks.smat.model import SMat
    from matting_models.networks.smat.prompts import Box, Marked, Points

__all__ = ["Box", "Marked", "Points", "SMat", "SMatConfig"]
_MODULES = {"Box": "prompts", "Marked": "prompts", "Points": "prompts", "SMat": "model", "SMatConfig": "config"}


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
