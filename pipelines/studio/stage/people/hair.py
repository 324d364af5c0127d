"""Hair of a head: guides that fall over the body, strands between them, curls, fly-aways."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from pipelines.studio.stage.colours import Colour, hsv, varied
from pipelines.studio.stage.curves import clumped, nearest, strand_object, taper
from pipelines.studio.stage.draw import Draw
from pipelines.studio.stage.materials import strands as strand_material
from pipelines.studio.stage.people.hair_styles import COLOURS, GATHERED, GRAYS, STYLES, Style
from pipelines.studio.stage.people.scalp import Head, Roots, collision, scalp_roots
from pipelines.studio.stage.vectors import Array, Field, unit

GUIDES = 420
STEPS = 16


@dataclass(frozen=True, slots=True)
class Hair:
    """What all hair of a person has in common.

    Attributes:
        colour: of the strands, around which they vary.
        material: their shader.
        radius: of a strand, metres.
        solid: the body, to fall on.
    """

    colour: Colour
    material: Any
    radius: float
    solid: Any


def any_hair(draw: Draw, head: Head, age: str) -> Hair:
    """Colour, gloss and thickness."""
    colour = draw.one(GRAYS) if age == "old" and draw.chance(0.7) else draw.one(COLOURS)
    if draw.chance(0.05):
        colour = hsv(draw.between(0, 1), 0.8, 0.45)
    radius = head.size * draw.between(0.0018, 0.0034)
    return Hair(colour, strand_material(draw.between(0.2, 0.42)), radius, collision(head))


def add_hair(draw: Draw, head: Head, hair: Hair, style: str, below: float = 9.0) -> Array:
    """Grow a style on a head; ``below`` a local height only, where a hat sits.

    Returns:
        (N, 3) points on it.
    """
    if style == "bald":
        return np.zeros((0, 3))
    recede = 1.1 if style == "ring" else draw.one([0.0, 0.0, 0.05, 0.15])
    roots = scalp_roots(draw, head, draw.whole(22000, 38000), recede)
    roots = roots.only(roots.local[:, 2] < below)
    if len(roots.points) < 50:
        return np.zeros((0, 3))
    if style in GATHERED:
        return _gathered(draw, head, hair, style, roots)
    return _loose(draw, head, hair, STYLES["crop" if style == "ring" else style], roots)


def _loose(draw: Draw, head: Head, hair: Hair, style: Style, roots: Roots) -> Array:
    length = draw.between(*style.length) * head.size
    some = roots.only(draw.rng.choice(len(roots.points), min(GUIDES, len(roots.points)), replace=False))
    guides = _guides(draw, head, hair, style, some, length)
    grown = between_guides(draw, guides, some, roots)
    grown = _uneven(draw, grown)
    return finish(draw, head, hair, grown, style)


def _guides(draw: Draw, head: Head, hair: Hair, style: Style, roots: Roots, length: float) -> Array:
    """(G, STEPS, 3) strands that fall over head and shoulders."""
    comb = _comb(draw, head, style, roots)
    lie = style.lie + draw.between(-0.1, 0.1)
    along = comb - (comb * roots.normals).sum(1, keepdims=True) * roots.normals
    heading = unit(roots.normals * (1 - lie) + unit(along) * lie)
    swing = Field(draw.rng, draw.between(0.8, 2.0) / head.size)
    down = np.array([0, 0, -1.0]) * style.gravity * 0.35
    wind = unit(comb) * 0.12 if style.comb == "wind" else 0.0
    margin = head.size * (0.03 + style.layer * draw.rng.random(len(heading)))
    points, step = [roots.points], length / (STEPS - 1)
    for _ in range(STEPS - 1):
        heading = unit(heading + down + wind + swing(points[-1]) * style.wave * 0.3)
        reached = points[-1] + heading * step
        if style.layer or style.gravity:
            reached = pushed_out(hair.solid, reached, margin, _most(head, style, len(points)))
            if style.comb == "parted":
                reached = _off_face(head, reached, roots)
        heading = unit(reached - points[-1])
        points.append(reached)
    return np.stack(points, 1)


def _comb(draw: Draw, head: Head, style: Style, roots: Roots) -> Array:
    """(N, 3) where strands are combed to, in the scene."""
    count = len(roots.points)
    if style.comb == "wind":
        side = head.direction([draw.one([-1.0, 1.0]), draw.between(-0.2, 0.8), draw.between(-0.1, 0.4)])
        return np.tile(side, (count, 1))
    if style.comb == "out":
        return roots.normals + head.direction([0, 0, 0.2])
    if style.comb in ("back", "side"):
        sideways = draw.between(-0.9, 0.9) if style.comb == "side" else draw.between(-0.2, 0.2)
        ahead = draw.between(-0.7, 1.0) if style.comb == "side" else 1.0
        fan = roots.local * np.array([0.5, 0.3, 0.2])
        return head.direction(np.array([sideways, ahead, -0.3])[None] + fan)
    side = np.sign(roots.local[:, 0] + draw.between(-0.35, 0.35) + 0.02 * draw.rng.normal(size=count))
    return head.direction(np.stack([side * 0.9, np.full(count, draw.between(0.2, 0.6)), np.full(count, -0.15)], 1))


def _most(head: Head, style: Style, step: int) -> float:
    """How far above the skin hair may be: near the scalp it lies, further down it hangs freely."""
    if style.comb not in ("parted", "back") or step > STEPS // 2:
        return math.inf
    return head.size * (0.1 + style.layer * 1.5)


def pushed_out(solid: Any, points: Array, margin: Array, most: float = math.inf) -> Array:
    """(N, 3) points moved out of a body to at least (N,) margin above it, and down to ``most`` above that."""
    moved = points.copy()
    for index, point in enumerate(points):
        place, normal, _, _ = solid.find_nearest(point, 0.25)
        if place is None:
            continue
        above = sum((point[i] - place[i]) * normal[i] for i in range(3))
        wanted = min(max(above, margin[index]), margin[index] + most)
        if wanted != above:
            moved[index] = np.asarray(place) + np.asarray(normal) * wanted
    return moved


def _off_face(head: Head, points: Array, roots: Roots) -> Array:
    """Comb hair out of the eyes."""
    body = head.body.pose
    rest = (points - body.places["head"]) @ body.turns["head"] + body.rest["head"]
    local = head.local(rest)
    front = (local[:, 1] < -0.15) & (local[:, 2] < 0.5) & (local[:, 2] > -1.3)
    side = np.where(roots.local[:, 0] >= 0, 1.0, -1.0)
    local[:, 0] = np.where(front & (local[:, 0] * side < 0.66), side * 0.66, local[:, 0])
    return head.world(local)


def between_guides(draw: Draw, guides: Array, known: Roots, roots: Roots) -> Array:
    """(N, K, 3) strands at all roots, each like the guides near it, a little nearer to one of them."""
    first = nearest(known.points, roots.points)
    jittered = roots.points + draw.rng.normal(size=roots.points.shape) * 0.012
    second = nearest(known.points, jittered)
    share = draw.rng.uniform(0.35, 1, (len(first), 1, 1))
    shape = (guides[first] - guides[first][:, :1]) * share + (guides[second] - guides[second][:, :1]) * (1 - share)
    ease = np.linspace(1, 0.6, guides.shape[1])[None, :, None]
    own = roots.points[:, None] - known.points[first][:, None]
    result: Array = known.points[first][:, None] + own * ease + shape
    return result


def _uneven(draw: Draw, grown: Array) -> Array:
    """Strands of lengths of their own."""
    factor = np.clip(np.exp(draw.rng.normal(size=(len(grown), 1, 1)) * 0.13), 0.5, 1.4)
    result: Array = grown[:, :1] + (grown - grown[:, :1]) * factor
    return result


def curled(draw: Draw, strands: Array, radius: float, turns: float) -> Array:
    """Wind (N, K, 3) strands around themselves."""
    if radius <= 0:
        return strands
    points = max(strands.shape[1], int(turns * 6))
    fine = resampled(strands, points)
    along = unit(np.gradient(fine, axis=1))
    first = unit(np.cross(along, [0.31, 0.52, 0.79]))
    second = np.cross(along, first)
    t = np.linspace(0, 1, points)[None, :]
    start = Field(draw.rng, 40.0, 1)(strands[:, 0]) * 2.5
    speed = 2 * math.pi * turns * draw.rng.uniform(0.75, 1.25, (len(fine), 1))
    size = radius * np.minimum(1, t * 4) * draw.rng.uniform(0.6, 1.3, (len(fine), 1))
    angle = start + speed * t
    result: Array = fine + (np.cos(angle) * size)[..., None] * first + (np.sin(angle) * size)[..., None] * second
    return result


def resampled(strands: Array, points: int) -> Array:
    """(N, points, 3) of (N, K, 3) strands, linear between their points."""
    place = np.linspace(0, strands.shape[1] - 1, points)
    low = np.minimum(place.astype(int), strands.shape[1] - 2)
    share = (place - low)[None, :, None]
    result: Array = strands[:, low] * (1 - share) + strands[:, low + 1] * share
    return result


def finish(draw: Draw, head: Head, hair: Hair, grown: Array, style: Style) -> Array:
    """Clump, curl, let some fly away, and put strands into the scene; returns points on them."""
    count = len(grown)
    if style.comb != "out":
        grown = clumped(draw.rng, grown, int(count * draw.between(0.01, 0.05)), draw.between(0.15, 0.7))
    grown = curled(draw, grown, style.curl * head.size * draw.between(0.6, 1.4), style.turns * draw.between(0.6, 1.4))
    grown = flown(draw, head, grown)
    radius = taper(hair.radius, grown.shape[1], 0.35) * draw.rng.uniform(0.7, 1.25, (count, 1))
    strand_object(grown, radius, varied(draw, hair.colour, count), hair.material)
    result: Array = grown[::40].reshape(-1, 3)
    return result


def flown(draw: Draw, head: Head, grown: Array) -> Array:
    """Let some strands fly away, each its own way, and none lie quite in line."""
    count, points, _ = grown.shape
    t = np.linspace(0, 1, points)[None, :, None]
    length = np.linalg.norm(grown[:, -1] - grown[:, 0], axis=1)[:, None, None]
    grown = grown + t * np.minimum(length * 0.06, head.size * 0.05) * draw.rng.normal(size=(count, 1, 3))
    loose = np.flatnonzero(draw.rng.random(count) < draw.one([0.01, 0.02, 0.05, 0.1]))
    out = unit(grown[loose, :1] - head.world(np.zeros(3)))
    bend = out * 0.4 + draw.rng.normal(size=(len(loose), 1, 3)) * 0.3
    bow = np.sin(t * math.pi) * draw.rng.normal(size=(len(loose), 1, 3)) * 0.12
    reach = np.minimum(length[loose] * 0.5, head.size * 0.8)
    grown[loose] += (bend * t**1.3 + bow) * reach
    return grown


def _gathered(draw: Draw, head: Head, hair: Hair, kind: str, roots: Roots) -> Array:
    """Hair combed to a tie, or two, and its tail, bun or braid."""
    high = draw.between(-0.35, 0.65)
    ties = [np.array([0.0, 0.98 - 0.35 * abs(high), high])]
    if kind == "pigtails":
        ties = [np.array([side * 0.78, 0.45, draw.between(-0.4, 0.2)]) for side in (-1, 1)]
    found = []
    for index, tie in enumerate(ties):
        mine = roots if len(ties) == 1 else roots.only((roots.local[:, 0] > 0) == bool(index))
        found.append(_to_tie(draw, head, hair, mine, tie))
        found.append(_tail(draw, head, hair, kind, tie))
    return np.concatenate(found)


def _to_tie(draw: Draw, head: Head, hair: Hair, roots: Roots, tie: Array) -> Array:
    some = roots.only(draw.rng.choice(len(roots.points), min(GUIDES, len(roots.points)), replace=False))
    end = head.world(tie)
    margin = head.size * draw.rng.uniform(0.03, 0.08, len(some.points))
    points = [some.points]
    for step in range(STEPS - 1):
        reached = points[-1] + (end - points[-1]) / (STEPS - 1 - step)
        points.append(pushed_out(hair.solid, reached, margin) if step < STEPS - 3 else reached)
    guides = np.stack(points, 1)
    grown = between_guides(draw, guides, some, roots)
    drift = np.linspace(0, 1, STEPS)[None, :, None] ** 2
    meet = end + draw.rng.normal(size=(len(grown), 1, 3)) * head.size * 0.05
    grown = grown + (meet - grown[:, -1:]) * drift
    return finish(draw, head, hair, grown, Style((1, 1)))


def _tail(draw: Draw, head: Head, hair: Hair, kind: str, tie: Array) -> Array:
    if kind == "bun":
        return _bun(draw, head, hair, tie)
    style = Style((1.4, 4.0), wave=0.3, curl=draw.one([0.0, 0.0, 0.06, 0.12]), turns=5)
    length = draw.between(*style.length) * head.size
    out = unit(head.direction(tie * [1, 1, 0.6]))
    if kind == "braid":
        return _braid(draw, head, hair, head.world(tie), out, length)
    count = draw.whole(4000, 8000)
    spread = head.size * draw.between(0.08, 0.16)
    roots = head.world(tie) + draw.rng.normal(size=(count, 3)) * spread * 0.5
    known = Roots(roots[:80], roots[:80], unit(out + draw.rng.normal(size=(80, 3)) * 0.25))
    guides = _falling(draw, head, hair, known, length)
    every = Roots(roots, roots, np.tile(out, (count, 1)))
    return finish(draw, head, hair, _uneven(draw, between_guides(draw, guides, known, every)), style)


def _falling(draw: Draw, head: Head, hair: Hair, roots: Roots, length: float) -> Array:
    """(G, STEPS, 3) strands that leave a tie and hang from it."""
    swing = Field(draw.rng, 1.0 / head.size)
    margin = np.full(len(roots.points), head.size * 0.12)
    heading, points = roots.normals, [roots.points]
    for _ in range(STEPS - 1):
        heading = unit(heading + [0, 0, -0.4] + swing(points[-1]) * 0.12)
        reached = pushed_out(hair.solid, points[-1] + heading * length / (STEPS - 1), margin)
        heading = unit(reached - points[-1])
        points.append(reached)
    return np.stack(points, 1)


def _bun(draw: Draw, head: Head, hair: Hair, tie: Array) -> Array:
    count, points = 9000, 10
    size = draw.between(0.28, 0.48) * head.size
    centre = head.world(tie + unit(tie) * 0.2)
    start = unit(draw.rng.normal(size=(count, 3)))
    sideways = unit(np.cross(start, head.direction([0.3, 1.0, 0.2])))
    t = np.linspace(0, draw.between(1.0, 2.2), points)[None, :, None]
    ball = unit(start[:, None] * np.cos(t) + sideways[:, None] * np.sin(t))
    loose = (draw.rng.random((count, 1, 1)) < 0.05) * np.linspace(0, 0.6, points)[None, :, None]
    strands = centre + size * ball * (draw.rng.uniform(0.85, 1.02, (count, 1, 1)) + loose)
    strand_object(strands, taper(hair.radius, points, 0.7), varied(draw, hair.colour, count), hair.material)
    return strands[::60].reshape(-1, 3)


def _braid(draw: Draw, head: Head, hair: Hair, start: Array, out: Array, length: float) -> Array:
    known = Roots(start[None], start[None], out[None])
    points = 60
    middle = resampled(_falling(draw, head, hair, known, length), points)[0]
    along = unit(np.gradient(middle, axis=0))
    first = unit(np.cross(along, [0.2, 0.9, 0.3]))
    second = np.cross(along, first)
    t, width = np.linspace(0, 1, points), head.size * draw.between(0.1, 0.17)
    grown = []
    for part in range(3):
        angle = t * length / head.size * 4.5 + part * 2 * math.pi / 3
        core = middle + first * (np.sin(angle) * width)[:, None] + second * (np.sin(2 * angle) * width * 0.5)[:, None]
        around = draw.rng.normal(size=(900, 2)) * width * 0.32
        fuzz = (draw.rng.random((900, 1, 1)) < 0.06) * draw.rng.normal(size=(900, 1, 3)) * width * t[None, :, None]
        grown.append(core[None] + around[:, :1, None] * first[None] + around[:, 1:, None] * second[None] + fuzz)
    strands = np.concatenate(grown)
    tail = strands + (t[None, :, None] > 0.9) * draw.rng.normal(size=(len(strands), 1, 3)) * width * 0.3
    strand_object(tail, taper(hair.radius, points, 0.6), varied(draw, hair.colour, len(tail)), hair.material)
    result: Array = tail[::60].reshape(-1, 3)
    return result
