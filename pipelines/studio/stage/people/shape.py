"""Random shapes of bodies and faces."""

from dataclasses import dataclass

import numpy as np

from pipelines.studio.stage.draw import Draw
from pipelines.studio.stage.people.makehuman import base_mesh, target, target_names
from pipelines.studio.stage.vectors import Array

FACE = ("head", "nose", "mouth", "chin", "cheek", "eyes", "forehead", "ears", "eyebrows", "neck")
BODY = ("torso", "hip", "stomach", "buttocks", "arms", "legs")


@dataclass(frozen=True, slots=True)
class Build:
    """Whose body it is.

    Attributes:
        sex: female or male.
        age: child, young or old.
        races: shares of african, asian and caucasian features.
    """

    sex: str
    age: str
    races: tuple[float, float, float]


def any_build(draw: Draw) -> Build:
    """Somebody."""
    shares = draw.rng.dirichlet([0.4] * 3)
    races = (float(shares[0]), float(shares[1]), float(shares[2]))
    return Build(draw.one(["female", "male"]), draw.one(["young", "young", "young", "old", "child"]), races)


def shaped(draw: Draw, build: Build) -> Array:
    """(N, 3) vertices of MakeHuman's mesh for such a body, in its rest pose."""
    vertices = base_mesh().vertices.copy()
    _figure(draw, vertices, build)
    for race, share in zip(("african", "asian", "caucasian"), build.races, strict=True):
        _move(vertices, f"macrodetails/{race}-{build.sex}-{build.age}", share)
    for part in (*FACE, *FACE, *BODY):
        _move(vertices, draw.one(target_names(part)), draw.between(0, 0.55))
    _expression(draw, vertices)
    return vertices


def _figure(draw: Draw, vertices: Array, build: Build) -> None:
    """Muscle, weight and height, each between two of MakeHuman's."""
    muscle = draw.one(["averagemuscle", "averagemuscle", "minmuscle", "maxmuscle"])
    kinds = ("averageweight", "averageweight", draw.one(["minweight", "maxweight"]))
    share = draw.between(0, 0.9)
    height, tall = draw.one(["minheight", "maxheight"]), draw.between(0, 0.5)
    for weight, part in zip(kinds[1:], (1 - share, share), strict=True):
        figure = f"{build.sex}-{build.age}-{muscle}-{weight}"
        _move(vertices, f"macrodetails/universal-{figure}", part)
        _move(vertices, f"macrodetails/height/{figure}-{height}", part * tall)


def _expression(draw: Draw, vertices: Array) -> None:
    """A face that does something, most often little."""
    for name in ("mouth-corner-puller", "eyebrows-left-up", "eyebrows-right-up", "mouth-open", "mouth-elevation"):
        if draw.chance(0.3):
            _move(vertices, f"expression/units/caucasian/{name}", draw.between(0, 0.6))
    closed = draw.between(0, 0.35) if draw.chance(0.9) else 1.0
    for side in ("left", "right"):
        _move(vertices, f"expression/units/caucasian/eye-{side}-closure", closed)


def _move(vertices: Array, name: str, amount: float) -> None:
    rows, offsets = target(name)
    np.add.at(vertices, rows, offsets * amount)
