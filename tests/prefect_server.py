"""A real Prefect server on loopback."""

import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

import httpx

from flows.server.guard import guarded

PATIENCE = 600
"""Seconds that a server is asked for an answer: with SQLite it is busy for long where other tests have both cores."""


def free_port() -> int:
    """A port that nobody has now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def ask(method: str, url: str, body: dict[str, Any] | None = None, *, once: bool = False) -> httpx.Response:
    """A server's answer, whatever it is but that it is busy: then it is asked again.

    Args:
        method, url, body: of the request.
        once: whether it must not be done twice, so that one which was not answered in time cannot be sent again.

    Raises:
        httpx.HTTPError: nobody listens there, or what is to be done once was not answered.
    """
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        try:
            answer = httpx.request(method, url, json=body, timeout=120)
            if answer.status_code != 503:  # its database was locked, so that nothing was done
                return answer
        except httpx.TimeoutException:
            if once:
                raise
        time.sleep(0.2)
    raise AssertionError(f"{method} {url}: always busy")


@contextmanager
def prefect_server(environment: Mapping[str, str]) -> Iterator[str]:
    """A server as long as the block, however that ends; gives its API's address.

    Args:
        environment: its variables; its database is below PREFECT_HOME.
    """
    port = free_port()
    url = f"http://127.0.0.1:{port}/api"
    words = [sys.executable, "-m", "prefect", "server", "start", "--host", "127.0.0.1", "--port", str(port), "--no-ui"]
    env = {**environment, "PREFECT_SERVER_ANALYTICS_ENABLED": "false", "DO_NOT_TRACK": "1"}
    process = subprocess.Popen(words, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        with guarded(process.pid):
            _wait(process, url)
            yield url
    finally:
        process.terminate()
        process.wait(60)


def _wait(process: "subprocess.Popen[bytes]", url: str) -> None:
    deadline = time.monotonic() + 300
    while True:
        assert process.poll() is None and time.monotonic() < deadline, "the Prefect server did not start"
        with suppress(httpx.HTTPError):
            if httpx.get(f"{url}/health", timeout=10).is_success:
                return
        time.sleep(0.2)
