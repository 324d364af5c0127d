"""Stage 1 of a composed image: what it is made of is read; what cannot be used says why."""

from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

import orjson

from pipelines.annotations.images import Photo, read_photo
from pipelines.refmatte.entities.pixels import MAX_PIXELS, EntityProblem, Pixels, read_pixels
from pipelines.refmatte.records import Entity, Planned, Rights
from pipelines.storage.files import Mark, mark, read_whole
from pipelines.storage.safe_paths import ImageProblem

LEAST = 2
"""Entities that an image needs: one alone has no relation."""


@dataclass(frozen=True, slots=True)
class Refused:
    """An entity that does not get into its image: a reason code and a sentence."""

    entity: Entity
    reason: str
    detail: str


@dataclass(slots=True)
class Material:
    """What a planned image is composed of.

    Attributes:
        usable: entities with their pixels, in the plan's order; their numbers count from 1.
        refused: the others.
        background: None where it cannot be used; then all entities are refused.
    """

    usable: list[tuple[Entity, Pixels]] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    background: Photo | None = None

    def refuse_all(self, reason: str, detail: str) -> None:
        """Nothing can be composed: what was usable is refused too."""
        self.refused += [Refused(entity, reason, detail) for entity, _ in self.usable]
        self.usable = []


def read_material(planned: Planned) -> Material:
    """Read an image's entities and background. Problems of the machine pass through."""
    material = Material()
    for entity in planned.entities:
        try:
            material.usable.append((entity, read_pixels(entity)))
        except EntityProblem as problem:
            material.refused.append(Refused(entity, problem.reason, problem.detail))
    try:
        material.background = read_photo(planned.background.path, 0, 0, MAX_PIXELS)
    except ImageProblem as problem:
        material.refuse_all(problem.reason.replace("image_", "background_"), problem.detail)
    if 0 < len(material.usable) < LEAST:
        found = f"{len(material.usable)} of its {len(planned.entities)} entities can be used"
        material.refuse_all("too_few_entities", f"image {planned.image_id}: {found}, expected at least {LEAST}")
    return material


def input_paths(planned: Planned) -> list[Path]:
    """Every file that an image depends on."""
    pictures = [path for entity in planned.entities for path in (entity.colours, entity.alpha) if path is not None]
    return [*pictures, planned.background.path]


def marks_of(planned: Planned) -> dict[str, Mark | None]:
    """Marks of the files that an image depends on, by their paths."""
    return {str(path): mark(path) for path in input_paths(planned)}


def input_hash(planned: Planned, config_hash: str) -> str:
    """16 hex digits over all that an image and its rows are made from: plan, settings, and the bytes of its files."""
    digests = [_digest(path) for path in input_paths(planned)]
    told = [planned.image_id, planned.split, planned.arrangement, planned.seed, planned.background.name]
    described = [[e.entity_id, e.group, e.category, e.straight, e.stated] for e in planned.entities]
    rights = [_rights(entity.rights) for entity in planned.entities] + [_rights(planned.background.rights)]
    return sha256(orjson.dumps([config_hash, told, described, rights, digests])).hexdigest()[:16]


def _digest(path: Path) -> str:
    try:
        return sha256(read_whole(path)).hexdigest()
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
        return ""


def _rights(rights: Rights) -> list[str | None]:
    return [rights.license_name, rights.license_url, rights.url]
