"""From a Segment Anything model to the parts of a SEMat."""

import json
from pathlib import Path
from typing import Any

from matting_models.errors import InputError
from matting_models.networks.semat.config import Architecture, Family
from matting_models.weights import Source, load_model, locate, models_extra

with models_extra("SEMat"):
    from transformers import Sam2Model, SamHQModel, SamModel

from matting_models.networks.semat.backbone import Backbone
from matting_models.networks.semat.hiera_backbone import HieraBackbone
from matting_models.networks.semat.matting_adapter import HieraMattingAdapter, VitMattingAdapter
from matting_models.networks.semat.matting_decoder import HieraFusion, MattingDecoder, VitFusion
from matting_models.networks.semat.vit_backbone import HqVitBackbone, VitBackbone

MODEL_TYPES: dict[str, Family] = {"sam": "sam", "sam_hq": "sam_hq", "sam2": "sam2", "sam2_video": "sam2"}
"""Model types in a backbone's ``config.json``; SAM2's releases name the video model, whose image part is used."""

_CLASSES: dict[Family, tuple[Any, type[Backbone]]] = {
    "sam": (SamModel, VitBackbone),
    "sam_hq": (SamHQModel, HqVitBackbone),
    "sam2": (Sam2Model, HieraBackbone),
}


def load_backbone(weights: str) -> tuple[Backbone, Family, str]:
    """Load a Segment Anything model.

    Args:
        weights: hub name, such as ``facebook/sam2.1-hiera-large``, or local folder.

    Returns:
        The frozen backbone, its family, and which weights it has.

    Raises:
        InputError: nothing there, or of another architecture, or damaged.
    """
    source = locate(weights, tuple(MODEL_TYPES))
    family = MODEL_TYPES[_model_type(source)]
    model_class, backbone_class = _CLASSES[family]
    return backbone_class(load_model(model_class, source)), family, source.revision


def _model_type(source: Source) -> str:
    if source.local:
        return str(json.loads((Path(source.location) / "config.json").read_text(encoding="utf-8"))["model_type"])
    from transformers import AutoConfig

    return str(AutoConfig.from_pretrained(source.location, **source.options).model_type)


def wrap(model: Any) -> Backbone:
    """A transformers model, loaded or on the meta device, as a backbone."""
    for model_class, backbone_class in _CLASSES.values():
        if type(model) is model_class:
            return backbone_class(model)
    raise InputError(f"{type(model).__name__} is no Segment Anything model that SEMat knows")


def make_adapter(backbone: Backbone) -> VitMattingAdapter | HieraMattingAdapter:
    """Matting tokens and adapter for a backbone."""
    return HieraMattingAdapter(backbone) if isinstance(backbone, HieraBackbone) else VitMattingAdapter(backbone)


def make_decoder(backbone: Backbone, channels: tuple[int, ...], architecture: Architecture) -> MattingDecoder:
    """Matting decoder for a backbone."""
    fusion: VitFusion | HieraFusion
    if isinstance(backbone, HieraBackbone):
        levels = backbone.level_widths if architecture == "paper" else ()
        fusion = HieraFusion(levels, channels[-1], backbone.width)
    else:
        fusion = VitFusion(backbone.level_widths, channels[-1])
    return MattingDecoder(fusion, channels)
