"""Networks by name. Importing this needs no torch: what a name stands for is imported when it is asked for.

To add a network: a folder beside this file, and an entry here.
"""

from dataclasses import dataclass
from importlib import import_module
from typing import Any, Literal

_HERE = "matting_models.networks"


@dataclass(frozen=True, slots=True)
class Entry:
    """Where a network's parts are, as ``module:attribute``.

    Attributes:
        about: a line for ``--help``.
        prompt: what marks the instance; with a reference, prediction is of a folder.
        training: a ``protocol.Network``.
        prediction: a ``prediction.Prediction``.
        evaluation: an ``evaluation.Load``; None where it gives trimaps, not mattes.
    """

    about: str
    prompt: Literal["box", "mask", "trimap", "any", "reference", "text"]
    training: str
    prediction: str
    evaluation: str | None


NETWORKS = {
    "semat": Entry(
        "the matte of what is in a box, around a frozen Segment Anything model",
        "box",
        f"{_HERE}.semat.training:SEMatTraining",
        f"{_HERE}.semat.prediction:SEMatPrediction",
        f"{_HERE}.semat.evaluation:load",
    ),
    "mask-to-matte": Entry(
        "the matte of what a segmentation mask marks",
        "mask",
        f"{_HERE}.mask_to_matte.training:MaskToMatteTraining",
        f"{_HERE}.mask_to_matte.prediction:MaskToMattePrediction",
        f"{_HERE}.mask_to_matte.evaluation:load",
    ),
    "net-t": Entry(
        "the trimap of what a segmentation mask marks",
        "mask",
        f"{_HERE}.net_t.training:NetTTraining",
        f"{_HERE}.net_t.prediction:NetTPrediction",
        None,
    ),
    "net-m": Entry(
        "the matte of what a trimap marks, by light-weight non-local attention",
        "trimap",
        f"{_HERE}.net_m.training:NetMTraining",
        f"{_HERE}.net_m.prediction:NetMPrediction",
        f"{_HERE}.net_m.evaluation:load",
    ),
    "diffmatte": Entry(
        "the matte of what a trimap marks, by diffusion",
        "trimap",
        f"{_HERE}.diffmatte.training:DiffMatteTraining",
        f"{_HERE}.diffmatte.prediction:DiffMattePrediction",
        f"{_HERE}.diffmatte.evaluation:load",
    ),
    "joint": Entry(
        "the matte of what a coarse mask marks: Net-T's trimap, and Net-M on it",
        "mask",
        f"{_HERE}.joint.training:JointTraining",
        f"{_HERE}.joint.prediction:JointPrediction",
        f"{_HERE}.joint.evaluation:load",
    ),
    "smat": Entry(
        "the matte of what a box, points, a scribble or a mask mark, or of the salient foreground",
        "any",
        f"{_HERE}.smat.training:SMatTraining",
        f"{_HERE}.smat.prediction:SMatPrediction",
        f"{_HERE}.smat.evaluation:load",
    ),
    "icon": Entry(
        "mattes of what a reference with a mask shows, in other photos (IconMatting), on a frozen Stable Diffusion",
        "reference",
        f"{_HERE}.icon.training:IconTraining",
        f"{_HERE}.icon.prediction:IconPrediction",
        f"{_HERE}.icon.evaluation:load",
    ),
    "clipmat": Entry(
        "the matte of what a text describes, around CLIP",
        "text",
        f"{_HERE}.clipmat.training:CLIPMatTraining",
        f"{_HERE}.clipmat.prediction:CLIPMatPrediction",
        f"{_HERE}.clipmat.evaluation:load",
    ),
    "p3m": Entry(
        "the matte of what a mask marks, and clipmat's refiner: P3M-Net with a coarse alpha beside the photo",
        "mask",
        f"{_HERE}.p3m.training:P3MTraining",
        f"{_HERE}.p3m.prediction:P3MPrediction",
        f"{_HERE}.p3m.evaluation:load",
    ),
}


def load(place: str) -> Any:
    """What ``module:attribute`` stands for."""
    module, _, attribute = place.partition(":")
    return getattr(import_module(module), attribute)


def listing() -> str:
    """Every network with what it does, a line each."""
    width = max(map(len, NETWORKS))
    return "".join(f"  {name:{width}}  {entry.about}\n" for name, entry in NETWORKS.items())
