"""The mattes of a manifest's current version in a form that stays small, to order, filter and look up."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from pipelines.errors import UserError
from pipelines.records import Instance
from pipelines.review.doubt import doubt
from pipelines.storage.current import current, current_folder
from pipelines.storage.damage import readable
from pipelines.storage.files import spread
from pipelines.storage.manifest import MANIFEST_SCHEMA, part_paths, read_part
from pipelines.storage.parts import read_columns

MEASURES = ("mask_iou", "unknown_fraction", "soft_fraction", "mask_area", "sam_iou")
"""Scores to order by; a row without one comes last."""
_COLUMNS = ("sample_id", "alpha_sha256", "category", "image_id", "annotation_id", "accessory_annotation_ids", *MEASURES)
PARTS_KEPT = 4
"""Parts read in full that stay in memory."""


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All N mattes of one version, in the manifest's order; some 300 bytes each.

    Attributes:
        version: of the manifest.
        samples, digests: ``sample_id`` and ``alpha_sha256``.
        numbers: from ``sample_id`` to the row's number.
        categories: (N,) int32, index into ``category_names``.
        accessories: (N,) bool, whether anything was fused into it.
        scores: (N,) float64 of every one of ``MEASURES``, and ``doubt``; NaN where a row has none.
        ids: (N, 2) int64, image and annotation ids.
        read: the row of a number in full.
        column: a column of all rows, read anew.
    """

    version: int
    samples: pa.StringArray
    digests: pa.StringArray
    numbers: dict[str, int]
    categories: NDArray[np.int32]
    category_names: tuple[str, ...]
    accessories: NDArray[np.bool_]
    scores: dict[str, NDArray[np.float64]]
    ids: NDArray[np.int64]
    read: Callable[[int], Instance]
    column: Callable[[str], pa.ChunkedArray]

    def __len__(self) -> int:
        return len(self.samples)

    def sample(self, number: int) -> str:
        """``sample_id`` of a row."""
        return str(self.samples[number])

    def digest(self, number: int) -> str:
        """``alpha_sha256`` of a row; of manifests from before there were digests, empty."""
        return str(self.digests[number])


def load_catalogue(out: Path) -> Catalogue:
    """The current version of an output folder.

    Raises:
        UserError: no run has finished there, or its manifest is damaged, of another schema version, or without digests.
        OSError: the disk, or a store, does not answer; ``read`` and ``column`` raise the same.
    """
    catalogue = _load(out)
    if len(catalogue) and catalogue.digest(0) == "":
        raise UserError(f"{out}: the manifest has no digests of its mattes; run the job on it once more")
    return catalogue


def _load(out: Path) -> Catalogue:
    folder, version = current_folder(out), current(out)
    assert version is not None
    parts = part_paths(folder)

    def read(names: Sequence[str]) -> list[pa.Table]:
        with readable(out):
            return list(spread(folder, partial(read_columns, columns=names), parts))

    tables = read(_COLUMNS)
    ends = np.cumsum([table.num_rows for table in tables], dtype=np.int64)
    whole = pa.concat_tables(tables) if tables else MANIFEST_SCHEMA.empty_table().select(_COLUMNS)
    samples = whole["sample_id"].combine_chunks()
    names = pc.dictionary_encode(whole["category"].combine_chunks())
    scores = {name: _floats(whole[name]) for name in MEASURES}
    return Catalogue(
        version=version,
        samples=samples,
        digests=pc.fill_null(whole["alpha_sha256"], "").combine_chunks(),
        numbers={sample: number for number, sample in enumerate(samples.to_pylist())},
        categories=np.asarray(names.indices, np.int32),
        category_names=tuple(names.dictionary.to_pylist()),
        accessories=np.asarray(pc.list_value_length(whole["accessory_annotation_ids"]).to_numpy() > 0),
        scores=scores | {"doubt": doubt(scores["unknown_fraction"], scores["mask_area"])},
        ids=np.stack([whole[name].to_numpy() for name in ("image_id", "annotation_id")], axis=1),
        read=_reader(out, parts, ends),
        column=lambda name: pa.concat_tables(read([name]))[name],
    )


def _floats(column: pa.ChunkedArray) -> NDArray[np.float64]:
    numbers: NDArray[np.float64] = column.cast(pa.float64(), safe=False).to_numpy()
    return numbers


def _reader(out: Path, parts: list[Path], ends: NDArray[np.int64]) -> Callable[[int], Instance]:
    read = lru_cache(maxsize=PARTS_KEPT)(read_part)

    def row(number: int) -> Instance:
        part = int(np.searchsorted(ends, number, "right"))
        with readable(out):
            rows = read(parts[part])
        return rows[number - (int(ends[part - 1]) if part else 0)]

    return row
