"""Places on any fsspec file system: object stores, network file systems, memory. Calls that fail are tried again."""

import errno
import mimetypes
import re
import time
from argparse import ArgumentTypeError
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any, TypeVar, cast

from fsspec import get_filesystem_class
from pydantic import PlainSerializer, PlainValidator, WithJsonSchema
from upath import UPath

from pipelines.errors import StoreError

T = TypeVar("T")
PAUSES = (0.5, 1.0, 2.0, 4.0, 8.0)
"""Seconds between tries, beyond the retries of the file system itself."""
PATIENCE = 120.0
"""Seconds after which a call that failed is not tried again; each try has the file system's own retries inside."""
S3 = ("s3", "s3a")
"""Schemes of s3fs."""
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*")
_FINAL = (FileNotFoundError, FileExistsError, PermissionError, IsADirectoryError, NotADirectoryError)
_FINAL_NAMES = {"NoCredentialsError", "PartialCredentialsError", "ParamValidationError", "ProfileNotFound"}
_DISK = {errno.ENOSPC, errno.EDQUOT, errno.EROFS}
_REFUSED = {errno.ENOSYS, errno.ENAMETOOLONG, errno.EMSGSIZE}


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
    if isinstance(text, UPath):
        return Path(text.path) if text.protocol in ("", "file", "local") else _remote(text, text.protocol)
    if isinstance(text, Path):
        return text
    if not isinstance(text, str) or not text or "\0" in text:
        raise ValueError(f"expected a path or a URL, got {text!r:.80}")
    protocol, found, rest = text.partition("://")
    if not found or "/" in protocol:
        return Path(text)
    if not _SCHEME.fullmatch(protocol):
        raise ValueError(f"expected a path or a URL, got {text!r:.80}")
    protocol = protocol.lower()
    if not rest.strip("/") and not (rest and protocol in ("file", "local", "memory")):
        raise ValueError(f"{text}: expected a name after {protocol}://")
    if protocol in ("file", "local"):
        return Path(rest)
    try:
        path = _remote(f"{protocol}://{rest.rstrip('/')}", protocol)
        get_filesystem_class(protocol)  # imports the library, which the path itself would do when it is first used
        return path
    except (ValueError, ImportError) as error:
        raise ValueError(f"{text}: {error}") from None


def _remote(url: Any, protocol: str) -> Path:
    """A path on a store. On S3 one request reads an object: one that is replaced meanwhile is never read in pieces."""
    options: dict[str, Any] = {"max_concurrency": 1} if protocol in S3 else {}
    return cast(Path, UPath(url, use_listings_cache=False, **options))


def place_argument(text: str) -> Path:
    """As ``place``, for argparse, which shows the reason of no other error.

    Raises:
        argparse.ArgumentTypeError: not a path, or no library for its protocol is installed.
    """
    try:
        return place(text)
    except ValueError as error:
        raise ArgumentTypeError(str(error)) from None


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
        StoreError: at once where the store cannot do that, else after the last try.
        OSError: at once, where this machine's disk is full.
    """
    started = time.monotonic()
    for pause in (*PAUSES, None):
        try:
            return call()
        except _FINAL as error:
            if str(path) in str(error):
                raise
            kind = next(kind for kind in _FINAL if isinstance(error, kind))
            raise kind(str(path) if str(error) in str(path) else f"{path}: {error}") from error
        except Exception as error:
            if isinstance(error, OSError) and error.errno in _DISK:
                raise
            if isinstance(error, TypeError | NotImplementedError) or getattr(error, "errno", None) in _REFUSED:
                raise StoreError(f"{path}: the store refuses: {type(error).__name__}: {error}") from error
            if type(error).__name__ in _FINAL_NAMES:
                raise PermissionError(f"{path}: {error}") from error
            if pause is None or time.monotonic() - started > PATIENCE:
                raise StoreError(f"{path}: the store does not answer: {type(error).__name__}: {error}") from error
        time.sleep(pause)
    raise AssertionError


def read(path: Path) -> bytes:
    """All bytes of an object."""
    file_system, name = _parts(path)
    return again(path, lambda: cast(bytes, file_system.cat_file(name)))


def download(path: Path, target: Path) -> None:
    """Copy an object to a local file without holding it in memory.

    Raises:
        StoreError: it is replaced again and again meanwhile.
    """
    file_system, name = _parts(path)

    def get() -> None:
        before = file_system.info(name)
        file_system.get_file(name, str(target))
        if file_system.info(name) != before:  # pieces of both may have been read
            raise StoreError(f"{path} changed while it was read")

    again(path, get)


def write(path: Path, content: bytes) -> None:
    """Put an object in one request: readers see the old one or the new one."""
    file_system, name = _parts(path)
    kind = mimetypes.guess_type(path.name)[0]
    # So that browsers show the report rather than save it.
    options = {"ContentType": kind} if kind and path_protocol(path) in S3 else {}
    again(path, lambda: file_system.pipe_file(name, content, **options))


def create(path: Path, content: bytes) -> None:
    """Put an object that must not be there yet.

    Args:
        path: where.
        content: what no other writer puts there. A try whose answer was lost finds the object in place; that it is its
            own shows by the content alone.

    Raises:
        FileExistsError: it is there, with other content.
    """
    file_system, name = _parts(path)

    def put() -> None:
        try:
            file_system.pipe_file(name, content, mode="create")
        except OSError as error:
            # Only AWS's own answer says which condition failed, without which s3fs takes it for any error.
            answer = getattr(error.__cause__, "response", None) or {}
            if answer.get("Error", {}).get("Code") in ("PreconditionFailed", "412"):
                raise FileExistsError(f"{path}: exists") from error
            raise

    try:
        again(path, put)
    except FileExistsError:
        with suppress(FileNotFoundError):
            if read(path) == content:
                return
        raise


def copy(source: Path, target: Path) -> None:
    """Copy an object inside its store; onto itself, which stores refuse, it is only looked for."""
    file_system, name = _parts(source)
    if name == _parts(target)[1]:
        info(source)
        return
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
    return [path[len(prefix) :] for path in found if path.startswith(prefix) and not path.endswith("/")]


def info(path: Path) -> dict[str, Any]:
    """fsspec's entry of an object.

    Raises:
        FileNotFoundError: it is not there.
    """
    file_system, name = _parts(path)
    return again(path, lambda: cast(dict[str, Any], file_system.info(name)))


def path_protocol(path: Path) -> str:
    """The scheme of a place's URL."""
    return str(cast(UPath, path).protocol)


def _parts(path: Path) -> tuple[Any, str]:
    """File system and name in it."""
    remote = cast(UPath, path)
    return remote.fs, remote.path
