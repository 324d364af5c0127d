"""Images whose entities are described in words: a run of the RefMatte engine, or RefMatte as it is published. Without
torch, since evaluation does without.

Of the published layout, public loaders show ``train/`` and ``test/`` with ``img/<image>.jpg``, ``mask/<image>_<n>.png``
and ``refmatte_train_label.json``: mask stem to ``image_name`` and ``expressions``. RefMatte-RW100 is the same with
``image/``, ``refmatte_rw100_label.json`` and ``eval_index_expression.json``: ``image_name`` to the index of the
expression that evaluation uses. Where the labels of the test set lie is inferred from those of the training set. Other
keys of an entry are ours: ``sample_id``, ``keyword``, and ``kinds`` of the expressions.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Literal

import pyarrow as pa

from matting_models.errors import InputError, MissingError
from matting_models.layouts import Missing, pictures
from matting_models.pictures import PictureProblem, below
from pipelines.refmatte.choice import chosen_index
from pipelines.storage.manifest import SchemaVersionError, pictures_root
from pipelines.storage.parts import read_columns

KEYWORD = "keyword"
"""Kind of a text that is a category's name and no sentence."""
EXPRESSION = "expression"
"""Kind of an expression of a data set that does not say which kind it is."""
TITLE = "RefMatte"
CHOICE = "eval_index_expression.json"
"""File beside the labels with the expression that evaluation uses."""

_COLUMNS = ["sample_id", "split", "image_path", "composed_path", "alpha_path", "keyword", "expressions"]
_IMAGES = ("img", "image", "image_all")
"""Folders that images may be in; the first that is there."""
_RW100 = "refmatte_rw100_label.json"

Split = Literal["train", "test"]


@dataclass(frozen=True, slots=True)
class Text:
    """What says which entity is meant.

    Attributes:
        kind: ``KEYWORD``; of an expression basic, absolute, relative-1, relative-2, or ``EXPRESSION`` if unknown.
        text: the words.
    """

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class RefMatteEntity:
    """An entity of an image, with its matte and the texts that fit it alone.

    Attributes:
        image, alpha: pictures of one size.
        image_name: of the image without its ending, the same for all its entities.
        name: of the entity, unique.
        keyword: its category's name; None where its image has another entity of the category, or where unknown.
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
        root: what ``flows.refmatte`` wrote, its export to the published layout, RefMatte, or RefMatte-RW100.
        split: which; RefMatte-RW100 is a test split.

    Raises:
        MissingError: no such folder, or neither a manifest nor labels in it; or as ``read_layout``.
        InputError: as ``read_manifest`` and ``read_layout``.
    """
    if not root.is_dir():
        raise MissingError(f"{root} is not a folder; expected what flows.refmatte wrote, or {TITLE}'s layout")
    return read_manifest(root, split) if (root / "manifest").is_dir() else read_layout(root, split)


def read_manifest(root: Path, split: Split) -> list[RefMatteEntity]:
    """Entities of a run's output folder, in order of name.

    Raises:
        MissingError: there is no manifest, or no folder of images.
        InputError: the manifest cannot be read, describes nothing in words, or has nothing of the split.
    """
    manifest = root / "manifest"
    opened = manifest.resolve()
    parts = sorted(opened.glob("part-*.parquet"))
    if not parts:
        raise MissingError(f"{manifest} has no part-*.parquet; expected what flows.refmatte wrote")
    rows = [row for part in parts for row in _rows(part)]
    described = [row for row in rows if row["keyword"] or row["expressions"]]
    if not described:
        raise InputError(
            f"{manifest} describes none of its {len(rows)} mattes in words; expected what flows.refmatte wrote"
        )
    found = [_of_row(row, manifest, pictures_root(opened)) for row in described if row["split"] == split]
    if not found:
        splits = ", ".join(sorted({str(row["split"]) for row in described}))
        raise InputError(f"{manifest} has no row of split {split}, only of {splits}")
    for folder in sorted({entity.image.parent for entity in found}):
        if not folder.is_dir():
            raise MissingError(f"{folder}, the images of {manifest}, is not there")
    return sorted(found, key=lambda entity: entity.name)


def _rows(part: Path) -> list[dict[str, Any]]:
    try:
        rows: list[dict[str, Any]] = read_columns(part, _COLUMNS).to_pylist()
    except SchemaVersionError as error:
        raise InputError(str(error)) from None
    except pa.ArrowException as error:
        raise InputError(f"{part} is not a manifest part: {str(error).splitlines()[0]}") from error
    return rows


def _of_row(row: dict[str, Any], manifest: Path, out: Path) -> RefMatteEntity:
    try:
        image = below(out, row["composed_path"] or f"images/{row['image_path']}")
        alpha = below(out, row["alpha_path"])
    except PictureProblem as problem:
        raise InputError(f"{manifest}: {row['sample_id']}: {problem}") from None
    expressions = tuple(Text(each["kind"], each["text"]) for each in row["expressions"] or ())
    _check_names(row["sample_id"], [each.kind for each in expressions], f"{manifest}: {row['sample_id']}")
    stem = PurePosixPath(row["image_path"]).stem
    return RefMatteEntity(image, alpha, stem, row["sample_id"], row["keyword"], expressions)


def read_layout(root: Path, split: Split) -> list[RefMatteEntity]:
    """Entities in the published layout, in order of name.

    Args:
        root: the folder that holds the split's folder, that folder itself, or RefMatte-RW100.
        split: which.

    Raises:
        MissingError: no labels, or pictures of entries that are not there, named.
        InputError: labels that are damaged, a mask without an entry, or an entry without expressions.
    """
    labels, base = _find_labels(root, split)
    entries = _read_object(labels, "mask names to entries")
    folder = next((base / name for name in _IMAGES if (base / name).is_dir()), base / _IMAGES[0])
    for needed in (folder, base / "mask"):
        if not needed.is_dir():
            raise MissingError(f"{TITLE}: {needed} is not there; expected a folder that holds img/, mask/")
    images, masks = pictures(TITLE, folder), pictures(TITLE, base / "mask")
    missing = Missing(TITLE)
    missing.unused(masks, set(entries), f"entry in {labels}")
    found = []
    for stem, entry in entries.items():
        image_name, name, keyword, expressions = _checked(entry, f"{labels}: {stem}", stem)
        alpha = missing.partner(masks, stem, base / "mask", labels)
        # RefMatte-RW100 also comes with a copy of its image for every mask.
        image = images.get(stem) or missing.partner(images, image_name, folder, base / "mask" / stem)
        if image and alpha:
            found.append(RefMatteEntity(image, alpha, image_name, name, keyword, expressions))
    missing.check()
    if not found:
        raise InputError(f"{labels} has no entries")
    return sorted(found, key=lambda entity: entity.name)


def _find_labels(root: Path, split: Split) -> tuple[Path, Path]:
    """The labels of a split, and the folder that its folders of pictures are in."""
    places = list(_places(root, split))
    found = next(((labels, base) for labels, base in places if labels.is_file()), None)
    if found is None:
        wanted = f"manifest/ nor {split}/refmatte_{split}_label.json"
        raise MissingError(f"{root} has neither {wanted}; expected what flows.refmatte wrote, or {TITLE}'s layout")
    return found


def _places(root: Path, split: Split) -> Iterator[tuple[Path, Path]]:
    name = f"refmatte_{split}_label.json"
    for top in (root, root / "RefMatte"):
        yield top / split / name, top / split
        yield top / name, top / split if (top / split).is_dir() else top
    if split == "test":
        for top in (root, root / "RefMatte_RW_100"):
            yield top / _RW100, top


def _read_object(path: Path, expected: str) -> dict[str, Any]:
    try:
        known = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path} is damaged: {error}") from None
    if not isinstance(known, dict):
        raise InputError(f"{path} is a JSON {type(known).__name__}, expected an object of {expected}")
    return known


def _checked(entry: object, where: str, stem: str) -> tuple[str, str, str | None, tuple[Text, ...]]:
    """Image name, name, keyword and expressions of an entry; ``where`` is for messages."""
    image = entry.get("image_name") if isinstance(entry, dict) else None
    if not isinstance(entry, dict) or not isinstance(image, str) or not image:
        raise InputError(f"{where} has no image_name, expected image_name and expressions")
    texts = entry.get("expressions")
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        raise InputError(f"{where} has expressions {json.dumps(texts)[:80]}, expected a list of texts")
    if not texts or not all(text.strip() for text in texts):
        raise InputError(f"{where} has {'an empty expression' if texts else 'no expressions'}, expected at least one")
    kinds = entry.get("kinds", [EXPRESSION] * len(texts))
    if not isinstance(kinds, list) or len(kinds) != len(texts) or not all(isinstance(kind, str) for kind in kinds):
        raise InputError(f"{where} has kinds {json.dumps(kinds)[:80]}, expected one for each of its {len(texts)} texts")
    name, keyword = entry.get("sample_id", stem), entry.get("keyword")
    if not isinstance(name, str) or not (keyword is None or isinstance(keyword, str)):
        raise InputError(f"{where} has sample_id {name!r} and keyword {keyword!r}, expected texts")
    _check_names(name, kinds, where)
    return image, name, keyword, tuple(map(Text, kinds, texts))


def _check_names(name: str, kinds: Sequence[str], where: str) -> None:
    """Predictions are written below them."""
    try:
        for part in (name, *kinds):
            below(Path("predictions"), part)
    except PictureProblem as problem:
        raise InputError(f"{where}: {problem}") from None


def evaluation_texts(root: Path, split: Split, entities: Sequence[RefMatteEntity]) -> list[Text]:
    """One expression for each entity: that of ``eval_index_expression.json`` where it is beside the labels, else by
    ``chosen_index``, as an export of the run has it.

    Args:
        root, split: as for ``read_entities``.
        entities: all of a split that have expressions.

    Raises:
        InputError: the file is damaged, lacks an image, or names an expression that an entity does not have.
    """
    fewest: dict[str, int] = {}
    for entity in entities:
        count = len(entity.expressions)
        fewest[entity.image_name] = min(count, fewest.get(entity.image_name, count))
    path = next((labels.parent / CHOICE for labels, _ in _places(root, split) if labels.is_file()), None)
    if path is None or not path.is_file():
        return [e.expressions[chosen_index(e.image_name, fewest[e.image_name])] for e in entities]
    indices = _read_object(path, "image names to indices")
    return [_at(path, indices, entity) for entity in entities]


def _at(path: Path, indices: dict[str, Any], entity: RefMatteEntity) -> Text:
    index = indices.get(entity.image_name, indices.get(entity.alpha.stem))
    count = len(entity.expressions)
    if not isinstance(index, int) or not 0 <= index < count:
        raise InputError(f"{path}: {entity.image_name} has {index!r}, expected an index below {count}")
    return entity.expressions[index]
