"""Prefect's temporary server for one run, which ends with the run however the run ends."""

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import httpx
from prefect.settings import PREFECT_API_URL, PREFECT_HOME, get_current_settings, temporary_settings

from flows.server.guard import guarding
from flows.server.prefect_database import keep, lay_out
from pipelines.errors import UserError

START_SECONDS = 120.0
"""How long the server may take to start, on a machine that is busy."""
TRIES = 3
"""Ports that are tried: another program may take one between the moment it is found free and the server's start."""
_SETTINGS = {
    "PREFECT_UI_ENABLED": "0",
    "PREFECT__SERVER_EPHEMERAL": "1",
    "PREFECT__SERVER_FINAL": "1",
    # One run needs no blocks, and nobody schedules, watches or cleans up here.
    "PREFECT_SERVER_REGISTER_BLOCKS_ON_START": "false",
    "PREFECT_SERVER_SERVICES_TRIGGERS_ENABLED": "false",
    "PREFECT_SERVER_SERVICES_SCHEDULER_ENABLED": "false",
    "PREFECT_SERVER_SERVICES_LATE_RUNS_ENABLED": "false",
    "PREFECT_SERVER_SERVICES_FOREMAN_ENABLED": "false",
    "PREFECT_SERVER_SERVICES_PAUSE_EXPIRATIONS_ENABLED": "false",
    "PREFECT_SERVER_SERVICES_CANCELLATION_CLEANUP_ENABLED": "false",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "DO_NOT_TRACK": "1",
}
_embedded = False
"""Whether this process runs a temporary server."""


def named_server() -> str | None:
    """Address of the server's API that PREFECT_API_URL names; None where there is none, or a temporary one."""
    return None if _embedded else PREFECT_API_URL.value()


@contextmanager
def embedded_server() -> Iterator[None]:
    """Run Prefect's temporary server (SQLite, loopback), unless PREFECT_API_URL names a server.

    It is Prefect's own, started as Prefect starts it, but without importing it into this process, which takes as long
    as the start itself. A guard process ends it where this one is killed.

    Raises:
        UserError: the named server does not answer, or Prefect's home cannot be written.
    """
    url = PREFECT_API_URL.value()
    if url:
        try:
            yield
        except (httpx.ConnectError, RuntimeError) as error:
            if isinstance(error, httpx.ConnectError) or "Failed to reach API" in str(error):
                raise UserError(f"PREFECT_API_URL={url}: no Prefect server answers; start it, or unset it") from None
            raise
        return
    home = _home()
    global _embedded
    with tempfile.TemporaryFile() as log, _started(home, log) as url, temporary_settings({PREFECT_API_URL: url}):
        _embedded = True
        try:
            yield
        finally:
            _embedded = False
            from prefect.events.worker import EventsWorker

            # Else the last events meet a server that has gone, and Prefect logs a traceback for each.
            EventsWorker.drain_all(timeout=5)


def _home() -> Path:
    """Where the server's database lies; where that cannot be written, its start would time out."""
    home: Path = PREFECT_HOME.value()
    try:
        home.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=home):
            pass
    except OSError as error:
        raise UserError(
            f"{home}: Prefect's home cannot be written ({error.strerror}); set PREFECT_HOME to a folder that can"
        ) from None
    return home


@contextmanager
def _started(home: Path, log: IO[bytes]) -> Iterator[str]:
    """A server that answers; gives the address of its API."""
    new = lay_out(home)
    for left in reversed(range(TRIES)):
        port = free_port()
        # A session of its own, since Ctrl-C must not end it before the others.
        with guarding(lambda port=port: _process(port, log)) as server:  # type: ignore[misc]
            if _answers(server, f"http://127.0.0.1:{port}/api"):
                if new:
                    keep(home)
                yield f"http://127.0.0.1:{port}/api"
                return
            slow = server.poll() is None
        if slow or not left:
            log.seek(0)
            said = log.read().decode(errors="replace").strip().splitlines() or ["it said nothing"]
            raise UserError(f"Prefect's temporary server does not start ({said[-1]:.300}); its home is {home}")


def _process(port: int, log: IO[bytes]) -> "subprocess.Popen[bytes]":
    what = ["--factory", "prefect.server.api.server:create_app"]
    how = ["--host", "127.0.0.1", "--port", str(port), "--log-level", "error", "--lifespan", "on"]
    known = get_current_settings().to_environment_variables(exclude_unset=True)
    return subprocess.Popen(
        [sys.executable, "-m", "flows.server.temporary_server", *what, *how],
        env={**os.environ, **_SETTINGS, **known},
        stdout=log,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )


def free_port() -> int:
    """A port of this machine that nobody has now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _answers(server: "subprocess.Popen[bytes]", url: str) -> bool:
    """Wait until the server answers; False if it ends before."""
    deadline = time.monotonic() + START_SECONDS
    with httpx.Client(timeout=2) as client:
        while server.poll() is None and time.monotonic() < deadline:
            try:
                if client.get(f"{url}/health").is_success:
                    return True
            except httpx.HTTPError:
                pass
            time.sleep(0.05)
    return False
