"""The tests' own store, proxy and cluster: that they do what tests of the jobs lean on."""

import http.client
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.dask_cluster import ROOT, DaskCluster
from tests.object_store import FaultyProxy, ObjectStore, bucket, download, moto, proxy, shared_proxy, upload

pytestmark = pytest.mark.slow

__all__ = ["bucket", "moto", "proxy", "shared_proxy"]
SIGNED = {"Authorization": "AWS4-HMAC-SHA256 Credential=testing/20240101/us-east-1/s3/aws4_request, Signature=0"}


def ask(proxy: FaultyProxy, method: str, path: str, body: object = None, **headers: str) -> tuple[int, bytes]:
    """One request over a connection of its own."""
    connection = http.client.HTTPConnection("127.0.0.1", int(proxy.url.rpartition(":")[2]), timeout=10)
    try:
        connection.request(method, path, body=body, headers=headers | SIGNED)  # type: ignore[arg-type]
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def test_folders_go_up_and_come_down(tmp_path: Path, bucket: str) -> None:
    names = ["a b+c%20é.txt", "deep/er/two", "deep/one", "empty"]
    for name in names:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"" if name == "empty" else name.encode())
    upload(tmp_path, f"{bucket}/up")
    assert download(f"{bucket}/up") == {name: (tmp_path / name).read_bytes() for name in names}
    assert list(download(f"{bucket}/up/deep")) == ["er/two", "one"]
    assert download(f"{bucket}/nothing") == {}
    upload(tmp_path, f"file://{tmp_path}/copy")
    assert download(f"file://{tmp_path}/copy") == download(f"{bucket}/up")


def test_the_proxy_passes_everything_on(proxy: FaultyProxy, bucket: str, moto: ObjectStore) -> None:
    path = f"/{bucket.removeprefix('s3://')}"
    content = os.urandom(300_000)
    assert ask(proxy, "PUT", f"{path}/a", content, Expect="100-continue")[0] == 200
    chunks = [content[:100_000], b"", content[100_000:]]
    assert ask(proxy, "PUT", f"{path}/b", iter(filter(None, chunks)))[0] == 200
    signed = b"5;chunk-signature=00\r\nhello\r\n0;chunk-signature=00\r\n\r\n"
    headers = {"Content-Encoding": "aws-chunked", "X-Amz-Content-Sha256": "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"}
    assert ask(proxy, "PUT", f"{path}/c", signed, **headers, **{"X-Amz-Decoded-Content-Length": "5"})[0] == 200
    assert ask(proxy, "HEAD", f"{path}/a") == (200, b"")
    assert ask(proxy, "GET", f"{path}/a", Range="bytes=5-9") == (206, content[5:10])
    assert ask(proxy, "GET", f"{path}/none")[0] == 404
    assert ask(proxy, "DELETE", f"{path}/b")[0] == 204
    assert download(bucket, moto) == {"a": content, "c": b"hello"}
    assert proxy.count() == proxy.count(did="passed") == 7
    assert proxy.count("PUT") == 3
    connection = http.client.HTTPConnection("127.0.0.1", int(proxy.url.rpartition(":")[2]), timeout=10)
    for _ in range(3):
        connection.request("GET", f"{path}/c", headers=SIGNED)
        assert connection.getresponse().read() == b"hello"
    connection.close()


def test_the_proxy_misbehaves_as_told(proxy: FaultyProxy, bucket: str, moto: ObjectStore) -> None:
    path = f"/{bucket.removeprefix('s3://')}"
    proxy.errors = 0.5
    statuses = [ask(proxy, "PUT", f"{path}/a", b"a")[0] for _ in range(60)]
    assert {200, 500, 503} == set(statuses)
    assert 15 < proxy.count("PUT", "error") < 45
    proxy.calm()
    proxy.next += ["lost", "cut", "passed", "error"]
    proxy.only = "PUT .*/special"
    with pytest.raises(http.client.RemoteDisconnected):
        ask(proxy, "PUT", f"{path}/special", b"1")
    assert download(bucket, moto)["special"] == b"1"
    assert ask(proxy, "GET", f"{path}/special") == (200, b"1")
    with pytest.raises((http.client.HTTPException, ConnectionError)):
        ask(proxy, "PUT", f"{path}/special", b"2")
    assert download(bucket, moto)["special"] == b"2"
    assert ask(proxy, "PUT", f"{path}/special", b"3")[0] == 200
    assert ask(proxy, "PUT", f"{path}/special", b"4")[0] in (500, 503)
    assert download(bucket, moto)["special"] == b"3"
    proxy.calm()
    ask(proxy, "PUT", f"{path}/large", bytes(100_000))
    proxy.cuts = 1.0
    with pytest.raises(http.client.IncompleteRead):
        ask(proxy, "GET", f"{path}/large")
    proxy.calm()
    proxy.delay = 0.2
    start = time.monotonic()
    ask(proxy, "GET", f"{path}/large")
    assert time.monotonic() - start >= 0.2
    for _ in range(2):
        with proxy.outage(), pytest.raises(ConnectionRefusedError):
            ask(proxy, "GET", f"{path}/large")
        assert ask(proxy, "GET", f"{path}/large") == (200, bytes(100_000))


def test_a_cluster_loses_workers_and_scheduler(tmp_path: Path) -> None:
    from distributed import Client

    with DaskCluster(2, environment={"GREETING": "hello"}, logs=tmp_path) as cluster:
        with Client(cluster.address, set_as_default=False) as client:
            assert client.submit(os.getenv, "GREETING").result(timeout=60) == "hello"
            pids = {client.submit(os.getpid, workers=f"worker-{i}", pure=False).result(timeout=60) for i in range(2)}
            assert pids == {worker.pid for worker in cluster.workers}
            started = tmp_path / "started"
            stuck = client.submit(stall, str(started), workers="worker-0", allow_other_workers=True)
            while not started.exists():
                time.sleep(0.02)
            cluster.kill_worker(0)
            assert stuck.result(timeout=60) == cluster.workers[1].pid
            assert cluster.start_worker() == 2
            assert cluster.alive() == [1, 2]
        cluster.restart_scheduler(workers=1)
        with Client(cluster.address, set_as_default=False) as client:
            assert client.submit(os.getpid).result(timeout=60) in {cluster.workers[i].pid for i in cluster.alive()}
    assert cluster.alive() == []


def stall(started: str) -> int:
    """Its first run never ends; the pid of the second."""
    first = not Path(started).exists()
    Path(started).touch()
    if first:
        time.sleep(600)
    return os.getpid()


def test_everything_ends_with_the_test_process() -> None:
    program = """
import time
from tests.dask_cluster import DaskCluster
from tests.object_store import ObjectStore
store, cluster = ObjectStore(), DaskCluster(1)
print(store.process.pid, cluster.scheduler.pid, cluster.workers[0].pid, flush=True)
time.sleep(600)
"""
    process = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, cwd=ROOT)
    assert process.stdout
    pids = [int(pid) for pid in process.stdout.readline().split()]
    assert len(pids) == 3
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()
    end = time.monotonic() + 10
    while (left := [pid for pid in pids if alive(pid)]) and time.monotonic() < end:
        time.sleep(0.05)
    assert left == []


def alive(pid: int) -> bool:
    """Whether a process runs; a dead one that nobody waited for does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
