"""Where entities come from, and all of them."""

from collections.abc import Iterator
from pathlib import Path
from typing import Protocol, Self

from pydantic import model_validator

from pipelines.config import Settings
from pipelines.errors import UserError
from pipelines.refmatte.entities.aim import read_aim
from pipelines.refmatte.entities.am2k import read_am2k
from pipelines.refmatte.entities.dim import read_dim
from pipelines.refmatte.entities.foregrounds import read_foregrounds
from pipelines.refmatte.entities.hatt import read_hatt
from pipelines.refmatte.entities.labelled import read_labelled
from pipelines.refmatte.entities.names import Say, silent
from pipelines.refmatte.entities.p3m import read_p3m
from pipelines.refmatte.entities.sim import read_sim
from pipelines.refmatte.records import Entity
from pipelines.storage.stores import Place


class Sources(Settings):
    """Sets of mattes with names; at least one."""

    manifest: tuple[Place, ...] = ()
    """Outputs of labelling or propagation runs, or folders of their manifests."""
    images: Place | None = None
    """Folder of their photos; by default where each run noted it."""
    foregrounds: tuple[Place, ...] = ()
    """Folders of foregrounds with a manifest, as make foregrounds writes them."""
    am2k: Place | None = None
    """Folder of AM-2K, with a file of classes."""
    p3m: Place | None = None
    """Folder of P3M-10k."""
    aim: Place | None = None
    """Folder of AIM-500, with a file of classes."""
    sim: Place | None = None
    """Folder of SIMD, with a file of classes."""
    dim: Place | None = None
    """Folder of the Adobe Deep Image Matting dataset, with a file of classes."""
    hatt: Place | None = None
    """Folder of Distinctions-646, with a file of classes."""

    @model_validator(mode="after")
    def _any(self) -> Self:
        if not any(getattr(self, name) for name in type(self).model_fields if name != "images"):
            raise ValueError("no source of entities is given, expected a manifest, foregrounds or a public set")
        return self


class Reader(Protocol):
    """Reads one layout."""

    def __call__(self, folder: Path, say: Say, /) -> list[Entity]:
        """Entities of a folder in an order of their own; no picture is opened.

        Raises:
            UserError: it is not laid out so.
        """
        ...


_PUBLIC: dict[str, Reader] = {
    "am2k": read_am2k,
    "p3m": read_p3m,
    "aim": read_aim,
    "sim": read_sim,
    "dim": read_dim,
    "hatt": read_hatt,
}
"""Readers of public sets, by the setting that says where one is."""


def read_entities(sources: Sources, say: Say = silent) -> list[Entity]:
    """Entities of all sources, in order of their ids.

    Args:
        sources: where they are.
        say: told in a sentence what was left out and why.

    Raises:
        UserError: a source cannot be read, or two entities have one id.
    """
    found: dict[str, Entity] = {}
    for read, folder in _given(sources):
        for entity in read(folder, say):
            if other := found.get(entity.entity_id):
                raise UserError(
                    f"{folder}: {entity.entity_id} is also of {other.colours}; expected each source and each "
                    "picture once, and folders of foregrounds with different names"
                )
            found[entity.entity_id] = entity
    return [found[name] for name in sorted(found)]


def _given(sources: Sources) -> Iterator[tuple[Reader, Path]]:
    for folder in sources.manifest:
        yield lambda place, say: read_labelled(place, sources.images, say), folder
    for folder in sources.foregrounds:
        yield read_foregrounds, folder
    for name, read in _PUBLIC.items():
        if place := getattr(sources, name):
            yield read, place
