"""Networks by name. Importing this needs no torch: what a name stands for is imported when it is asked for.

To add a network: a folder beside this file, and an entry here.
"""

from dataclasses import dataclass
from importlib import import_module
from typing import Any

_HERE = "matting_models.networks"


@dataclass(frozen=True, slots=True)
class Entry:
    """Where a network's parts are, as ``module:attribute``.

    Attributes:
        about: a line for ``--help``.
        training: a ``protocol.Network``.
        prediction: a ``prediction.Prediction``.
    """

    about: str
    training: str
    prediction: str


NETWORKS = {
    "semat": Entry(
        "the matte of what is in a box, around a frozen Segment Anything model",
        f"{_HERE}.semat.training:SEMatTraining",
        f"{_HERE}.semat.prediction:SEMatPrediction",
    ),
    "mask-to-matte": Entry(
        "the matte of what a segmentation mask marks",
        f"{_HERE}.mask_to_matte.training:MaskToMatteTraining",
        f"{_HERE}.mask_to_matte.prediction:MaskToMattePrediction",
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
