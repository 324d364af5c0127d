"""Matting models: trimap-based backends, networks, losses, metrics, training."""
