"""The real command line, disturbed at random moments and resumed, again and again.

``python -m tests.end_to_end.chaos --folder DIR [--seed N] [--runs 25]`` by hand; ``test_chaos.py`` runs it where it
may mount disks of its own. Every number of a campaign comes from its seed; what a moment finds, from the machine.

A sequence starts from an empty output folder. Its data change twice, and before every end the run is disturbed several
times in a row. After each disturbance every version that stands must be whole, no process may be left, and the
console must say what it should. At every end the output must be that of runs that nobody disturbed.
"""

import argparse
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from pipelines.storage.current import current
from pipelines.storage.findings import Checked
from pipelines.storage.pictures import PICTURES
from pipelines.storage.verification import verify
from pipelines.storage.versions import committed, folder_of
from tests.conftest import Dataset, square
from tests.end_to_end.disks import Disk
from tests.end_to_end.file_events import FileEvents
from tests.prefect_server import prefect_server

ROOT = Path(__file__).parents[2]
STATES = 3
LANES = 2
FAULTS = ("kill", "kill worker", "SIGTERM", "SIGINT", "disk full", "read-only")
PHASES = ("opening", "index", "pictures", "parts", "version", "report", "lists")
SETTINGS = ("--images-per-shard", "4", "--workers", "2", "--keep-versions", "2", "--output.coco-json",
            "--output.cutouts")  # fmt: skip
RUN_SECONDS = 1200
"""After so long a run hangs, whatever else the machine has to do."""


def prepare(dataset: Dataset, state: int) -> None:
    """Bring a data set from its last state to the next: people, things they hold, and what is no good; then changes."""
    coco, images = dataset.coco, dataset.images
    if state == 0:
        for image in range(1, 25):
            dataset.person(image)
            if image % 4 == 0:
                dataset.annotate(image, square(60, 30, 14), category_id=31)
        dataset.annotate(3, square(2, 2, 4))
        dataset.annotate(5, [[1, 1]])
    elif state == 1:
        dataset.annotate(3, square(20, 16, 40))
        dataset.person(30)
        _repaint(dataset, 5, 500)
        (images / f"{7:012d}.png").unlink()
        _drop(coco, 11)
        (images / f"{11:012d}.png").unlink()
    else:
        _repaint(dataset, 5, 5)
        _repaint(dataset, 13, 1300)
        _drop(coco, 30)
    dataset.save()


def _repaint(dataset: Dataset, image: int, seed: int) -> None:
    """Other pixels for an image; its own number as seed gives back the first ones."""
    entries = list(dataset.coco["images"])
    dataset.add_image(seed, f"{image:012d}.png")
    dataset.coco["images"] = entries


def _drop(coco: dict[str, Any], image: int) -> None:
    coco["images"] = [entry for entry in coco["images"] if entry["id"] != image]
    coco["annotations"] = [entry for entry in coco["annotations"] if entry["image_id"] != image]


def phase_of(path: str) -> str:
    """What a run is doing when it touches a file."""
    names = [name.removeprefix(".").removesuffix(".partial") for name in path.split("/")]
    if names[0] == "work":
        known = {"index": "index", "inputs": "parts", "parts": "parts", "finished": "lists"}
        return known.get(names[1] if len(names) > 1 else "", "opening")
    if names[0] in PICTURES:
        return "pictures"
    if names[0].split(".")[0] in ("report", "summary"):
        return "report"
    return "lists" if names[0] == "mattes.json" else "version"


def snapshot(out: Path) -> dict[str, bytes]:
    """Every file outside .work with its bytes, and every link with its target."""
    found = {}
    for path in sorted(out.rglob("*")):
        name = path.relative_to(out).as_posix()
        if name.split("/")[0] == ".work":
            continue
        if path.is_symlink():
            found[name] = b"-> " + os.fsencode(path.readlink())
        elif path.is_file():
            found[name] = path.read_bytes()
    return found


def compare(out: Path, expected: dict[str, bytes], images: Path) -> None:
    """The output is that of an undisturbed run, whole, and nothing else is there.

    Raises:
        AssertionError: it is not.
    """
    found = snapshot(out)
    missing, more = sorted(expected.keys() - found.keys()), sorted(found.keys() - expected.keys())
    other = [name for name in found if name in expected and found[name] != expected[name]]
    assert not (missing or more or other), f"missing {missing}, too many {more}, other bytes {other}"
    stale = [str(path) for path in out.rglob("*") if ".partial" in path.name or path.name.startswith("spill-")]
    assert not stale, f"left behind: {stale}"
    assert not [str(path) for path in out.rglob(".report.old")]
    checked = Checked()
    findings = list(verify(out, images, checked))
    assert not findings and not checked.under_way, findings


def read_all(out: Path, heads: dict[int, bytes]) -> int:
    """A reader between two runs: the current version is one that undisturbed runs make, and it and all others that
    stand have all of their parts and pictures.

    Args:
        out: output folder.
        heads: version.json of the versions that undisturbed runs made.

    Returns:
        How many versions stand.

    Raises:
        AssertionError: something is missing or damaged.
    """
    numbers, now = committed(out), current(out)
    assert now is None or now in numbers, f"version {now} is current, {numbers} stand"
    for kind in ("manifest", "rejects"):
        link = out / kind
        leads = {str(folder_of(Path(), number) / kind) for number in numbers}
        assert not link.is_symlink() or str(link.readlink()) in leads, f"{link} leads nowhere"
    for number in numbers:
        folder = folder_of(out, number)
        head = (folder / "version.json").read_bytes()
        assert head == heads[number], f"version {number} is another one"
        for part in json.loads(head)["parts"]:
            content = (folder / part["name"]).read_bytes()
            assert sha256(content).hexdigest() == part["sha256"], f"version {number}: {part['name']}"
            _read_pictures(out, folder / part["name"])
    return len(numbers)


def _read_pictures(out: Path, part: Path) -> None:
    for row in pq.read_table(part).to_pylist():
        for column in PICTURES.values():
            if row.get(column) is not None:
                digest = sha256((out / row[column]).read_bytes()).hexdigest()
                assert digest == row.get(column.replace("_path", "_sha256"), digest), row[column]


@dataclass(slots=True)
class References:
    """What undisturbed runs make: for every state of the data the output, and all versions' heads; and how they do it.

    Attributes:
        outputs: every file, by state.
        heads: version.json by version.
        events: how often a phase touches a file, by state and phase.
        seconds: from the first file to the end, by state.
    """

    outputs: list[dict[str, bytes]] = field(default_factory=list)
    heads: dict[int, bytes] = field(default_factory=dict)
    events: list[Counter[str]] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Moment:
    """When to disturb a run.

    Attributes:
        phase: at a file event of this phase, or of a later one; or None.
        count: which one.
        seconds: so long after that; without a phase, after the first event.
    """

    phase: str | None
    count: int
    seconds: float


class Plan:
    """What is still to be done to the runs of a lane.

    Attributes:
        rng: what all chance comes from.
        faults: names of ``FAULTS``, the next one first.
    """

    def __init__(self, rng: random.Random, faults: list[str], known: References) -> None:
        self.rng, self.faults, self._known = rng, faults, known
        self._deck: list[str | None] = []

    def draw(self, state: int) -> Moment:
        """The next moment, for a state of the data: every phase in turn, in random order, and some uniform in time."""
        if not self._deck:
            self._deck = [*PHASES, None, None]
            self.rng.shuffle(self._deck)
        phase, rng = self._deck.pop(), self.rng
        if phase is None:
            return Moment(None, 1, rng.uniform(0, self._known.seconds[state]))
        later = rng.choice((0.0, 0.0, rng.uniform(0, 0.02), rng.uniform(0, 0.5)))
        return Moment(phase, rng.randint(1, max(self._known.events[state][phase], 1)), later)


class Trigger:
    """Tells when a run's moment has come, and in which phase it was."""

    def __init__(self, moment: Moment) -> None:
        self.moment, self.phase, self.events = moment, "opening", Counter[str]()
        self._due: float | None = None

    def see(self, path: str) -> None:
        """A file event."""
        self.phase = phase_of(path)
        self.events[self.phase] += 1
        if self._due is None and self._reached():
            self._due = time.monotonic() + self.moment.seconds

    def _reached(self) -> bool:
        wanted = self.moment.phase
        if wanted is None:
            return True
        if self.phase == wanted:
            return self.events[wanted] >= self.moment.count
        return PHASES.index(self.phase) > PHASES.index(wanted)

    def wait(self) -> float:
        """Seconds to wait for the next event at most."""
        return 0.05 if self._due is None else min(max(self._due - time.monotonic(), 0), 0.05)

    @property
    def now(self) -> bool:
        """Whether the moment has come."""
        return self._due is not None and time.monotonic() >= self._due


@dataclass(slots=True)
class Ended:
    """How a run ended.

    Attributes:
        code: its exit status.
        console: what it wrote.
        hit: the phase it was disturbed in, or None if it was not.
        trigger: what happened to its files.
        seconds: from the first file event to the end.
    """

    code: int
    console: str
    hit: str | None
    trigger: Trigger
    seconds: float


class Lane:
    """A data set, a disk and what runs on them."""

    def __init__(self, folder: Path, disk: Disk, server: str) -> None:
        self.folder, self.disk = folder, disk
        self.dataset = Dataset(folder / "data")
        kept = {k: v for k, v in os.environ.items() if not k.startswith("PREFECT_")}
        self.mark = f"CHAOS_LANE={folder}"
        more = {"PREFECT_API_URL": server, "PREFECT_HOME": str(folder / "home"), "COLUMNS": "200"}
        self.environment = kept | more | {"CHAOS_LANE": str(folder)}

    @property
    def out(self) -> Path:
        """The output folder."""
        return self.disk.out

    def run(self, moment: Moment | None = None, disturb: Callable[[int], bool] = lambda _: False) -> Ended:
        """Run the command line to its end, and disturb it at a moment.

        Args:
            moment: when, or None for never.
            disturb: takes the process's id; whether it could do it, else it is asked again a little later.
        """
        words = [sys.executable, "-m", "flows.coco_matting", "--annotations", str(self.dataset.annotations)]
        words += ["--images", str(self.dataset.images), "--out", str(self.out), *SETTINGS]
        trigger, hit, first = Trigger(moment or Moment(None, 1, 1e9)), None, 0.0
        started = time.monotonic()
        with FileEvents(self.out) as events, self._start(words) as run:
            while run.poll() is None:
                for path in [*events.read(trigger.wait()), None]:
                    if path is not None:
                        first = first or time.monotonic()
                        trigger.see(path)
                    if hit is None and trigger.now and disturb(run.pid):
                        hit = trigger.phase
                if time.monotonic() - started > RUN_SECONDS:
                    run.kill()
            ended = time.monotonic()
            said = run.communicate(timeout=60)[0]
        assert ended - started < RUN_SECONDS, f"hangs: {said}"
        return Ended(run.returncode, said, hit, trigger, ended - (first or ended))

    def _start(self, words: list[str]) -> "subprocess.Popen[str]":
        """A run that writes less than a pipe holds, so nobody needs to read meanwhile."""
        return subprocess.Popen(
            words,
            cwd=ROOT,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            process_group=0,
        )

    def processes(self) -> list[int]:
        """Ids of the processes that runs of this lane started and that live."""
        mark = self.mark.encode()
        return [int(p.name) for p in Path("/proc").glob("[0-9]*") if mark in _read(p / "environ").split(b"\0")]

    def wait_for_processes(self) -> None:
        """After a run.

        Raises:
            AssertionError: a process is left.
        """
        deadline = time.monotonic() + 30
        while left := self.processes():
            assert time.monotonic() < deadline, [(pid, _read(Path(f"/proc/{pid}/cmdline"))) for pid in left]
            time.sleep(0.02)

    def workers(self) -> list[int]:
        """Ids of the worker processes of the run."""
        return [pid for pid in self.processes() if b"spawn_main" in _read(Path(f"/proc/{pid}/cmdline"))]


def _read(path: Path) -> bytes:
    with suppress(OSError):
        return path.read_bytes()
    return b""


def fault_of(name: str, lane: Lane, rng: random.Random) -> Callable[[int], bool]:
    """What to do to a run, by its name in ``FAULTS``."""
    group = rng.random() < 0.5

    def kill(pid: int) -> bool:
        os.kill(pid, signal.SIGKILL)
        return True

    def kill_worker(_: int) -> bool:
        found = sorted(lane.workers())
        if not found:
            return False
        with suppress(ProcessLookupError):
            os.kill(rng.choice(found), signal.SIGKILL)
        return True

    def stop(pid: int) -> bool:
        (os.killpg if group else os.kill)(pid, signal.SIGTERM if name == "SIGTERM" else signal.SIGINT)
        return True

    def fill(_: int) -> bool:
        return lane.disk.fill(lane.processes())

    def freeze(_: int) -> bool:
        return lane.disk.freeze(lane.processes())

    known = {"kill": kill, "kill worker": kill_worker, "disk full": fill, "read-only": freeze}
    return known.get(name, stop)


def check_end(name: str, ended: Ended) -> None:
    """A disturbed run ends as documented; 0 where the disturbance came after its last file.

    Raises:
        AssertionError: it does not.
    """
    said = f"exit status {ended.code}\n{ended.console}"
    assert not re.search("Traceback|[Pp]refect|WARNING|ERROR", ended.console), said
    expected = {"kill": -signal.SIGKILL, "kill worker": 0, "SIGTERM": 130, "SIGINT": 130}.get(name, 2)
    assert ended.code in (0, expected), said
    if ended.code == 130:
        assert ended.console.strip().splitlines()[-1] == "stopped; the same command goes on from here", said
    if ended.code == 2:
        last = " ".join(ended.console[ended.console.rindex("error: ") :].split())
        assert "cannot write (" in last and last.endswith("the same command goes on once it can"), said


class Campaign:
    """Runs of one seed.

    Attributes:
        history: what was done, in words.
        hits: how often a phase was hit by a fault.
    """

    def __init__(self, seed: int, runs: int, server: str, folder: Path, *, mounts: bool) -> None:
        self._seed, self._server, self._folder, self._mounts = seed, server, folder, mounts
        faults = [FAULTS[i % len(FAULTS)] for i in range(runs)]
        random.Random(seed).shuffle(faults)
        self._lanes = [faults[i::LANES] for i in range(LANES)]
        self._lock = threading.Lock()
        self.known = References()
        self.history: list[str] = []
        self.hits: Counter[tuple[str, str]] = Counter()

    def run(self) -> None:
        """All of it.

        Raises:
            AssertionError: something is not as it should be.
        """
        self._undisturbed()
        with ThreadPoolExecutor(LANES) as threads:
            for done in [threads.submit(self._lane, number) for number in range(LANES)]:
                done.result()

    def _say(self, text: str) -> None:
        with self._lock:
            self.history.append(text)
            print(text, flush=True)

    @contextmanager
    def _new_lane(self, name: str) -> Iterator[Lane]:
        folder = self._folder / name
        folder.mkdir()
        with Disk(folder / "disk", mounts=self._mounts) as disk:
            lane = Lane(folder, disk, self._server)
            try:
                yield lane
            finally:
                for pid in lane.processes():
                    with suppress(ProcessLookupError):
                        os.kill(pid, signal.SIGKILL)
        shutil.rmtree(folder)

    def _undisturbed(self) -> None:
        with self._new_lane("undisturbed") as lane:
            for state in range(STATES):
                prepare(lane.dataset, state)
                ended = lane.run()
                assert ended.code == 0, ended.console
                self.known.outputs.append(snapshot(lane.out))
                self.known.events.append(ended.trigger.events)
                self.known.seconds.append(ended.seconds)
                for number in committed(lane.out):
                    self.known.heads[number] = (folder_of(lane.out, number) / "version.json").read_bytes()
                compare(lane.out, self.known.outputs[state], lane.dataset.images)
                self._say(f"undisturbed {state}: {ended.seconds:.1f} s, {dict(ended.trigger.events)}")
        assert sorted(self.known.heads) == list(range(1, STATES + 1))

    def _lane(self, number: int) -> None:
        plan = Plan(random.Random(f"{self._seed}-{number}"), self._lanes[number], self.known)
        sequence = 0
        while plan.faults:
            name = f"{number}-{sequence}"
            with self._new_lane(name) as lane:
                for state in range(STATES):
                    if plan.faults:
                        prepare(lane.dataset, state)
                        self._to_the_end(lane, state, plan, f"{name}-{state}")
            sequence += 1

    def _to_the_end(self, lane: Lane, state: int, plan: Plan, title: str) -> None:
        """Disturb a few runs in a row, then one undisturbed; the output is what it should be."""
        for _ in range(plan.rng.randint(2, 4)):
            if plan.faults and self._disturbed(lane, state, plan, title).code == 0:
                return
        ended = lane.run()
        assert ended.code == 0 and "Traceback" not in ended.console, ended.console
        lane.wait_for_processes()
        compare(lane.out, self.known.outputs[state], lane.dataset.images)
        self._say(f"{title}: undisturbed to its end")

    def _disturbed(self, lane: Lane, state: int, plan: Plan, title: str) -> Ended:
        fault, moment = plan.faults[0], plan.draw(state)
        self._say(f"{title}: {fault} at {moment}")
        ended = lane.run(moment, fault_of(fault, lane, plan.rng))
        lane.wait_for_processes()
        lane.disk.mend()
        if ended.hit is None:
            assert ended.code == 0, ended.console
            self._say(f"{title}: {fault} came too late")
        else:
            plan.faults.pop(0)
            with self._lock:
                self.hits[fault, ended.hit] += 1
            check_end(fault, ended)
        standing = read_all(lane.out, self.known.heads)
        self._say(f"{title}: {fault} in {ended.hit}, exit status {ended.code}, versions {standing}")
        if ended.code == 0:
            compare(lane.out, self.known.outputs[state], lane.dataset.images)
        return ended


@contextmanager
def server_of_runs(home: Path) -> Iterator[str]:
    """A Prefect server, or the one that PREFECT_API_URL names; gives its API's address."""
    named = os.environ.get("PREFECT_API_URL")
    with nullcontext(named) if named else prefect_server(os.environ | {"PREFECT_HOME": str(home)}) as url:
        yield url


def main() -> int:
    """Run a campaign; returns the exit status: 0 when all is well, else 1 and what was done until then."""
    parser = argparse.ArgumentParser("python -m tests.end_to_end.chaos", description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--folder", type=Path, required=True, help="folder for everything")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--runs", type=int, default=25, help="runs to disturb")
    parser.add_argument("--no-mounts", action="store_true", help="may not mount disks")
    given = parser.parse_args()
    started = time.monotonic()
    given.folder.mkdir(parents=True, exist_ok=True)
    with server_of_runs(given.folder / "prefect") as server:
        campaign = Campaign(given.seed, given.runs, server, given.folder.resolve(), mounts=not given.no_mounts)
        try:
            campaign.run()
        except AssertionError:
            traceback.print_exc()
            print(f"seed {given.seed} failed")
            return 1
    for fault in FAULTS:
        found = ", ".join(f"{campaign.hits[fault, phase]} {phase}" for phase in PHASES if campaign.hits[fault, phase])
        print(f"{fault:12} {found}")
    print(f"{campaign.hits.total()} runs disturbed, seed {given.seed}, {time.monotonic() - started:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
