"""Mattes of this project's own runs."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from pipelines.errors import UserError
from pipelines.refmatte.entities.names import Named, Say, named
from pipelines.refmatte.entities.tally import Tally
from pipelines.refmatte.records import Entity, Rights, Split
from pipelines.review.decisions import Mended
from pipelines.review.selection import Select, selection
from pipelines.storage.current import current, current_folder
from pipelines.storage.damage import readable
from pipelines.storage.files import spread
from pipelines.storage.image_folder import image_folder
from pipelines.storage.manifest import part_paths, pictures_root
from pipelines.storage.parts import read_columns
from pipelines.storage.safe_paths import ImageProblem, safe_path

_COLUMNS = (
    "sample_id", "dataset", "split", "category", "image_path", "image_sha256", "alpha_path", "alpha_sha256",
    "cutout_path", "license_name", "license_url", "coco_url", "flickr_url", "sources",
)  # fmt: skip
Row = dict[str, Any]
"""Those of a manifest's row."""


def read_labelled(folder: Path, images: Path | None, say: Say) -> list[Entity]:
    """Accepted mattes of a labelling or propagation run.

    Cutouts where the run wrote them, else photos with their alphas. Mattes that people rejected are left out, mended
    ones take the place of the machine's.

    Args:
        folder: the output folder, or one of a manifest's parts.
        images: the photos' folder, or None for the one that the run noted.
        say: told what was left out.

    Raises:
        UserError: it holds no manifest, a damaged one or one of composed images, or the photos' folder is not known.
    """
    parts, out = _parts(folder)
    select, photos, tally = selection(out, "not-rejected"), _Photos(out, images), Tally(folder, say)
    entities = []
    for row in _rows(out, parts):
        if row["sources"] is not None:
            raise UserError(f"{folder}: its images are composed of other entities; expected mattes of photos")
        name = named(row["category"])
        if name is None:
            tally.leave_out(f"are called {row['category']!r}, which names nothing")
        elif (entity := _entity(row, name, out, photos, select)) is None:
            tally.leave_out("were rejected by people")
        else:
            entities.append(entity)
    tally.tell()
    return entities


def _parts(folder: Path) -> tuple[list[Path], Path]:
    """Parts of the manifest, and the output folder."""
    if current(folder) is not None:
        return part_paths(current_folder(folder)), folder
    if parts := part_paths(folder):
        return parts, pictures_root(folder)
    raise UserError(f"{folder}: no manifest found, expected the output of a labelling run that has finished")


def _rows(out: Path, parts: list[Path]) -> Iterator[Row]:
    with readable(out):
        for rows in spread(out, partial(read_columns, columns=_COLUMNS), parts):
            yield from rows.to_pylist()


class _Photos:
    """The folder of photos, looked for when a row needs it."""

    def __init__(self, out: Path, given: Path | None) -> None:
        self._out, self._given = out, given
        self._folder: Path | None = None

    def path(self, name: str) -> Path:
        if self._folder is None:
            self._folder = image_folder(self._out, self._given)
        return _below(self._folder, name)


def _entity(row: Row, name: Named, out: Path, photos: _Photos, select: Select) -> Entity | None:
    """None where people rejected it."""
    standing = select(row["sample_id"], row["alpha_sha256"])
    if standing is None:
        return None
    colours, alpha = _files(row, out, photos, standing.mended)
    return Entity(
        entity_id=f"{row['dataset']}/{row['sample_id']}",
        dataset=row["dataset"],
        group=name.group,
        category=name.category,
        colours=colours,
        alpha=alpha,
        straight=alpha is None,
        # By its bytes: two runs may know one photo by different names.
        photo=row["image_sha256"] or f"{row['dataset']}/{row['image_path']}",
        split=_split(row["split"]),
        stated=name.stated,
        rights=Rights(row["license_name"], row["license_url"], row["flickr_url"] or row["coco_url"]),
    )


def _files(row: Row, out: Path, photos: _Photos, mended: Mended | None) -> tuple[Path, Path | None]:
    """Pictures of its colours, and of its alpha where they are two."""
    if row["cutout_path"] and mended is None:
        return _below(out, row["cutout_path"]), None
    return photos.path(row["image_path"]), _below(out, mended.alpha_path if mended else row["alpha_path"] or "")


def _below(folder: Path, name: str) -> Path:
    try:
        return safe_path(folder, name)
    except ImageProblem as problem:
        raise UserError(f"{folder}: {problem.detail}") from None


def _split(name: str) -> Split | None:
    """COCO's train2017 is for training, its val2017 and test2017 are not."""
    if name.startswith("train"):
        return "train"
    return "test" if name.startswith(("val", "test")) else None
