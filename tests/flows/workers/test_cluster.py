"""The command line on a real Dask cluster and an S3-compatible store, while workers, scheduler and store fail.

Whatever happens, the result is that of an undisturbed run in one process: nothing lost, nothing twice.
"""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dask
import pytest
from distributed import Client
from prefect import flow
from prefect.settings import PREFECT_API_URL, temporary_settings

from flows.job import finish, open_output
from flows.labelling import call
from flows.workers.cluster import ClusterLost, await_scheduler, check_workers, workers_of
from flows.workers.runners import task_runner
from flows.workers.worker import check_models, run_shard
from pipelines.config import CocoMattingConfig
from pipelines.errors import UserError
from pipelines.storage.lock import locked
from pipelines.storage.stores import place
from pipelines.storage.verification import verify
from tests.conftest import Dataset, label, square
from tests.dask_cluster import ROOT, DaskCluster
from tests.flows.test_coco_matting import environment
from tests.object_store import FaultyProxy, ObjectStore, download, moto, upload, use
from tests.prefect_server import free_port, prefect_server

pytestmark = pytest.mark.slow

__all__ = ["moto"]
PATIENCE = 900.0
IMPATIENT = "from pipelines.storage import stores\nstores.PAUSES = (0.1,) * 5\n"
"""For runs and workers: what waits a quarter of a minute between tries at a store does so in no time."""
COMMAND = IMPATIENT + "import runpy\nrunpy.run_module('flows.coco_matting', run_name='__main__', alter_sys=True)\n"
SHARD = r"PUT .*/\.work/parts/manifest/part-{:05d}"
"""The last request of a shard: its pictures stand, it does not count as done yet."""


@dataclass(frozen=True, slots=True)
class House:
    """Input, what an undisturbed run makes of it, and all that a run on a cluster needs."""

    data: Dataset
    local: dict[str, bytes]
    source: str
    store: ObjectStore
    proxy: FaultyProxy
    cluster: DaskCluster
    server: str
    variables: dict[str, str]
    runs: list[subprocess.Popen[bytes]]

    def crew(self, count: int) -> None:
        """Let the cluster have so many workers."""
        for index in self.cluster.alive()[count:]:
            self.cluster.kill_worker(index)
        while len(self.cluster.alive()) < count:
            self.cluster.start_worker()


@pytest.fixture(scope="module")
def house(moto: ObjectStore, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    root = tmp_path_factory.mktemp("cluster")
    data = Dataset(root / "data")
    for image in range(1, 9):
        data.person(image)
    data.annotate(1, square(0, 0, 8))  # too small: a reject
    config = data.config(images_per_shard=2, dataset="people", report={"max_instances": 4}, out=root / "local")
    label(config, report=True)
    source = f"{moto.make_bucket()}/in"
    upload(data.root, source, moto)
    variables = environment(root, PYTHONPATH=str(ROOT))
    with FaultyProxy(moto.url) as proxy, prefect_server(variables) as server:
        variables |= {"PREFECT_API_URL": server, "AWS_MAX_ATTEMPTS": "1"} | proxy.environment
        (root / "impatient.py").write_text(IMPATIENT)
        preloaded = {"DASK_DISTRIBUTED__WORKER__PRELOAD": str([str(root / "impatient.py")])}
        with DaskCluster(0, environment=variables | preloaded, logs=root / "logs", timeout=PATIENCE) as cluster:
            yield House(data, results(folder(root / "local")), source, moto, proxy, cluster, server, variables, [])


@pytest.fixture(autouse=True)
def calm(house: House) -> Iterator[None]:
    house.proxy.reset()
    yield
    house.proxy.reset()
    for process in house.runs:
        process.kill()
        process.wait()
    house.runs.clear()


@pytest.fixture
def out(house: House) -> str:
    return f"{house.store.make_bucket()}/out"


def folder(out: Path) -> dict[str, bytes]:
    """Every file of a local output, those behind links left out."""
    files = (path for path in out.rglob("*") if path.is_file() and not path.is_symlink())
    found = {path.relative_to(out).as_posix(): path.read_bytes() for path in files}
    return {name: content for name, content in found.items() if not name.startswith(("manifest/", "rejects/"))}


def results(files: dict[str, bytes]) -> dict[str, bytes]:
    return {name: content for name, content in files.items() if not name.startswith(".work/")}


class Run:
    """The command line in a process of its own."""

    def __init__(self, house: House, tmp_path: Path, *settings: str, scheduler: str | None = None) -> None:
        self.log = tmp_path / f"run-{len(list(tmp_path.glob('run-*')))}"
        common = ["--runner", "dask", "--images-per-shard", "2", "--dataset", "people", "--report.max-instances", "4"]
        at = ["--scheduler", scheduler] if scheduler else []
        words = [sys.executable, "-c", COMMAND, *common, *at, *settings]
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                words, cwd=house.data.root, env=house.variables, stdout=log, stderr=subprocess.STDOUT
            )
        house.runs.append(self.process)

    @property
    def said(self) -> str:
        return self.log.read_text(errors="replace")

    def until(self, happened: Callable[[], Any]) -> None:
        """Wait until something has happened while the run goes on."""
        end = time.monotonic() + PATIENCE
        while not happened():
            assert self.process.poll() is None, self.said
            assert time.monotonic() < end, self.said
            time.sleep(0.02)

    def status(self) -> int:
        """Wait for the end; the exit status."""
        try:
            return self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            raise AssertionError(self.said) from None

    def succeed(self) -> None:
        assert self.status() == 0, self.said
        assert "Traceback" not in self.said, self.said

    def fail(self, words: str) -> None:
        """It ends with one sentence and the status of a mistake."""
        assert self.status() == 2, self.said
        last = self.said.strip().splitlines()[-1]
        assert last.startswith("error: ") and words in last, self.said
        assert "Traceback" not in self.said, self.said


def run(house: House, tmp_path: Path, out: str) -> Run:
    given = ("--annotations", f"{house.source}/instances_test.json", "--images", f"{house.source}/images")
    return Run(house, tmp_path, *given, "--out", out, scheduler=house.cluster.address)


def asked(house: House, request: str) -> int:
    """How often the store was asked so."""
    return sum(bool(re.search(request, f"{a.method} {a.path}")) for a in list(house.proxy.asked))


def check(house: House, out: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The output on the store is that of the undisturbed run, its one version too, and has nothing to be mended."""
    house.proxy.reset()
    found = download(out, house.store)
    assert results(found).keys() == house.local.keys()
    assert results(found) == house.local
    assert {name.split("/")[1] for name in found if name.startswith("versions/")} == {"000001"}
    assert ".work/lease.json" not in found
    use(house.store, monkeypatch)
    assert list(verify(place(out), place(f"{house.source}/images"))) == []


def test_a_run_waits_for_workers_and_gives_the_bytes_of_the_local_run(
    house: House, out: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Input from local paths, as seen from where the command is given; the workers are elsewhere."""
    house.crew(0)
    given = ("--annotations", "instances_test.json", "--images", "images", "--out", out)
    this = Run(house, tmp_path, *given, scheduler=house.cluster.address)
    this.until(lambda: "no worker at the Dask scheduler" in this.said)
    house.crew(2)
    this.succeed()
    assert house.cluster.address in this.said
    check(house, out, monkeypatch)


def test_a_cluster_of_this_machine(house: House, tmp_path: Path) -> None:
    given = ("--annotations", "instances_test.json", "--images", "images", "--workers", "2")
    Run(house, tmp_path, *given, "--out", str(tmp_path / "out")).succeed()
    assert results(folder(tmp_path / "out")) == house.local


def test_workers_killed_in_mid_shard(house: House, out: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    house.crew(1)
    (first,) = house.cluster.alive()
    house.proxy.hold = SHARD.format(1)
    this = run(house, tmp_path, out)
    this.until(lambda: asked(house, SHARD.format(1)))
    second = house.cluster.start_worker()
    house.cluster.kill_worker(first)
    this.until(lambda: asked(house, SHARD.format(1)) == 2)  # the second took over
    house.proxy.hold = SHARD.format(2)
    this.until(lambda: asked(house, SHARD.format(2)))
    house.cluster.kill_worker(second)
    assert house.cluster.alive() == []
    this.until(lambda: "no worker at the Dask scheduler" in this.said)
    house.proxy.hold = ""
    house.crew(2)
    this.succeed()
    check(house, out, monkeypatch)


def test_the_scheduler_restarts_in_mid_run(
    house: House, out: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.crew(2)
    house.proxy.hold = SHARD.format(1)
    this = run(house, tmp_path, out)
    this.until(lambda: asked(house, SHARD.format(1)))
    house.cluster.restart_scheduler(workers=2)
    this.until(lambda: "the Dask scheduler went away" in this.said)
    house.proxy.hold = ""  # the first cluster's worker goes on writing the same shard
    this.succeed()
    check(house, out, monkeypatch)


def test_no_scheduler(house: House, out: str, tmp_path: Path) -> None:
    given = ("--annotations", "instances_test.json", "--images", "images", "--out", out)
    nobody = f"tcp://127.0.0.1:{free_port()}"
    Run(house, tmp_path, *given, scheduler=nobody).fail(f"{nobody}: no Dask scheduler answers")
    with pytest.raises(UserError, match="no Dask scheduler answers"):
        await_scheduler(house.server.replace("http", "tcp").removesuffix("/api"), 2)


def test_a_store_that_fails_and_is_slow(
    house: House, out: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.crew(2)
    house.proxy.errors, house.proxy.cuts, house.proxy.lost, house.proxy.delay = 0.12, 0.02, 0.02, 0.1
    run(house, tmp_path, out).succeed()
    assert all(house.proxy.count(did=did) for did in ("error", "cut", "lost"))
    check(house, out, monkeypatch)


def test_an_outage_a_killed_run_and_two_at_once(
    house: House, out: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.crew(2)
    house.proxy.hold = SHARD.format(1)
    this = run(house, tmp_path, out)
    this.until(lambda: asked(house, SHARD.format(1)))
    house.proxy.stop()
    this.fail("the store does not answer")
    assert re.search(r"error: s3://\S+: .*; the same command goes on once it does", this.said)
    house.proxy.reset()
    assert not any(name.startswith(("versions/", "current")) for name in download(out, house.store))

    house.proxy.hold = SHARD.format(2)
    this = run(house, tmp_path, out)
    this.until(lambda: asked(house, SHARD.format(2)))
    this.process.send_signal(signal.SIGKILL)
    this.process.wait()
    assert ".work/lease.json" in download(out, house.store)

    house.proxy.reset()
    house.proxy.hold = SHARD.format(2)
    this = run(house, tmp_path, out)
    this.until(lambda: asked(house, SHARD.format(2)))
    run(house, tmp_path, out).fail(f"another run is working on this folder (process {this.process.pid} on ")
    house.proxy.hold = ""
    this.succeed()
    check(house, out, monkeypatch)


def test_a_shard_that_two_workers_do_at_once(house: House, out: str, monkeypatch: pytest.MonkeyPatch) -> None:
    house.crew(2)
    use(house.store, monkeypatch)
    given = {"images_per_shard": 2, "dataset": "people", "report": {"max_instances": 4}}
    inputs = {"annotations": f"{house.source}/instances_test.json", "images": f"{house.source}/images"}
    config = CocoMattingConfig(**given, **inputs, out=out)
    with locked(config.out), Client(house.cluster.address, set_as_default=False) as client:
        opened = open_output(config)
        crew = list(client.scheduler_info()["workers"])
        both = [
            client.submit(run_shard, job, workers=[worker], pure=False, allow_other_workers=False)
            for job in opened.plan.jobs
            for worker in crew
        ]
        client.gather(both)
        finish(config, opened)
    check(house, out, monkeypatch)


@flow
def one_call(config: CocoMattingConfig, function: Callable[[CocoMattingConfig], Any]) -> Any:
    """What a run does before its first shard."""
    return call(config, None, function, config)


def ask_worker(house: House, config: CocoMattingConfig, function: Callable[[CocoMattingConfig], Any]) -> Any:
    with temporary_settings({PREFECT_API_URL: house.server}):
        return one_call.with_options(task_runner=task_runner(config))(config, function)


def die(_config: CocoMattingConfig) -> None:
    """As a worker that runs out of memory."""
    os.kill(os.getpid(), signal.SIGKILL)


def test_a_task_that_kills_every_worker(house: House) -> None:
    """Its nanny starts the worker again each time."""
    config = house.data.config(runner="dask", workers=1)
    with dask.config.set({"distributed.scheduler.allowed-failures": 1}), pytest.raises(RuntimeError) as error:
        ask_worker(house, config, die)
    assert str(error.value) == "2 Dask workers died at it, one after the other (killed, or out of memory)"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (
            "raise ModuleNotFoundError(\"No module named 'flows'\", name='flows')",
            "cannot import Mask2Matte (ModuleNotFoundError: No module named 'flows')",
        ),
        (
            "__path__ = [{root!r}]\nimport flows.workers.cluster\nflows.workers.cluster.program = lambda: 'another'",
            "another Mask2Matte",
        ),
    ],
    ids=["none", "another"],
)
def test_workers_with_another_program_or_none(house: House, tmp_path: Path, content: str, words: str) -> None:
    house.crew(0)
    (tmp_path / "flows.py").write_text(content.format(root=str(ROOT / "flows")))
    index = house.cluster.start_worker(tmp_path)
    try:
        with pytest.raises(UserError) as error:
            ask_worker(house, house.data.config(runner="dask", scheduler=house.cluster.address), check_models)
    finally:
        house.cluster.kill_worker(index)
    assert words in str(error.value)


def test_a_scheduler_that_has_gone(house: House) -> None:
    with (
        DaskCluster(0, logs=house.cluster.logs / "gone", timeout=PATIENCE) as cluster,
        Client(cluster.address, set_as_default=False, timeout=1) as client,
    ):
        assert workers_of(client) == {}
        cluster.stop_scheduler()
        with pytest.raises(ClusterLost):
            workers_of(client)
        with pytest.raises(ClusterLost):
            check_workers(client, ["tcp://127.0.0.1:1"])
