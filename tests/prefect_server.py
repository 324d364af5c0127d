"""A real Prefect server on loopback."""

import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress

import httpx

from flows.server.guard import guarded


def free_port() -> int:
    """A port that nobody has now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


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
