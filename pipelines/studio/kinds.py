"""The kinds of foregrounds, and how many of each."""

from collections.abc import Mapping
from types import MappingProxyType

from pipelines.errors import UserError

VERSIONS: Mapping[str, int] = MappingProxyType(
    {
        "human": 2,
        "portrait": 2,
        "fur": 1,
        "solids": 1,
        "plant": 1,
        "wires": 1,
        "cloth": 1,
        "feather": 1,
        "glass": 1,
        "smoke": 1,
    }
)
"""Raise a kind's version when its pictures change: those of another version are rendered anew."""

SHARES: Mapping[str, float] = MappingProxyType(
    {
        "human": 34,
        "portrait": 16,
        "fur": 16,
        "solids": 12,
        "plant": 7,
        "wires": 4,
        "cloth": 4,
        "glass": 3,
        "feather": 2,
        "smoke": 2,
    }
)
"""The default. People first, since COCO's persons need them most; hard edges are as important as hair."""

NEED_BODY = frozenset({"human", "portrait"})
"""Kinds that need MakeHuman's body data."""


def read_shares(text: str) -> dict[str, float]:
    """Shares from ``human=40,fur=15`` or ``human,fur``; what has no number has 1.

    Raises:
        UserError: an unknown kind, a share that is not a positive number, a kind named twice, or nothing.
    """
    shares: dict[str, float] = {}
    for word in filter(None, (part.strip() for part in text.split(","))):
        name, _, number = word.partition("=")
        if name not in VERSIONS:
            raise UserError(f"kinds: {name!r} is none; expected some of {', '.join(VERSIONS)}")
        if name in shares:
            raise UserError(f"kinds: {name} is named twice")
        shares[name] = _share(name, number or "1")
    if not shares:
        raise UserError(f"kinds: found none in {text!r}, expected for example human=3,fur=1")
    return shares


def _share(name: str, number: str) -> float:
    try:
        share = float(number)
    except ValueError:
        share = 0.0
    if not 0 < share < float("inf"):
        raise UserError(f"kinds: the share of {name} is {number!r}, expected a number above 0")
    return share
