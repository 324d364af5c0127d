"""Images whose entities are described in words: a run of the RefMatte engine. Without torch, since evaluation does
without."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa

from matting_models.errors import InputError, MissingError
from matting_models.pictures import PictureProblem, below
from pipelines.storage.manifest import SchemaVersionError, pictures_root
from pipelines.storage.parts import read_columns

KEYWORD = "keyword"
"""Kind of a text that is a category's name and no sentence."""

_COLUMNS = ["sample_id", "split", "image_path", "alpha_path", "keyword", "expressions"]

Split = Literal["train", "test"]


@dataclass(frozen=True, slots=True)
class Text:
    """What says which entity is meant.

    Attributes:
        kind: ``KEYWORD``, or of an expression: basic, absolute, relative-1, relative-2, or another that a data set has.
        text: the words.
    """

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class RefMatteEntity:
    """An entity of an image, with its matte and the texts that fit it alone.

    Attributes:
        image, alpha: pictures of one size.
        image_name: of the image, the same for all its entities.
        name: of the entity, unique.
        keyword: its category's name; None where its image has another entity of the category.
        expressions: texts; possibly none.
    """

    image: Path
    alpha: Path
    image_name: str
    name: str
    keyword: str | None
    expressions: tuple[Text, ...]

    def texts(self, setting: str) -> tuple[Text, ...]:
        """What may be said of it in a setting, ``keyword`` or ``expression``; possibly nothing."""
        if setting != KEYWORD:
            return self.expressions
        return () if self.keyword is None else (Text(KEYWORD, self.keyword),)


def read_entities(root: Path, split: Split) -> list[RefMatteEntity]:
    """Entities of a split, in order of name.

    Args:
        root: what ``flows.refmatte`` wrote: manifest/ and images/.
        split: which.

    Raises:
        MissingError: no such folder, or no manifest in it.
        InputError: the manifest cannot be read, describes nothing in words, or has nothing of the split.
    """
    if not root.is_dir():
        raise MissingError(f"{root} is not a folder; expected what flows.refmatte wrote")
    manifest = root / "manifest"
    parts = sorted(manifest.resolve().glob("part-*.parquet"))
    if not parts:
        raise MissingError(f"{manifest} has no part-*.parquet; expected what flows.refmatte wrote")
    rows = [row for part in parts for row in _rows(part)]
    described = [row for row in rows if row["keyword"] or row["expressions"]]
    if not described:
        raise InputError(
            f"{manifest} describes none of its {len(rows)} mattes in words; expected what flows.refmatte wrote"
        )
    pictures = pictures_root(manifest.resolve())
    chosen = [_entity(row, manifest, root / "images", pictures) for row in described if row["split"] == split]
    if not chosen:
        found = ", ".join(sorted({str(row["split"]) for row in described}))
        raise InputError(f"{manifest} has no row of split {split}, only of {found}")
    return sorted(chosen, key=lambda entity: entity.name)


def _rows(part: Path) -> list[dict[str, Any]]:
    try:
        rows: list[dict[str, Any]] = read_columns(part, _COLUMNS).to_pylist()
    except SchemaVersionError as error:
        raise InputError(str(error)) from None
    except pa.ArrowException as error:
        raise InputError(f"{part} is not a manifest part: {str(error).splitlines()[0]}") from error
    return rows


def _entity(row: dict[str, Any], manifest: Path, images: Path, pictures: Path) -> RefMatteEntity:
    try:
        image, alpha = below(images, row["image_path"]), below(pictures, row["alpha_path"])
    except PictureProblem as problem:
        raise InputError(f"{manifest}: {row['sample_id']}: {problem}") from None
    expressions = tuple(Text(each["kind"], each["text"]) for each in row["expressions"] or ())
    return RefMatteEntity(image, alpha, row["image_path"], row["sample_id"], row["keyword"], expressions)
