"""A whole person, and which part of it a picture shows."""

from typing import Any

import numpy as np

from pipelines.studio.stage.draw import Draw
from pipelines.studio.stage.people.body import Body, add_body, any_body
from pipelines.studio.stage.people.face_hair import add_beard, add_brows
from pipelines.studio.stage.people.garments import dress
from pipelines.studio.stage.people.hair import add_hair, any_hair
from pipelines.studio.stage.people.hair_styles import any_style
from pipelines.studio.stage.people.makehuman import base_mesh
from pipelines.studio.stage.people.scalp import head_of
from pipelines.studio.stage.people.things import add_bag, add_glasses, add_hat, add_held
from pipelines.studio.stage.subject import Subject
from pipelines.studio.stage.vectors import Array


def person(draw: Draw, portrait: bool) -> Subject:
    """Build somebody; a portrait has long or full hair and shows head and shoulders."""
    holding = not portrait and draw.chance(0.35)
    body = any_body(draw, holding, calm=portrait)
    add_body(draw, body)
    worn = dress(draw, body, body.pose.made["legs"] == "sit")
    head = head_of(body)
    hair = any_hair(draw, head, body.build.age)
    style = any_style(draw, body.build.sex, body.build.age, portrait)
    hat, below = add_hat(draw, head) if draw.chance(0.05 if portrait else 0.22) else ("none", 9.0)
    strands = add_hair(draw, head, hair, style, below)
    add_brows(draw, head, hair)
    made: dict[str, Any] = {
        "sex": body.build.sex,
        "age": body.build.age,
        "hair": style,
        "hat": hat,
        **worn,
        **body.pose.made,
    }
    if body.build.sex == "male" and body.build.age != "child":
        made["beard"] = add_beard(draw, head, hair)
    if draw.chance(0.2):
        add_glasses(draw, head)
        made["glasses"] = True
    extra = [strands]
    if holding:
        made["held"], points = add_held(draw, body)
        extra.append(points)
    if draw.chance(0.2):
        made["bag"] = add_bag(draw, body)
    shown, frame = _frame(draw, body, head.size, np.concatenate(extra), portrait)
    return Subject({**made, "shown": shown}, frame, around=1.3 if draw.chance(0.75) else 3.14)


def _frame(draw: Draw, body: Body, unit: float, extra: Array, portrait: bool) -> tuple[str, Array | None]:
    """Which points are inside the picture: below a bust or a half figure the frame cuts, as photographers do."""
    shown = "bust" if portrait else draw.one(["bust", "half", "half", "whole", "whole", "whole"])
    if shown == "whole":
        return shown, None
    points = np.concatenate([body.vertices[base_mesh().group("body")], extra])
    eyes = body.pose.places["head"][2]
    depth = unit * (draw.between(1.6, 2.6) if shown == "bust" else draw.between(4, 6))
    kept = points[points[:, 2] > eyes - depth]
    if portrait:
        kept = kept[np.linalg.norm(kept[:, :2] - body.pose.places["head"][:2], axis=1) < 2.6 * unit]
    return shown, kept
