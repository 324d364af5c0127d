"""People, drawn as those of the labelled sample."""

from pipelines.sample.entities.sheet import Sheet
from pipelines.sample.layers import lay
from pipelines.sample.looks import look
from pipelines.sample.scene import draw_actor
from pipelines.sample.skeleton import POSES, posed


def person(sheet: Sheet, pose: str, hair: str, top: str, items: tuple[str, ...] = ()) -> None:
    """A whole person, a unit tall, on a sheet with room for hair.

    Args:
        sheet: changed in place.
        pose: see ``skeleton.POSES``.
        hair, top: see ``looks.Look``.
        items: see ``accessories.KINDS``.
    """
    body = posed(POSES[pose], (0.5 * sheet.width * sheet.unit, 1.2 * sheet.unit), sheet.unit)
    style = look(sheet.rng, hair, top, sheet.unit, wind=0.15, swing=0)
    for part, _ in draw_actor(sheet.canvas.like(), body, style, items, sheet.rng):
        lay(sheet.canvas, part)
