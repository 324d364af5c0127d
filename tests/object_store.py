"""An S3-compatible store on loopback, a proxy before it that misbehaves on request, and folders up and down.

``with ObjectStore() as store`` is moto in a process of its own; ``with FaultyProxy(store.url) as proxy`` stands before
it. Both have ``environment``, which subprocesses get and ``use`` sets in this process::

    use(proxy, monkeypatch)
    proxy.errors = 0.2                    # from now on one request of five is answered 500 or 503
    with proxy.outage(): ...              # connections are refused
    assert proxy.count("PUT", "error")
"""

import asyncio
import contextlib
import itertools
import os
import random
import re
import socket
import subprocess
import sys
import threading
import urllib.request
from collections import deque
from collections.abc import Coroutine, Iterator
from pathlib import Path
from typing import Any, NamedTuple, Protocol, Self

import fsspec
import pytest

ENDS_WITH_PARENT = """
import os, threading
def guard():
    while os.read(0, 1):
        pass
    os._exit(1)
threading.Thread(target=guard, daemon=True).start()
"""
"""For ``python -c``: the process ends when its standard input does, so with the test process however that ends."""

_MOTO = """
import threading
from moto.server import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from werkzeug.serving import make_server

class Quiet(MotoRequestHandler):
    def log(self, *args):
        pass

application, lock = DomainDispatcherApplication(create_backend_app), threading.Lock()

def one_at_a_time(environ, start_response):
    with lock:
        return application(environ, start_response)

server = make_server("127.0.0.1", 0, one_at_a_time, threaded=True, request_handler=Quiet)
print(server.server_port, flush=True)
server.serve_forever()
"""
"""Moto looks whether an object exists and then puts it; a store does both in one step."""


PAGE = 50
"""Names that the store lists in one answer; 1000 on AWS."""


class Endpoint(Protocol):
    """What speaks S3: the store itself or a proxy before it."""

    url: str

    @property
    def environment(self) -> dict[str, str]:
        """What s3fs, boto3 and others need to find it."""
        ...


def environment(url: str) -> dict[str, str]:
    """Variables that lead S3 libraries to ``url``, and nowhere else."""
    return {
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": url,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "NO_PROXY": "127.0.0.1",
        "no_proxy": "127.0.0.1",
    }


def forget_sessions() -> None:
    """Make s3fs read the environment again: it keeps sessions with the endpoint and credentials of their first use."""
    import s3fs

    s3fs.S3FileSystem.clear_instance_cache()
    _used.clear()


_used: dict[str, str] = {}
"""The variables of the sessions that s3fs keeps; a new session costs a third of a second."""


def use(endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch, **more: str) -> None:
    """Lead this process to an endpoint until the test ends, with more variables; paths made before keep theirs."""
    variables = endpoint.environment | more
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    if variables != _used:
        forget_sessions()
        _used.update(variables)


class ObjectStore:
    """Moto's S3 in a process of its own, on a free port of loopback, with one bucket."""

    def __init__(self, bucket: str = "bucket") -> None:
        command = [sys.executable, "-c", ENDS_WITH_PARENT + _MOTO]
        variables = os.environ | {"MOTO_S3_DEFAULT_MAX_KEYS": str(PAGE)}
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=variables)
        assert self.process.stdout
        line = self.process.stdout.readline()
        if not line.strip():
            raise RuntimeError(f"moto ended with {self.process.wait()}")
        self.url = f"http://127.0.0.1:{int(line)}"
        self._buckets = itertools.count()
        self.make_bucket(bucket)

    @property
    def environment(self) -> dict[str, str]:
        """What s3fs, boto3 and others need to find it."""
        return environment(self.url)

    def make_bucket(self, name: str | None = None) -> str:
        """Make a bucket, of a new name if none is given; returns its URL."""
        name = name or f"bucket-{next(self._buckets)}"
        _open(urllib.request.Request(f"{self.url}/{name}", method="PUT"))
        return f"s3://{name}"

    def clear(self) -> None:
        """Remove every object and bucket."""
        _open(urllib.request.Request(f"{self.url}/moto-api/reset", method="POST"))

    def close(self) -> None:
        """End the process."""
        self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe:
                pipe.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


def _open(request: urllib.request.Request) -> None:
    """Send a request past any proxy of the environment."""
    urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=10).close()


class Asked(NamedTuple):
    """A request that a proxy got, and what it did: ``passed``, ``error``, ``cut`` or ``lost``."""

    method: str
    path: str
    did: str


class FaultyProxy:
    """A reverse proxy in a thread of this process, whose faults are set while it runs.

    Attributes:
        errors: share of the requests that are answered 500 or 503 and never reach the store.
        cuts: share that reaches the store, but whose answer breaks off in the middle.
        lost: share that reaches the store, but whose answer never comes: the connection is closed.
        delay: seconds that every answer waits.
        hold: requests whose ``"METHOD /path?query"`` this expression is found in wait for as long as it says so.
        next: faults (``error``, ``cut``, ``lost`` or ``passed``) of the next requests, before chance decides.
        only: faults are for requests whose ``"METHOD /path?query"`` this expression is found in; others pass.
        asked: every request so far.
    """

    def __init__(self, target: str, seed: int = 0) -> None:
        self.errors = self.cuts = self.lost = self.delay = 0.0
        self.next: deque[str] = deque()
        self.only = self.hold = ""
        self.asked: list[Asked] = []
        self._random = random.Random(seed)
        self._target = target.rpartition(":")
        self._open: set[asyncio.StreamWriter] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._port = 0
        self._server: asyncio.Server | None = None
        self._call(self._listen())
        self.url = f"http://127.0.0.1:{self._port}"

    @property
    def environment(self) -> dict[str, str]:
        """What s3fs, boto3 and others need to find it."""
        return environment(self.url)

    def count(self, method: str = "", did: str = "") -> int:
        """How many requests there were, of a method or of all, with one ending or with any."""
        return sum(method in ("", asked.method) and did in ("", asked.did) for asked in list(self.asked))

    def calm(self) -> None:
        """No more faults."""
        self.errors = self.cuts = self.lost = self.delay = 0.0
        self.next.clear()
        self.only = self.hold = ""

    def reset(self, seed: int = 0) -> None:
        """As new."""
        self.calm()
        self.start()
        self.asked.clear()
        self._random.seed(seed)

    def stop(self) -> None:
        """Begin an outage: open connections break off, new ones are refused."""
        self._call(self._refuse())

    def start(self) -> None:
        """End an outage."""
        if self._server is None:
            self._call(self._listen())

    @contextlib.contextmanager
    def outage(self) -> Iterator[None]:
        """An outage as long as the block."""
        self.stop()
        try:
            yield
        finally:
            self.start()

    def close(self) -> None:
        """End it for good."""
        if self._loop.is_closed():
            return
        self._call(self._refuse())
        self._call(self._abandon())
        self._held.close()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def _call(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    async def _listen(self) -> None:
        if self._port:
            self._held.close()
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self._port, backlog=1024, limit=2**20)
        self._port = self._server.sockets[0].getsockname()[1]

    async def _refuse(self) -> None:
        if self._server is None:
            return
        self._server.close()
        self._server = None
        for writer in list(self._open):
            writer.transport.abort()
        # Bound but not listening: connections are refused and nobody else takes the port.
        self._held = socket.socket()
        self._held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._held.bind(("127.0.0.1", self._port))
        await asyncio.sleep(0)

    async def _abandon(self) -> None:
        """End what still waits."""
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Requests of one connection, one after the other."""
        self._open.add(writer)
        try:
            while await self._answer(reader, writer):
                pass
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            self._open.discard(writer)
            writer.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Answer one request; whether the connection may bring another."""
        head = _Head(await reader.readuntil(b"\r\n\r\n"))
        if head.get("expect").lower() == "100-continue":
            writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        body = await _body(head, reader)
        method, path = head.first.split(" ")[:2]
        did = self._fault(f"{method} {path}")
        self.asked.append(Asked(method, path, did))
        if self.delay:
            await asyncio.sleep(self.delay)
        while self.hold and re.search(self.hold, f"{method} {path}"):
            await asyncio.sleep(0.02)
        if did == "error":
            writer.write(_error(self._random.choice((500, 503)), method))
            await writer.drain()
            return True
        try:
            answer = await self._forward(head, body, method)
        except OSError:
            answer = _error(502, method)
        if did != "passed":
            writer.write(_half(answer) if did == "cut" else b"")
            with contextlib.suppress(ConnectionError):
                await writer.drain()
            return False
        writer.write(answer)
        await writer.drain()
        return head.get("connection").lower() != "close"

    def _fault(self, request: str) -> str:
        """What happens to a request."""
        if self.only and not re.search(self.only, request):
            return "passed"
        if self.next:
            return self.next.popleft()
        chance = self._random.random()
        for did in ("error", "cut", "lost"):
            chance -= {"error": self.errors, "cut": self.cuts, "lost": self.lost}[did]
            if chance < 0:
                return did
        return "passed"

    async def _forward(self, head: "_Head", body: bytes, method: str) -> bytes:
        """The store's answer, whole, over a connection of its own."""
        reader, writer = await asyncio.open_connection("127.0.0.1", int(self._target[2]), limit=2**20)
        try:
            writer.write(head.without("connection", "expect") + b"Connection: close\r\n\r\n" + body)
            await writer.drain()
            while True:
                answer = _Head(await reader.readuntil(b"\r\n\r\n"))
                status = int(answer.first.split(" ")[1])
                if status >= 200:
                    break
            if method == "HEAD" or status in (204, 304):
                return answer.without("connection") + b"\r\n"
            if answer.get("content-length") or answer.get("transfer-encoding"):
                return answer.without("connection") + b"\r\n" + await _body(answer, reader)
            rest = await reader.read()
            return answer.without("connection") + b"Content-Length: %d\r\n\r\n" % len(rest) + rest
        finally:
            writer.close()


class _Head:
    """First line and headers of a request or an answer."""

    def __init__(self, raw: bytes) -> None:
        self.lines = raw[:-4].decode("latin-1").split("\r\n")
        self.first = self.lines[0]

    def get(self, name: str) -> str:
        found = (line.partition(":")[2].strip() for line in self.lines[1:] if line.lower().startswith(f"{name}:"))
        return next(found, "")

    def without(self, *names: str) -> bytes:
        """The lines without some headers, each with its end."""
        kept = [line for line in self.lines if line.partition(":")[0].lower() not in names]
        return "".join(f"{line}\r\n" for line in kept).encode("latin-1")


async def _body(head: _Head, reader: asyncio.StreamReader) -> bytes:
    """The body as it stands on the wire."""
    if "chunked" not in head.get("transfer-encoding").lower():
        return await reader.readexactly(int(head.get("content-length") or 0))
    parts = []
    while True:
        line = await reader.readuntil(b"\r\n")
        size = int(line.partition(b";")[0], 16)
        parts.append(line)
        if size == 0:
            break
        parts.append(await reader.readexactly(size + 2))
    while parts[-1] != b"\r\n":
        parts.append(await reader.readuntil(b"\r\n"))
    return b"".join(parts)


def _half(answer: bytes) -> bytes:
    """Headers and half the body, or half the first line where there is no body."""
    head = answer.index(b"\r\n\r\n") + 4
    return answer[: (head + len(answer)) // 2] if len(answer) > head else answer[:8]


def _error(status: int, method: str) -> bytes:
    """What S3 says when it fails."""
    code = "SlowDown" if status == 503 else "InternalError"
    body = f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>made to fail</Message></Error>".encode()
    lines = f"HTTP/1.1 {status} {code}\r\nContent-Type: application/xml\r\nContent-Length: {len(body)}\r\n\r\n"
    return lines.encode() + (b"" if method == "HEAD" else body)


def _file_system(url: str, endpoint: Endpoint | None) -> tuple[Any, str]:
    """A file system without caches, and the path in it."""
    options: dict[str, Any] = {"use_listings_cache": False, "skip_instance_cache": True}
    if url.startswith("file:"):
        options |= {"auto_mkdir": True}
    if endpoint and url.startswith("s3:"):
        options |= {"endpoint_url": endpoint.url, "key": "testing", "secret": "testing"}
    if url.startswith("s3:"):
        options |= {"max_concurrency": 1}  # spares a request per object
    file_system, root = fsspec.core.url_to_fs(url, **options)
    return file_system, root.rstrip("/")


def download(url: str, endpoint: Endpoint | None = None) -> dict[str, bytes]:
    """Every object below a URL, by its name there.

    Args:
        url: a folder of any fsspec store.
        endpoint: where s3 is, past the faults of the proxy that the environment names.
    """
    file_system, root = _file_system(url, endpoint)
    names = [name for name in file_system.find(root) if name != root and not name.endswith("/")]
    contents = file_system.cat(names) if names else {}
    return {name.removeprefix(root).lstrip("/"): contents[name] for name in sorted(names)}


def upload(folder: Path, url: str, endpoint: Endpoint | None = None) -> None:
    """Every file below a folder, to the same names below a URL."""
    file_system, root = _file_system(url, endpoint)
    files = {f"{root}/{path.relative_to(folder).as_posix()}": path for path in folder.rglob("*") if path.is_file()}
    if files:
        file_system.pipe({name: path.read_bytes() for name, path in files.items()})


@pytest.fixture(scope="session")
def moto() -> Iterator[ObjectStore]:
    """One store for all tests of a process; ``bucket`` gives every test a place of its own in it."""
    with ObjectStore() as store:
        yield store


@pytest.fixture
def bucket(moto: ObjectStore, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """URL of a new bucket, with this process led to its store, by way of ``proxy`` where the test has one."""
    if "proxy" in request.fixturenames:
        request.getfixturevalue("proxy")
    else:
        use(moto, monkeypatch)
    return moto.make_bucket()


@pytest.fixture(scope="session")
def shared_proxy(moto: ObjectStore) -> Iterator[FaultyProxy]:
    """The proxy of all tests of a process."""
    with FaultyProxy(moto.url) as proxy:
        yield proxy


@pytest.fixture
def proxy(shared_proxy: FaultyProxy, monkeypatch: pytest.MonkeyPatch) -> Iterator[FaultyProxy]:
    """A proxy before the store, without faults yet and as if nothing was asked, with this process led to it."""
    shared_proxy.reset()
    use(shared_proxy, monkeypatch)
    yield shared_proxy
    shared_proxy.reset()
