"""One foreground: built, lit, framed and rendered."""

import importlib
import resource
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipelines.studio.stage import passes
from pipelines.studio.stage.camera import add_camera
from pipelines.studio.stage.draw import Draw
from pipelines.studio.stage.effects import add_effects
from pipelines.studio.stage.extent import scene_points
from pipelines.studio.stage.light import add_light


@dataclass(frozen=True, slots=True)
class Order:
    """What to render.

    Attributes:
        kind: name of a module in ``stage.kinds``.
        seed: of all its random choices.
        folder: where the passes are written.
        size: of the square picture.
        threads: of Cycles.
        samples: rays per pixel.
    """

    kind: str
    seed: int
    folder: Path
    size: int
    threads: int
    samples: passes.Samples


def shoot(order: Order) -> dict[str, Any]:
    """Render a foreground's passes; returns how it was made, as JSON values."""
    before = _seconds()
    passes.prepare(order.size, order.threads, order.seed)
    draw = Draw(order.seed, order.kind)
    subject = importlib.import_module(f"pipelines.studio.stage.kinds.{order.kind}").build(draw)
    view = add_camera(draw, subject, scene_points())
    light = add_light(draw, view)
    effects = add_effects(draw, subject, view)
    built = _seconds()
    passes.render(order.folder, order.samples, subject.bounces, subject.clear)
    seconds = {"build": round(built - before, 2), "render": round(_seconds() - built, 2)}
    return {"effects": effects, "subject": subject.made, "camera": view.made, "light": light, "cpu_seconds": seconds}


def _seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime
