"""Composed images: entities placed on a background so that their relations are true, with exact visible alphas."""

from pipelines.refmatte.composition.compose import compose
from pipelines.refmatte.composition.records import Composed, CompositionFailed, Layer
from pipelines.refmatte.composition.settings import CompositionSettings
from pipelines.refmatte.composition.trimaps import trimap_of

__all__ = ["Composed", "CompositionFailed", "CompositionSettings", "Layer", "compose", "trimap_of"]
