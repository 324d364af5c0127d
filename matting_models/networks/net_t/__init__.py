"""Net-T, a trimap from a photo and a rough segmentation: network, training, prediction.

What is exported here is imported when it is asked for: settings need no torch.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matting_models.networks.net_t.config import NetTConfig
    from matting_models.networks.net_t.network import NetT

__all__ = ["NetT", "NetTConfig"]
_MODULES = {"NetT": "network", "NetTConfig": "config"}


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
