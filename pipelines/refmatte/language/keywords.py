"""The keyword setting: entities by the names of their categories alone."""

from itertools import combinations

from pipelines.refmatte.language.kinds import may_be
from pipelines.refmatte.records import Described, Scene


def keywords(scene: Scene) -> dict[int, str] | None:
    """The category of each entity, by number; None for an image in which a category is there twice, under whatever
    name: two humans, a couch and a sofa, a glass and a wine glass."""
    if any(_same(first, second) for first, second in combinations(scene.entities, 2)):
        return None
    return {entity.number: entity.category for entity in scene.entities}


def _same(first: Described, second: Described) -> bool:
    return first.group == second.group == "human" or may_be(first.category, second.category)
