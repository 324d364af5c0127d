"""All rows of a run in a form that stays small, for histograms and totals and to choose the rows that are shown."""

from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from pipelines.labelling.instance_matte import NO_KERNEL
from pipelines.records import Instance
from pipelines.storage.files import spread
from pipelines.storage.manifest import part_paths, read_part
from pipelines.storage.parts import read_columns

MEASURES = ("mask_iou", "unknown_fraction", "soft_fraction", "kernel_size", "mask_area", "object_score")
"""Scores that the page shows histograms of."""
_IDS = ("image_id", "annotation_id")
_TEXTS = ("dataset", "split", "matting_backend", "matting_revision", "config_hash", "reason")
_COLUMNS = (*MEASURES, *_IDS, *_TEXTS, "reference_path", "image_path", "prompts")


@dataclass(frozen=True, slots=True)
class Survey:
    """What is known of all N rows of the manifest, or of the rejects; rows are numbered through all parts.

    Attributes:
        folder: where the parts are, locally or on a store.
        parts: P files.
        ends: (P,) int64, number of rows up to and with each part.
        scores: (N,) float64 of every one of ``MEASURES``; NaN where a row has none.
        ids: (N,) int64 each, image and annotation ids.
        names: (N,) int32, place of the image's name among all names where rows are in order of names, else 0.
        reasons: (N,) int32, index into ``reason_names``.
        reason_names: reason codes in order; just "" for the manifest.
        dataset, split: of the first row; empty when there are no rows.
        backends: of all rows, as ``name (revision)``.
        config_hashes: of all rows.
        with_points: whether any row has prompts.
        with_object_scores: whether any row has an object score.
    """

    folder: Path
    parts: list[Path]
    ends: NDArray[np.int64]
    scores: dict[str, NDArray[np.float64]]
    ids: tuple[NDArray[np.int64], NDArray[np.int64]]
    names: NDArray[np.int32]
    reasons: NDArray[np.int32]
    reason_names: tuple[str, ...]
    dataset: str
    split: str
    backends: frozenset[str]
    config_hashes: frozenset[str]
    with_points: bool
    with_object_scores: bool

    def __len__(self) -> int:
        return len(self.names)

    def ranked(self, *before: NDArray[Any]) -> NDArray[np.int64]:
        """Row numbers in the page's own order: ids, or names first for propagated rows, whose ids nobody knows.

        Args:
            before: (N,) keys that count before that, the most important one first.
        """
        keys: list[NDArray[Any]] = [self.ids[1], self.ids[0], self.names, *before[::-1]]
        return np.lexsort(keys)

    def in_page_order(self, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """The row numbers, sorted."""
        keys = (self.ids[1], self.ids[0], self.names)
        return rows[np.lexsort([key[rows] for key in keys])]

    def reason_counts(self) -> dict[str, int]:
        """Reason code to number of rows."""
        counts = np.bincount(self.reasons, minlength=len(self.reason_names))
        return {name: int(count) for name, count in zip(self.reason_names, counts, strict=True)}

    def read(self, rows: NDArray[np.int64]) -> list[Instance]:
        """The rows of these numbers in full, in the order of the numbers given."""
        part_of = np.searchsorted(self.ends, rows, "right")
        wanted = [(int(p), rows[part_of == p]) for p in np.unique(part_of)]
        found: dict[int, Instance] = {}
        for some in spread(self.folder, self._read_of_part, wanted):
            found |= some
        return [found[int(row)] for row in rows]

    def _read_of_part(self, wanted: tuple[int, NDArray[np.int64]]) -> dict[int, Instance]:
        part, rows = wanted
        start = int(self.ends[part - 1]) if part else 0
        known = read_part(self.parts[part])
        return {int(row): known[int(row) - start] for row in rows}


def survey(folder: Path) -> Survey:
    """Go through all parts in a folder once; keeps some 70 bytes a row, and propagated rows' names until the end.

    Raises:
        SchemaVersionError: a part was written with another schema version.
        OSError: a part cannot be read.
    """
    parts = part_paths(folder)
    seen = _Seen()
    for table in spread(folder, partial(read_columns, columns=_COLUMNS), parts):
        seen.add(table)
    return seen.survey(folder, parts)


@dataclass(slots=True)
class _Seen:
    """What the parts so far hold."""

    ends: "array[int]" = field(default_factory=lambda: array("q"))
    scores: dict[str, "array[float]"] = field(default_factory=lambda: {name: array("d") for name in MEASURES})
    ids: dict[str, "array[int]"] = field(default_factory=lambda: {name: array("q") for name in _IDS})
    names: list[pa.Array] = field(default_factory=list)
    reasons: "array[int]" = field(default_factory=lambda: array("i"))
    codes: dict[str, int] = field(default_factory=dict)
    first: tuple[str, str] = ("", "")
    backends: set[str] = field(default_factory=set)
    config_hashes: set[str] = field(default_factory=set)
    with_points: bool = False
    with_object_scores: bool = False

    def add(self, table: pa.Table) -> None:
        """One more part, with ``_COLUMNS``."""
        if table.num_rows == 0:
            self.ends.append(len(self.reasons))
            return
        if not self.reasons:
            self.first = table["dataset"][0].as_py(), table["split"][0].as_py()
        for name, values in self.scores.items():
            values.frombytes(_score(table, name).tobytes())
        for name, ids in self.ids.items():
            ids.frombytes(_numbers(table[name], np.int64).tobytes())
        named = pc.if_else(pc.is_valid(table["reference_path"]), table["image_path"], "")
        self.names.append(named.combine_chunks())
        reasons = pc.fill_null(table["reason"], "").to_pylist()
        self.reasons.extend([self.codes.setdefault(reason, len(self.codes)) for reason in reasons])
        pairs = zip(table["matting_backend"].to_pylist(), table["matting_revision"].to_pylist(), strict=True)
        self.backends |= {f"{backend} ({revision})" for backend, revision in set(pairs)}
        self.config_hashes |= set(pc.unique(table["config_hash"]).to_pylist())
        self.with_points |= table["prompts"].null_count < table.num_rows
        self.with_object_scores |= table["object_score"].null_count < table.num_rows
        self.ends.append(len(self.reasons))

    def survey(self, folder: Path, parts: list[Path]) -> Survey:
        """All of it, in order."""
        reason_names = tuple(sorted(self.codes))
        places = np.array([reason_names.index(name) for name in self.codes], np.int32)
        return Survey(
            folder=folder,
            parts=parts,
            ends=np.frombuffer(self.ends, np.int64),
            scores={name: np.frombuffer(values, np.float64) for name, values in self.scores.items()},
            ids=(np.frombuffer(self.ids["image_id"], np.int64), np.frombuffer(self.ids["annotation_id"], np.int64)),
            names=_places(self.names),
            reasons=places[np.frombuffer(self.reasons, np.int32)],
            reason_names=reason_names,
            dataset=self.first[0],
            split=self.first[1],
            backends=frozenset(self.backends),
            config_hashes=frozenset(self.config_hashes),
            with_points=self.with_points,
            with_object_scores=self.with_object_scores,
        )


def _score(table: pa.Table, name: str) -> NDArray[np.float64]:
    """A column of scores; a trimap that a network drew has no kernel."""
    column = table[name]
    if name == "kernel_size":
        column = pc.if_else(pc.equal(column, NO_KERNEL), None, column)
    return _numbers(column, np.float64)


def _numbers(column: pa.ChunkedArray, kind: type[np.float64] | type[np.int64]) -> NDArray[Any]:
    """A column as numbers; None becomes NaN."""
    numbers: NDArray[Any] = column.cast(pa.from_numpy_dtype(kind), safe=False).to_numpy()
    return numbers


def _places(names: Sequence[pa.Array]) -> NDArray[np.int32]:
    """Where each name stands among all of them; UTF-8 sorts as Python's strings do."""
    places = pc.rank(pa.chunked_array(names, pa.string()), tiebreaker="dense")
    return np.asarray(places, np.int32)
