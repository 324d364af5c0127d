"""A Prefect server on this machine, with its UI, for as long as ``serve`` runs. What it knows outlasts it."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
from filelock import FileLock, Timeout
from prefect.settings import PREFECT_HOME

from flows.server.guard import guarded
from pipelines.errors import UserError

PORT = 4200
_START_SECONDS = 120
_SETTINGS = {
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "DO_NOT_TRACK": "1",
    # Leases in memory would be lost with the server, and the slots they stand for taken for ever.
    "PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE": "prefect.server.concurrency.lease_storage.filesystem",
}


@contextmanager
def local_server(port: int = PORT) -> Iterator[str]:
    """Run a Prefect server on loopback, its data base in Prefect's home; yields the address of its API.

    Raises:
        UserError: another one uses that home, the port is taken, or the server does not start.
    """
    home = PREFECT_HOME.value()
    with _alone(home):
        yield from _server(home, port)


@contextmanager
def _alone(home: Path) -> Iterator[None]:
    """Two servers of one data base would both start what is due."""
    try:
        home.mkdir(parents=True, exist_ok=True)
        lock = FileLock(home / "mask2matte-server.lock")
        lock.acquire(timeout=0)
    except Timeout:
        raise UserError(f"{home}: another serve uses this Prefect's home; stop it, or set PREFECT_HOME") from None
    except OSError as error:
        raise UserError(
            f"{home}: Prefect's home cannot be written ({error.strerror}); set PREFECT_HOME to a folder that can"
        ) from None
    try:
        yield
    finally:
        lock.release()


def _server(home: Path, port: int) -> Iterator[str]:
    root = f"http://127.0.0.1:{port}"
    if _answers(root):
        raise UserError(
            f"a server is at {root} already: set PREFECT_API_URL={root}/api if it is Prefect's, or give another --port"
        )
    log = home / "mask2matte-server.log"
    words = [sys.executable, "-m", "prefect", "server", "start", "--host", "127.0.0.1", "--port", str(port)]
    # The UI's pages would look for the API at the port that is the default.
    environment = {**_SETTINGS, **os.environ, "PREFECT_HOME": str(home), "PREFECT_SERVER_UI_API_URL": f"{root}/api"}
    environment.pop("PREFECT_API_URL", None)
    with log.open("wb") as output:
        # A session of its own, since Ctrl-C must not end it before the runs are stopped.
        server = subprocess.Popen(
            words, env=environment, stdout=output, stderr=subprocess.STDOUT, start_new_session=True
        )
    try:
        with guarded(server.pid):
            _wait(server, root, str(log))
            yield f"{root}/api"
    finally:
        server.terminate()
        try:
            server.wait(20)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def _wait(server: "subprocess.Popen[bytes]", root: str, log: str) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while not _answers(f"{root}/api/health"):
        if server.poll() is not None or time.monotonic() > deadline:
            raise UserError(f"the Prefect server did not start on {root}; its log is {log}")
        time.sleep(0.2)


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=2).is_success
    except httpx.HTTPError:
        return False
