"""Net-M: an alpha matte from a photo and a trimap."""

from matting_models.weights import models_extra

with models_extra("Net-M"):
    from matting_models.networks.net_m.network import NetM

__all__ = ["NetM"]
