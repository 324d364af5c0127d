"""One run per output folder: a lock of the operating system on a local disk, a lease on a store."""

import errno
import hashlib
import os
import socket
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import orjson
from filelock import FileLock, Timeout

from pipelines.errors import StoreError, UserError
from pipelines.storage import stores
from pipelines.storage.files import is_local, read_whole
from pipelines.storage.processes import machine, started

LEASE = 60.0
"""Seconds after which the lease of a run that died is free. Its holder renews it three times as often."""

PARTING = 20.0
"""Seconds that giving a lease back may take: where the store does not answer, a run that ends for that ends."""

GLANCE = 0.2
"""Seconds that a run tries to get a folder on a disk: ``held`` has its lock for a moment."""

_held: set[str] = set()
"""Tokens of the leases that this process holds or asks for."""
_DISK = {
    *(errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM),
    *(errno.ENOTDIR, errno.EISDIR, errno.EEXIST, errno.ENAMETOOLONG, errno.EFBIG),
}


@contextmanager
def disk_errors(out: Path) -> Iterator[None]:
    """Say what a full or read-only disk, or a store that refuses or does not answer, means for the run.

    Raises:
        UserError: in the place of such an error.
    """
    try:
        yield
    except StoreError as error:
        raise UserError(f"{error}; what is finished stays; the same command goes on once it does") from error
    except OSError as error:
        if not is_local(out) and isinstance(error, PermissionError | FileNotFoundError):
            raise UserError(f"{out}: the store refuses: {error}; expected a bucket that may be written") from error
        if error.errno in _DISK:
            raise UserError(
                f"{out}: cannot write ({error.strerror}); what is finished stays; the same command goes on once it can"
            ) from error
        raise


@contextmanager
def locked(out: Path) -> Iterator[None]:
    """Hold an output folder for this process alone.

    On a local disk the lock is the operating system's: it goes when the process goes, however it dies. On a store it
    is a lease that its holder renews; that of a run that died is free after ``LEASE`` seconds, at once if it died on
    this machine, and whoever comes meanwhile waits for that. A run on this machine that lives is seen at once.

    Raises:
        UserError: another run holds it, or the folder cannot be written.
    """
    with disk_errors(out):
        holding = _locally(out) if is_local(out) else _leased(out)
        with holding:
            yield


def held(out: Path) -> bool:
    """Whether a run holds an output folder, this process' own included; makes no files.

    On a local disk False too where the lock cannot be opened, as on one that is read only. On a store a lease counts
    unless its holder is known to be dead.

    Raises:
        StoreError: the store does not answer.
    """
    if not is_local(out):
        lease = _content(out / ".work" / "lease.json")
        return lease is not None and _lives(lease) is not False
    path = out / ".work" / "lock"
    try:
        if path.exists():
            with FileLock(path).acquire(timeout=0):
                return False
    except Timeout:
        return True
    except OSError:
        return False
    return False


@contextmanager
def _locally(out: Path) -> Iterator[None]:
    work = out / ".work"
    work.mkdir(parents=True, exist_ok=True)
    lock = FileLock(work / "lock")
    holder = work / "holder"
    try:
        lock.acquire(timeout=GLANCE)
    except Timeout:
        who = holder.read_text() if holder.exists() else "unknown"
        raise UserError(
            f"{out}: another run is working on this folder (process {who}); wait for it or stop it"
        ) from None
    try:
        holder.write_text(f"{os.getpid()}")
        yield
    finally:
        lock.release()


@contextmanager
def _leased(out: Path) -> Iterator[None]:
    path = out / ".work" / "lease.json"
    token = uuid.uuid4().hex
    done = threading.Event()
    _held.add(token)
    try:
        _acquire(out, path, token)
        renewing = threading.Thread(target=_keep, args=(path, token, done), daemon=True)
        renewing.start()
        try:
            yield
        finally:
            done.set()
            renewing.join(PARTING)
    finally:
        _held.discard(token)


def _lease(token: str) -> bytes:
    return orjson.dumps(
        {"token": token, "host": socket.gethostname(), "boot": machine(), "process": os.getpid(), "started": started()}
    )


def _read(path: Path) -> dict[str, Any]:
    return _parsed(_content(path) or b"")


def _parsed(content: bytes) -> dict[str, Any]:
    with suppress(ValueError):
        raw = orjson.loads(content)
        return raw if isinstance(raw, dict) else {}
    return {}


def _acquire(out: Path, path: Path, token: str) -> None:
    seen: bytes | None = None
    since = time.monotonic()
    while True:
        with suppress(FileExistsError):
            stores.create(path, _lease(token))
            return
        found = _content(path)
        if found is None:  # its holder ended just now
            continue
        lives = _lives(found)
        if lives or (seen is not None and found != seen):
            raise UserError(f"{out}: another run is working on this folder ({_who(found)}); wait for it or stop it")
        if seen is None:
            seen, since = found, time.monotonic()
        # Its holder renews it by changing it; judged by this machine's clock alone.
        if (lives is False or time.monotonic() - since > LEASE) and _removed(path, found, token):
            continue
        time.sleep(LEASE / 30)


def _removed(path: Path, dead: bytes, token: str) -> bool:
    """Remove a dead run's lease; False while another run is at it.

    Only who made the claim on it removes it, so that nobody who saw it too removes the lease that takes its place. A
    claim that stays was made by a run that died at that moment, and goes after ``LEASE`` seconds.
    """
    claim = path.with_name(f"claim-{hashlib.sha256(dead).hexdigest()[:16]}.json")
    since = time.monotonic()
    while True:
        with suppress(FileExistsError):
            stores.create(claim, token.encode())
            break
        if _content(path) != dead:
            return False
        if time.monotonic() - since > LEASE:
            stores.remove(claim)
        else:
            time.sleep(LEASE / 30)
    if _content(path) == dead:
        stores.remove(path)
    stores.remove(claim)
    return True


def _content(path: Path) -> bytes | None:
    try:
        return read_whole(path)
    except FileNotFoundError:
        return None


def _who(content: bytes) -> str:
    raw = _parsed(content)
    return f"process {raw.get('process')} on {raw.get('host')}"


def _lives(content: bytes) -> bool | None:
    """Whether a lease's holder runs; None where that cannot be told, since it is on another machine."""
    raw = _parsed(content)
    if not raw.get("started") or not machine() or raw.get("boot") != machine():
        return None
    if raw.get("process") == os.getpid():
        return raw.get("token") in _held  # else one that could not be given back
    return bool(started(str(raw.get("process"))) == raw["started"])


def _keep(path: Path, token: str, done: threading.Event) -> None:
    """Change the lease every now and then, so that others see that its holder lives; give it back in the end."""
    count = 0
    while not done.wait(LEASE / 3):
        count += 1
        with suppress(OSError):
            if _read(path).get("token") != token:
                return  # taken over: both write the same bytes, one of them in vain
            stores.write(path, orjson.dumps(orjson.loads(_lease(token)) | {"renewed": count}))
    with suppress(OSError):
        if _read(path).get("token") == token:
            stores.remove(path)
