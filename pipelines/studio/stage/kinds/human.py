"""A dressed person in some pose: the whole figure, half of it, or head and shoulders."""

from pipelines.studio.stage.draw import Draw
from pipelines.studio.stage.people.person import person
from pipelines.studio.stage.subject import Subject


def build(draw: Draw) -> Subject:
    """Build somebody."""
    return person(draw, portrait=False)
