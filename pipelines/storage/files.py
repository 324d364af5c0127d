"""Files that appear whole or not at all, on a local disk (written beside, flushed, renamed) or on any fsspec store.

Every function takes a ``pathlib.Path``, or the ``UPath`` that ``pipelines.storage.stores.place`` makes of a URL.
"""

import os
import shutil
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T")
R = TypeVar("R")

PARTIAL = ".partial"
"""Ending of files in the making; leftovers of a killed run are removed by the next one."""

REQUESTS = 16
"""Requests to a store at the same time, per process."""

Mark = list[Any]
"""What changes when a file's content does, without reading it: JSON values, compared for equality."""


def is_local(path: Path) -> bool:
    """Whether the path is on this machine's file system; else it is on an fsspec store."""
    return isinstance(path, Path)


def read_whole(path: Path) -> bytes:
    """All bytes of a file.

    Raises:
        OSError: as ``Path.read_bytes``.
    """
    if is_local(path):
        return path.read_bytes()
    from pipelines.storage import stores

    return stores.read(path)


def write_whole(path: Path, content: bytes, *, durable: bool = True) -> None:
    """Write ``content`` to ``path`` so that a reader sees the old file or the new one, never a part.

    Args:
        path: file to write; its folder exists.
        content: all of its bytes.
        durable: flush to disk before the rename, so that the file survives a power cut. Files that are flushed
            together later (``flush``), or can be made again, need not. A store's answer always means that.

    Raises:
        OSError: no space, no permission, ...; ``path`` is untouched then and the partial file is gone.
    """
    if not is_local(path):
        from pipelines.storage import stores

        stores.write(path, content)
        return
    beside = path.with_name(f".{path.name}{PARTIAL}")
    try:
        with beside.open("wb") as file:
            file.write(content)
            if durable:
                file.flush()
                os.fsync(file.fileno())
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def copy_whole(source: Path, target: Path) -> None:
    """A second name for a finished file that is only ever replaced, never changed.

    A hard link where the disk has them, a copy inside the store, else a copy of the bytes; replaces ``target``.

    Raises:
        OSError: as ``write_whole``.
    """
    if not is_local(source):
        from pipelines.storage import stores

        stores.copy(source, target)
        return
    beside = target.with_name(f".{target.name}{PARTIAL}")
    beside.unlink(missing_ok=True)
    try:
        try:
            os.link(source, beside)
        except OSError:
            shutil.copyfile(source, beside)
            flush([beside])
        beside.replace(target)
    finally:
        beside.unlink(missing_ok=True)  # two names of one file are not renamed onto each other


def remove(path: Path) -> None:
    """Remove a file if it is there."""
    if is_local(path):
        with suppress(NotADirectoryError):
            path.unlink(missing_ok=True)
        return
    from pipelines.storage import stores

    stores.remove(path)


def is_folder(path: Path) -> bool:
    """Whether there is such a folder; on a store, anything below that name."""
    if is_local(path):
        return path.is_dir()
    from pipelines.storage import stores

    try:
        return bool(stores.info(path)["type"] == "directory")
    except (FileNotFoundError, NotADirectoryError):
        return False


def make_folder(path: Path) -> None:
    """Make a folder and those above it; stores need none."""
    if is_local(path):
        path.mkdir(parents=True, exist_ok=True)


def names(folder: Path) -> Iterator[str]:
    """Names of what is directly in a folder, in no order; none when there is no such folder."""
    if is_local(folder):
        try:
            with os.scandir(folder) as entries:
                yield from (entry.name for entry in entries)
        except (FileNotFoundError, NotADirectoryError):
            return
        return
    from pipelines.storage import stores

    for entry in stores.entries(folder):
        name = str(entry["name"]).rstrip("/").rsplit("/", 1)[-1]
        if name and str(entry["name"]).strip("/") != str(getattr(folder, "path", "")).strip("/"):
            yield name


def below(folder: Path) -> Iterator[str]:
    """Names of all files below a folder, relative to it with "/", in no order; none when there is no such folder."""
    if is_local(folder):
        for root, _, found in os.walk(folder):
            inside = Path(root).relative_to(folder)
            yield from ((inside / name).as_posix() for name in found)
        return
    from pipelines.storage import stores

    yield from stores.below(folder)


def mark(path: Path) -> Mark | None:
    """The mark of a file, or None when it is missing.

    Locally size, modification and change time, so that a rewritten file is noticed even where a copying tool restored
    its modification time; on a store size and ETag, or what it has in its place.
    """
    if is_local(path):
        try:
            stat = path.stat()
        except OSError:
            return None
        return [stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns]
    from pipelines.storage import stores

    try:
        return mark_of_entry(stores.info(path))
    except (FileNotFoundError, NotADirectoryError):
        return None


def mark_of_entry(entry: dict[str, Any]) -> Mark:
    """The mark of a store's entry."""
    kinds = ("ETag", "etag", "md5", "md5Hash", "content_md5", "LastModified", "last_modified", "Last-Modified", "mtime",
             "modify", "modificationTime", "created", "CRC")  # fmt: skip
    known = next((entry[kind] for kind in kinds if entry.get(kind) is not None), "")
    return [entry.get("size"), str(known.timestamp() if isinstance(known, datetime) else known)]


def spread(place: Path, function: Callable[[T], R], items: Iterable[T]) -> Iterator[R]:
    """``map``, in order; for files on a store with several requests at a time, since each waits for its answer.

    Args:
        place: where the files are.
        function: called in threads when ``place`` is on a store.
        items: taken as they are needed.
    """
    if is_local(place):
        yield from map(function, items)
        return
    waiting: deque[Future[R]] = deque()
    with ThreadPoolExecutor(REQUESTS) as threads:
        try:
            for item in items:
                waiting.append(threads.submit(function, item))
                if len(waiting) >= 4 * REQUESTS:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:  # after an error, what has not begun need not
            for future in waiting:
                future.cancel()


def same_file(a: Path, b: Path) -> bool:
    """Whether two names are of one file, or on a store of equal objects; False where either is missing."""
    if is_local(a):
        try:
            return a.samefile(b)
        except OSError:
            return False
    return mark(a) is not None and mark(a) == mark(b)


def flush(paths: Iterable[Path]) -> None:
    """Flush finished files to disk: together, since the first flush carries most of the others along."""
    for path in paths:
        if not is_local(path):
            continue
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
