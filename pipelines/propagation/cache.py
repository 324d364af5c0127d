"""Features on disk, by image content and model, so that another object over the same images costs only matching."""

import hashlib
import os
import tempfile
import zipfile
import zlib
from contextlib import suppress
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pipelines.annotations.images import Photo
from pipelines.propagation.features import DenseFeatures, FeatureMap
from pipelines.propagation.segmenter import Encoder, Encoding
from pipelines.storage.files import PARTIAL

_DAMAGED = (OSError, ValueError, EOFError, KeyError, NotImplementedError, RuntimeError, zipfile.BadZipFile, zlib.error)
"""What reading a damaged archive raises."""
_RECOUNT = 256
"""Files to be written between two looks at the folder: other processes write to it too."""
_VERSION = 1


class FeatureCache:
    """What features and segmenters compute from an image alone, kept on disk below a size.

    An entry is used or not, never half: files appear by renaming, and one that does not read is made again. When the
    folder is full, entries not used since ``started`` make room; where all are in use, nothing more is kept. Several
    processes may share it; they may exceed the size by what they write between two counts.

    Args:
        folder: made when first written to.
        limit: most bytes; 0 keeps nothing.
        started: time (seconds since the epoch) from when on entries count as in use.
    """

    def __init__(self, folder: Path, limit: int, started: float) -> None:
        self._folder, self._limit, self._started = folder, limit, started
        self._writable = limit > 0
        self._size = 0
        self._asked = 0
        self._old: list[tuple[float, int, Path]] = []

    def features(self, method: DenseFeatures, photo: Photo) -> FeatureMap:
        """``method.extract`` of a photo, computed or read."""
        key = f"{method.name} {method.revision} {photo.sha256} {photo.exif_orientation}"
        found = self._read(key)
        if found is not None and _NUMBERS in found and "values" in found:
            return _unpacked(found)
        fresh = method.extract(photo.pixels)
        self._write(key, _packed(fresh))
        return fresh

    def encoding(self, encoder: Encoder, photo: Photo) -> Encoding:
        """``encoder.encode`` of a photo, computed or read."""
        key = f"{encoder.name} {encoder.revision} {photo.sha256} {photo.exif_orientation}"
        found = self._read(key)
        if found is not None:
            return found
        fresh = encoder.encode(photo.pixels)
        if fresh:
            self._write(key, fresh)
        return fresh

    def _path(self, key: str) -> Path:
        name = hashlib.sha256(f"{_VERSION} {key}".encode()).hexdigest()[:40]
        return self._folder / name[:2] / f"{name}.npz"

    def _read(self, key: str) -> Encoding | None:
        if not self._limit:
            return None
        path = self._path(key)
        try:
            with np.load(path, allow_pickle=False) as file:
                found = {name: file[name] for name in file.files}
        except _DAMAGED:
            return None
        with suppress(OSError):  # others may share a cache that only its owner can write
            os.utime(path)
        return found

    def _write(self, key: str, arrays: Encoding) -> None:
        """Keep it if there is room. A cache that cannot be written is no reason to stop."""
        size = sum(a.nbytes for a in arrays.values()) + 1024
        path = self._path(key)
        try:
            if not (self._writable and self._make_room(size)):
                return
            path.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=path.parent, suffix=PARTIAL, delete=False) as file:
                try:
                    np.savez(file, **arrays)  # type: ignore[arg-type]
                    Path(file.name).replace(path)
                except BaseException:
                    Path(file.name).unlink(missing_ok=True)
                    raise
        except OSError:
            self._writable = False

    def _make_room(self, size: int) -> bool:
        """Whether ``size`` more bytes fit, after removing what is old."""
        if self._asked % _RECOUNT == 0:
            self._count()
        self._asked += 1
        while self._size + size > self._limit and self._old:
            _, freed, path = self._old.pop()
            if path.exists() and path.stat().st_mtime >= self._started:  # used since it was counted
                continue
            path.unlink(missing_ok=True)
            self._size -= freed
        if self._size + size > self._limit:
            return False
        self._size += size
        return True

    def _count(self) -> None:
        entries = []
        for path in self._folder.glob("??/*"):
            try:
                stat = path.stat()
            except OSError:  # another process made room
                continue
            entries.append((stat.st_mtime, stat.st_size, path))
        self._size = sum(size for _, size, _ in entries)
        self._old = sorted((e for e in entries if e[0] < self._started), reverse=True)


_NUMBERS = "numbers"


def _packed(features: FeatureMap) -> Encoding:
    numbers = np.array([*features.origin, *features.step, *features.size, features.work], np.float64)
    return {"values": features.values, _NUMBERS: numbers}


def _unpacked(arrays: Encoding) -> FeatureMap:
    values: NDArray[np.float16] = np.asarray(arrays["values"], np.float16)
    x, y, across, down, height, width, work = map(float, arrays[_NUMBERS].tolist())
    return FeatureMap(values, (x, y), (across, down), (int(height), int(width)), work)
