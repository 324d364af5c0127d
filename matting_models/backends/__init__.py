"""Trimap-based matting backends. Importing this loads none of them."""

from matting_models.backends.registry import backend_names, create_backend, register, weights_revision

__all__ = ["backend_names", "create_backend", "register", "weights_revision"]
