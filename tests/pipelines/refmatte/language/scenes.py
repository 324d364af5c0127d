"""Small scenes of named entities."""

from pipelines.refmatte.records import Described, Fact, Group, Position, Relation, Scene

OPPOSITE: dict[Relation, Relation] = {
    "left": "right",
    "right": "left",
    "top": "bottom",
    "bottom": "top",
    "front": "behind",
    "behind": "front",
}


def thing(number: int, category: str, colour: str | None = None, group: Group = "object") -> Described:
    """Non-transparent and salient."""
    attributes = [("transparent", "non-transparent"), ("salient", "salient")]
    return Described(number, group, category, tuple(attributes + ([("colour", colour)] if colour else [])))


def animal(number: int, category: str, colour: str | None = None) -> Described:
    return thing(number, category, colour, "animal")


def human(number: int, **known: str) -> Described:
    """Of whom nothing but what is named is known."""
    return Described(number, "human", "person", tuple(known.items()))


def scene(
    *entities: Described,
    facts: tuple[tuple[int, Relation, int], ...] = (),
    maybe: tuple[tuple[int, Relation, int], ...] = (),
    positions: tuple[tuple[int, Position], ...] = (),
    maybe_positions: tuple[tuple[int, Position], ...] = (),
) -> Scene:
    """Facts are named in one direction and hold in both."""
    return Scene(
        entities,
        _both_ways(facts),
        _both_ways(facts + maybe),
        frozenset(positions),
        frozenset(positions + maybe_positions),
    )


def _both_ways(facts: tuple[tuple[int, Relation, int], ...]) -> frozenset[Fact]:
    there = {Fact(*fact) for fact in facts}
    back = {Fact(other, OPPOSITE[relation], subject) for subject, relation, other in facts}
    return frozenset(there | back)
