"""What humans wear, as sources and texts put it."""

from dataclasses import dataclass

from pipelines.refmatte.language.colours import css_colours
from pipelines.refmatte.language.data_files import read_data
from pipelines.refmatte.language.grammar import Count, count_of


@dataclass(frozen=True, slots=True)
class Clothes:
    """``garment`` is a garment, fabric or pattern; ``colour`` a CSS name, None if it is not said."""

    garment: str
    colour: str | None = None


def read_clothes(stated: str) -> Clothes:
    """Clothes as a source states them: ``knit`` or ``black knit``."""
    first, _, rest = stated.partition(" ")
    return Clothes(rest, first) if rest and first in css_colours() else Clothes(stated)


def count_of_clothes(garment: str) -> Count:
    """How a garment is counted: ``a jacket``, ``jeans``, ``lace``."""
    data = read_data("clothes")
    if garment in data["fabrics"]:
        return "mass"
    if garment in data["plural"]:
        return "plural"
    return "singular" if garment in data["single"] else count_of(garment)


def garments_alike(garment: str, other: str) -> bool:
    """Whether one may be taken for the other: a fabric for any garment, a leather jacket for a jacket."""
    data = read_data("clothes")
    if garment == other or (garment in data["fabrics"]) != (other in data["fabrics"]):
        return True
    heads = {garment.split()[-1], garment}, {other.split()[-1], other}
    return bool(heads[0] & heads[1]) or any(heads[0] & set(group) and heads[1] & set(group) for group in data["alike"])
