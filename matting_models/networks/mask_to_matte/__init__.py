"""Mask-to-matte: an alpha matte from a photo and a segmentation mask."""

from matting_models.networks.mask_to_matte.model import MaskToMatte

__all__ = ["MaskToMatte"]
