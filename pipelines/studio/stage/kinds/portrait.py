"""Head and shoulders with long, curly or wind-blown hair."""

from pipelines.studio.stage.draw import Draw
from pipelines.studio.stage.people.person import person
from pipelines.studio.stage.subject import Subject


def build(draw: Draw) -> Subject:
    """Build somebody with much hair."""
    return person(draw, portrait=True)
