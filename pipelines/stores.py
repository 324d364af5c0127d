"""Places on any fsspec file system: object stores, network file systems, memory. Calls that fail are tried again."""

import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any, TypeVar, cast

from pydantic import PlainSerializer, PlainValidator, WithJsonSchema
from upath import UPath

from pipelines.errors import StoreError

T = TypeVar("T")
PAUSES = (0.5, 1.0, 2.0, 4.0, 8.0)
"""Seconds between tries, beyond the retries of the file system itself."""
_FINAL = (FileNotFoundError, FileExistsError, PermissionError, IsADirectoryError, NotADirectoryError)
_FINAL_NAMES = {"NoCredentialsError", "PartialCredentialsError", "ParamValidationError", "ProfileNotFound"}


def place(text: Any) -> Path:
    """A path, or a URL of an fsspec store such as ``s3://bucket/folder``, as something with pathlib's interface.

    Credentials and endpoints come from the environment, as the store's own library reads them. Listings are not
    cached: other machines write to the same place.

    Args:
        text: str, ``Path`` or ``UPath``.

    Returns:
        A ``pathlib.Path`` for local paths and ``file://``; else a ``upath.UPath``, which offers the same methods.

    Raises:
        ValueError: not a path, or no library for its protocol is installed.
    """
    if isinstance(text, Path) or type(text).__module__.startswith("upath."):
        return cast(Path, text)
    if not isinstance(text, str) or not text or "\0" in text:
        raise ValueError(f"expected a path or a URL, got {text!r:.80}")
    protocol, found, rest = text.partition("://")
    if not found:
        return Path(text)
    if protocol in ("file", "local"):
        return Path(rest)
    try:
        return cast(Path, UPath(text.rstrip("/"), use_listings_cache=False))
    except (ValueError, ImportError) as error:
        raise ValueError(f"{text}: {error}") from None


Place = Annotated[
    Path,
    PlainValidator(place),
    PlainSerializer(str, when_used="json"),
    WithJsonSchema({"type": "string", "format": "path"}),
]
"""A setting that names a local path or a URL of an fsspec store."""


def again(path: Path, call: Callable[[], T]) -> T:
    """Call until it succeeds, at most ``len(PAUSES) + 1`` times; for what is on a store.

    Raises:
        FileNotFoundError, FileExistsError, PermissionError: at once.
        StoreError: the store gave no answer after the last try.
    """
    for pause in (*PAUSES, None):
        try:
            return call()
        except _FINAL:
            raise
        except Exception as error:
            if type(error).__name__ in _FINAL_NAMES:
                raise PermissionError(f"{path}: {error}") from error
            if pause is None:
                raise StoreError(f"{path}: the store does not answer: {type(error).__name__}: {error}") from error
        time.sleep(pause)
    raise AssertionError


def read(path: Path) -> bytes:
    """All bytes of an object."""
    file_system, name = _parts(path)
    return again(path, lambda: cast(bytes, file_system.cat_file(name)))


def download(path: Path, target: Path) -> None:
    """Copy an object to a local file without holding it in memory."""
    file_system, name = _parts(path)
    again(path, lambda: file_system.get_file(name, str(target)))


def write(path: Path, content: bytes) -> None:
    """Put an object in one request: readers see the old one or the new one."""
    file_system, name = _parts(path)
    again(path, lambda: file_system.pipe_file(name, content))


def create(path: Path, content: bytes) -> None:
    """Put an object that must not be there yet.

    Raises:
        FileExistsError: it is there.
    """
    file_system, name = _parts(path)
    again(path, lambda: file_system.pipe_file(name, content, mode="create"))


def copy(source: Path, target: Path) -> None:
    """Copy an object inside its store."""
    file_system, name = _parts(source)
    again(target, lambda: file_system.cp_file(name, _parts(target)[1]))


def remove(path: Path) -> None:
    """Remove an object if it is there."""
    file_system, name = _parts(path)
    with suppress(FileNotFoundError):
        again(path, lambda: file_system.rm_file(name))


def entries(folder: Path) -> list[dict[str, Any]]:
    """fsspec's entries of what is directly in a folder; none when there is no such folder."""
    file_system, name = _parts(folder)
    try:
        return again(folder, lambda: cast(list[dict[str, Any]], file_system.ls(name, detail=True)))
    except FileNotFoundError:
        return []


def below(folder: Path) -> list[str]:
    """Names of all objects below a folder, relative to it with "/"; none when there is no such folder."""
    file_system, name = _parts(folder)
    prefix = name.rstrip("/") + "/"
    try:
        found = again(folder, lambda: cast(list[str], file_system.find(name)))
    except FileNotFoundError:
        return []
    return [path[len(prefix) :] for path in found if path.startswith(prefix)]


def info(path: Path) -> dict[str, Any]:
    """fsspec's entry of an object.

    Raises:
        FileNotFoundError: it is not there.
    """
    file_system, name = _parts(path)
    return again(path, lambda: cast(dict[str, Any], file_system.info(name)))


def _parts(path: Path) -> tuple[Any, str]:
    """File system and name in it."""
    remote = cast(UPath, path)
    return remote.fs, remote.path
