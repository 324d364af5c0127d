"""One run per folder: on a disk the system's lock, on a store a lease that its holder renews."""

import hashlib
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import orjson
import pytest
from filelock import FileLock
from fsspec.implementations.memory import MemoryFileSystem

from pipelines.errors import StoreError, UserError
from pipelines.storage import lock, processes
from pipelines.storage.files import mark, read_whole, remove, write_whole
from pipelines.storage.lock import held as is_held
from pipelines.storage.lock import locked
from pipelines.storage.stores import place

REFUSED = "another run is working on this folder"


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lock, "LEASE", 0.9)


@pytest.fixture
def store() -> Path:
    return place(f"memory://{uuid4().hex}/out")


def lease(out: Path) -> Path:
    return out / ".work" / "lease.json"


def held(out: Path) -> dict[str, Any]:
    content: dict[str, Any] = orjson.loads(read_whole(lease(out)))
    return content


def leave(out: Path, **changes: Any) -> None:
    """The lease of a run that did not end properly."""
    write_whole(lease(out), orjson.dumps(orjson.loads(lock._lease("other")) | changes))


def seconds(call: Callable[[], Any]) -> float:
    started = time.monotonic()
    call()
    return time.monotonic() - started


def pass_through(out: Path) -> None:
    with locked(out):
        pass


@pytest.mark.parametrize("kind", ["local", "memory"])
def test_one_after_the_other(kind: str, tmp_path: Path, store: Path) -> None:
    out = tmp_path / "out" if kind == "local" else store
    for _ in range(2):
        pass_through(out)
    with pytest.raises(ZeroDivisionError), locked(out):
        raise ZeroDivisionError
    pass_through(out)
    assert mark(lease(out)) is None


def test_a_second_run_is_refused_while_the_first_renews(store: Path) -> None:
    with locked(store):
        before = held(store)
        assert seconds(lambda: refused(store)) < lock.LEASE
        time.sleep(2 * lock.LEASE)
        assert held(store)["renewed"] > 1 and held(store)["token"] == before["token"]
        refused(store)
    assert mark(lease(store)) is None
    pass_through(store)


def refused(out: Path) -> None:
    with pytest.raises(UserError, match=f"{REFUSED} \\(process {held(out)['process']} on {held(out)['host']}\\)"):
        pass_through(out)


def test_a_run_that_died_on_this_machine_is_replaced_at_once(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lock, "LEASE", 60.0)
    dead = subprocess.Popen([sys.executable, "-c", "pass"])
    dead.wait()
    for changes in ({"process": dead.pid, "started": "1"}, {"started": "1"}):  # gone, or its number used again
        leave(store, **changes)
        assert seconds(lambda: pass_through(store)) < 20


def test_a_run_on_this_machine_that_lives_is_seen_at_once(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lock, "LEASE", 60.0)
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as other:
        leave(store, process=other.pid, started=processes.started(str(other.pid)))
        assert seconds(lambda: refused(store)) < 20
        other.kill()
        while processes.started(str(other.pid)):
            time.sleep(0.01)
        assert seconds(lambda: pass_through(store)) < 20  # it is dead, though nobody has waited for it


def test_a_lease_that_could_not_be_given_back_is_free(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def outage(path: Path) -> None:
        raise StoreError(f"{path}: no answer")

    monkeypatch.setattr(lock, "LEASE", 60.0)
    with monkeypatch.context() as patch, locked(store):
        patch.setattr(lock.stores, "remove", outage)
    assert held(store)["process"] == os.getpid()
    assert seconds(lambda: pass_through(store)) < 20


def test_a_store_that_does_not_answer_does_not_hold_up_the_end(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answers = threading.Event()
    monkeypatch.setattr(lock, "PARTING", 0.1)
    with locked(store):
        monkeypatch.setattr(lock, "read_whole", lambda path: answers.wait(60) and read_whole(path))
        started = time.monotonic()
    assert time.monotonic() - started < 20
    answers.set()


@pytest.mark.parametrize("changes", [{"boot": "another"}, {"boot": ""}, {"host": "far", "boot": None}])
def test_a_run_that_died_elsewhere_is_replaced_when_its_lease_ends(store: Path, changes: dict[str, Any]) -> None:
    leave(store, **changes)
    assert seconds(lambda: pass_through(store)) > lock.LEASE


@pytest.mark.parametrize("content", [b"", b"[]", b"null", b"nonsense", b'{"token": 3}'])
def test_a_damaged_lease_ends_too(store: Path, content: bytes) -> None:
    write_whole(lease(store), content)
    assert seconds(lambda: pass_through(store)) > lock.LEASE
    assert mark(lease(store)) is None


def test_who_waits_for_a_run_that_ends_gets_the_folder(store: Path) -> None:
    leave(store, boot="another")
    threading.Timer(lock.LEASE / 4, remove, [lease(store)]).start()
    assert seconds(lambda: pass_through(store)) < lock.LEASE


def test_a_lease_that_another_took_over_is_left_alone(store: Path) -> None:
    with locked(store):
        leave(store, boot="another")
        time.sleep(lock.LEASE)
        assert held(store)["token"] == "other"
    assert held(store)["token"] == "other"


def race(out: Path, runners: int) -> tuple[int, int]:
    """Runs that start at the same time; how many got the folder, and how many of them held it at once."""
    start, inside, most, got = threading.Barrier(runners), [0], [0], [0]
    guard = threading.Lock()

    def run() -> None:
        start.wait()
        try:
            with locked(out):
                with guard:
                    got[0] += 1
                    inside[0] += 1
                    most[0] = max(most[0], inside[0])
                time.sleep(1.5 * lock.LEASE)
                with guard:
                    inside[0] -= 1
        except UserError as error:
            assert REFUSED in str(error)

    threads = [threading.Thread(target=run) for _ in range(runners)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return got[0], most[0]


def test_of_two_at_the_same_time_one_gets_the_folder(store: Path, exact_creation: None) -> None:
    assert race(store, 4) == (1, 1)
    assert mark(lease(store)) is None


@pytest.mark.parametrize("changes", [{"boot": "another"}, {"started": "1"}])
def test_of_several_that_find_a_dead_run_one_gets_the_folder(
    store: Path, exact_creation: None, changes: dict[str, str]
) -> None:
    leave(store, **changes)
    assert race(store, 4) == (1, 1)
    assert mark(lease(store)) is None


def test_who_saw_a_dead_lease_long_ago_takes_no_lease_that_is_new(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two see the same dead lease; the slower goes on when the faster has its own already."""
    leave(store, started="1")
    plain, seen, taken = lock._removed, threading.Event(), threading.Event()

    def late(path: Path, dead: bytes, token: str) -> bool:
        if threading.current_thread().name == "slow" and not taken.is_set():
            seen.set()
            assert taken.wait(60)
        return plain(path, dead, token)

    monkeypatch.setattr(lock, "_removed", late)
    outcome: list[str] = []

    def slow() -> None:
        try:
            pass_through(store)
        except UserError as error:
            outcome.append(str(error))

    thread = threading.Thread(target=slow, name="slow")
    thread.start()
    assert seen.wait(60)
    with locked(store):
        taken.set()
        thread.join()
        assert [REFUSED in said for said in outcome] == [True]
        assert held(store)["process"] == os.getpid()


def test_a_run_that_died_while_it_took_over_holds_nobody_up_for_long(store: Path) -> None:
    leave(store, started="1")
    name = hashlib.sha256(read_whole(lease(store))).hexdigest()[:16]
    write_whole(lease(store).with_name(f"claim-{name}.json"), b"other")
    assert lock.LEASE < seconds(lambda: pass_through(store)) < 20 * lock.LEASE
    assert mark(lease(store)) is None and mark(lease(store).with_name(f"claim-{name}.json")) is None


@pytest.fixture
def exact_creation(monkeypatch: pytest.MonkeyPatch) -> None:
    """Object stores create in one step; fsspec's memory looks first."""
    plain, guard = MemoryFileSystem.pipe_file, threading.Lock()

    def pipe_file(self: MemoryFileSystem, *given: Any, **named: Any) -> Any:
        with guard:
            return plain(self, *given, **named)

    monkeypatch.setattr(MemoryFileSystem, "pipe_file", pipe_file)


def test_two_processes_on_a_disk(tmp_path: Path) -> None:
    code = "import sys; from pathlib import Path; from pipelines.storage.lock import locked\n"
    code += "with locked(Path(sys.argv[1])): print('held', flush=True); sys.stdin.read()"
    other = subprocess.Popen([sys.executable, "-c", code, tmp_path], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert other.stdout is not None and other.stdout.readline() == b"held\n"
    with pytest.raises(UserError, match=f"{REFUSED} \\(process {other.pid}\\)"):
        pass_through(tmp_path)
    other.kill()
    other.wait()
    pass_through(tmp_path)


@pytest.mark.parametrize("where", ["out", "out/.work"])
def test_a_file_in_place_of_the_folder(tmp_path: Path, where: str) -> None:
    (tmp_path / where).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / where).write_text("mine")
    with pytest.raises(UserError, match="out: cannot write"):
        pass_through(tmp_path / "out")


@pytest.mark.parametrize("kind", ["local", "memory"])
def test_whether_a_run_holds_a_folder(kind: str, tmp_path: Path, store: Path) -> None:
    out = tmp_path / "out" if kind == "local" else store
    assert not is_held(out) and not out.exists()
    with locked(out):
        assert is_held(out)
    assert not is_held(out)
    pass_through(out)


@pytest.mark.parametrize(("changes", "answer"), [({"boot": "another"}, True), ({"started": "1"}, False)])
def test_a_lease_counts_unless_its_holder_is_known_to_be_dead(
    store: Path, changes: dict[str, str], answer: bool
) -> None:
    leave(store, **changes)
    before = held(store)
    assert is_held(store) == answer
    assert held(store) == before


def test_a_run_begins_while_another_looks_whether_one_does(tmp_path: Path) -> None:
    pass_through(tmp_path)
    looking = FileLock(tmp_path / ".work" / "lock", thread_local=False)
    looking.acquire()
    threading.Timer(lock.GLANCE / 4, looking.release).start()
    pass_through(tmp_path)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_whether_a_run_holds_a_read_only_folder(tmp_path: Path) -> None:
    pass_through(tmp_path)
    (tmp_path / ".work" / "lock").chmod(0o400)
    assert not is_held(tmp_path)
