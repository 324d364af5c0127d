"""Prefect's temporary server for one run, which ends with the run however the run ends."""

import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import httpx
from prefect.events.worker import EventsWorker
from prefect.settings import PREFECT_API_URL, PREFECT_HOME

from flows.guard import GUARD
from pipelines.errors import UserError

if TYPE_CHECKING:
    from prefect.server.api.server import SubprocessASGIServer


@contextmanager
def embedded_server() -> Iterator[None]:
    """Run Prefect's temporary server (SQLite, loopback), unless PREFECT_API_URL names a server.

    Prefect stops its temporary server at the interpreter's exit, which a killed process never reaches; a guard
    process does it then, so that killed runs leave no servers behind.

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
    _check_home()
    from prefect.server.api.server import SubprocessASGIServer  # takes seconds, and a named server needs none of it

    server = SubprocessASGIServer()
    # A session of its own, since Ctrl-C must not end it before the others.
    guard = subprocess.Popen(
        [sys.executable, "-S", "-c", GUARD], stdin=subprocess.PIPE, text=True, start_new_session=True
    )
    threading.Thread(target=_name_server, args=(guard, server), daemon=True).start()
    try:
        server.start()
        yield
    finally:
        # Else the last events meet a server that has gone, and Prefect logs a traceback for each.
        EventsWorker.drain_all(timeout=5)
        guard.kill()
        guard.wait()
        server.stop()


def embedded_api_url() -> str:
    """Where the temporary server that runs now is to be found."""
    from prefect.server.api.server import SubprocessASGIServer

    url = SubprocessASGIServer().api_url
    assert url is not None
    return url


def _check_home() -> None:
    """The server's database lies in Prefect's home; where that cannot be written, its start would time out."""
    home = PREFECT_HOME.value()
    try:
        home.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=home):
            pass
    except OSError as error:
        raise UserError(
            f"{home}: Prefect's home cannot be written ({error.strerror}); set PREFECT_HOME to a folder that can"
        ) from None


def _name_server(guard: "subprocess.Popen[str]", server: "SubprocessASGIServer") -> None:
    """Tell the guard the server's process id as soon as there is one; the start itself takes seconds."""
    while server.server_process is None and guard.poll() is None:
        time.sleep(0.005)
    if server.server_process is not None and guard.stdin is not None and guard.poll() is None:
        guard.stdin.write(f"{server.server_process.pid}\n")
        guard.stdin.flush()
