"""DiffMatte: an alpha matte from a photo and a trimap, by diffusion."""

from matting_models.weights import models_extra

with models_extra("DiffMatte"):
    from matting_models.networks.diffmatte.network import DiffMatte

__all__ = ["DiffMatte"]
