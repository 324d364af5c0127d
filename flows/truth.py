"""Compare masks and mattes with true alphas, where they are known; a part of the manifest at a time."""

from array import array
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from matting_models.metrics import mse, sad
from pipelines.annotations.masks import Rle, decode
from pipelines.errors import UserError
from pipelines.records import Instance
from pipelines.storage.files import read_whole, spread
from pipelines.storage.manifest import KINDS, part_paths, read_part, shard_of_part
from pipelines.storage.safe_paths import ImageProblem, safe_path

_MISSING = (FileNotFoundError, NotADirectoryError, IsADirectoryError)


def compare_all(out: Path, truth: Path, rows: Path | None = None) -> dict[str, Any] | None:
    """Means over all instances with a true alpha ``<annotation_id>.png``, and how many mattes beat their mask.

    Args:
        out: folder that the alphas are below, locally or on a store.
        truth: folder of true alphas, locally or on a store.
        rows: folder of manifest/, locally or on a store; by default ``out``.

    Returns:
        SAD and MSE (whole image, native size) of "mask" and "matte"; None when there is no true alpha.

    Raises:
        UserError: an alpha cannot be read, or its size is not the image's.
        SchemaVersionError: the manifest was written with another schema version.
    """
    manifest = (rows or out) / "manifest"
    known = (row for part in spread(manifest, read_part, part_paths(manifest)) for row in part)
    tally = _Tally()
    for case in spread(out, lambda row: _read(str(row.annotation_id), [row], out, truth), known):
        if case is not None:
            tally.add(case)
    return tally.means()


def compare_targets(out: Path, truth: Path, rows: Path | None = None) -> dict[str, Any] | None:
    """Means over all targets with a true alpha ``<stem>.png``, the instances of a target taken together.

    A target without a matte counts as an alpha of zero. All rows of a target are in parts of the same shard.

    Args, returns and raises as ``compare_all``; rejects/ is beside manifest/.
    """
    tally, names = _Tally(), []
    for case in spread(out, lambda some: _read(Path(some[0].image_path).stem, some, out, truth), _targets(rows or out)):
        if case is not None:
            tally.add(case)
            names.append(case.image_path)
    # A sum of floats depends on their order: that of the names, however the targets were cut into shards.
    means = tally.means(sorted(range(len(names)), key=names.__getitem__))
    return means and means | {"region": "whole target with all its instances, native size"}


def _targets(folder: Path) -> Iterator[list[Instance]]:
    """The rows of one target after the other, its mattes before its rejects."""
    parts: dict[int, list[Path]] = defaultdict(list)
    for kind in KINDS:
        for path in part_paths(folder / kind):
            parts[shard_of_part(path.name)].append(path)
    for known in spread(folder, lambda paths: [row for path in paths for row in read_part(path)], parts.values()):
        targets: dict[str, list[Instance]] = defaultdict(list)
        for row in known:
            targets[row.image_path].append(row)
        yield from targets.values()


@dataclass(frozen=True, slots=True)
class _Matte:
    """A row's matte, not yet decoded: many are read at a time from a store, one is decoded."""

    name: str
    content: bytes
    mask: Rle


@dataclass(frozen=True, slots=True)
class _Case:
    """An image with a true alpha; ``size`` is (height, width) as annotated, (0, 0) where that is unknown."""

    image_path: str
    size: tuple[int, int]
    true_path: Path
    true: bytes
    mattes: list[_Matte]


def _read(stem: str, rows: list[Instance], out: Path, truth: Path) -> _Case | None:
    """None when there is no true alpha ``<stem>.png``."""
    try:
        path = safe_path(truth, f"{stem}.png")
        true = read_whole(path)
    except (ImageProblem, *_MISSING):
        return None
    mattes = [
        _Matte(row.alpha_path, _content(out, row.alpha_path), row.mask_rle)
        for row in rows
        if row.alpha_path is not None and row.mask_rle is not None
    ]
    return _Case(rows[0].image_path, (rows[0].image_height, rows[0].image_width), path, true, mattes)


def _content(out: Path, name: str) -> bytes:
    try:
        return read_whole(safe_path(out, name))
    except ImageProblem as problem:
        raise UserError(f"{out}: {problem}") from problem
    except _MISSING:
        raise UserError(f"{out / name}: missing, expected a matte; the same command makes it again") from None


def _scores(case: _Case) -> list[float]:
    """SAD and MSE of the mask, then of the matte."""
    true = _decode(str(case.true_path), case.true)
    shape = case.size if case.size[0] else true.shape
    if true.shape != shape:
        raise UserError(f"{case.true_path}: true alpha is {true.shape[::-1]}, the image is {shape[::-1]}")
    mask = matte = np.zeros(shape, np.float32)
    for known in case.mattes:
        alpha = _decode(known.name, known.content)
        if alpha.shape != shape:
            raise UserError(f"{known.name}: matte is {alpha.shape[::-1]}, the image is {shape[::-1]}")
        mask, matte = np.maximum(mask, decode(known.mask).astype(np.float32)), np.maximum(matte, alpha)
    return [score(prediction, true) for prediction in (mask, matte) for score in (sad, mse)]


def _decode(name: str, content: bytes) -> NDArray[np.float32]:
    """(H, W) in [0, 1]."""
    pixels = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_GRAYSCALE) if content else None
    if pixels is None:
        raise UserError(f"{name}: not a readable picture, expected an 8-bit grayscale PNG")
    return (pixels / np.float32(255)).astype(np.float32)


@dataclass(slots=True)
class _Tally:
    """Scores of any number of cases, 32 bytes each."""

    values: "array[float]" = field(default_factory=lambda: array("d"))

    def add(self, case: _Case) -> None:
        self.values.extend(_scores(case))

    def means(self, order: list[int] | None = None) -> dict[str, Any] | None:
        """Means, added up in the order given; None of nothing."""
        table = np.array(self.values).reshape(-1, 2, 2)
        if len(table) == 0:
            return None
        mask, matte = np.moveaxis(table if order is None else table[order], 0, 2).copy()
        return {
            "mask": {"sad": float(np.mean(mask[0])), "mse": float(np.mean(mask[1]))},
            "matte": {"sad": float(np.mean(matte[0])), "mse": float(np.mean(matte[1]))},
            "region": "whole image, native size",
            "instances": len(table),
            "matte_better": int((matte[0] < mask[0]).sum()),
        }
