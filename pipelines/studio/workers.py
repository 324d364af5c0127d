"""Processes of the studio's Python that render, watched from a thread each."""

import json
import os
import queue
import shutil
import signal
import subprocess
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipelines.studio.plan import Shot
from pipelines.studio.settings import Settings

PACKAGES = Path(__file__).parents[2]
"""Where the studio's Python finds this package."""
STUCK = 30
"""A foreground may take this many times its seconds of processor on the wall, where other work has the machine."""
RECYCLE = 40
"""Foregrounds that one process renders: Blender keeps some memory of each."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a shot.

    Attributes:
        shot: which.
        folder: with its passes, to be removed.
        made: how it was made; None if it failed.
        reason: code of the failure.
        detail: of it, one line.
    """

    shot: Shot
    folder: Path
    made: dict[str, Any] | None
    reason: str = ""
    detail: str = ""


class Crew:
    """Renders shots in processes of their own, which end with this one.

    Args:
        settings: of the set.
        threads: of each process.
    """

    def __init__(self, settings: Settings, threads: int) -> None:
        self._settings, self._threads = settings, threads
        self._waiting: deque[Shot] = deque()
        self._taken: queue.Queue[Taken | BaseException] = queue.Queue()
        self._processes: dict[int, subprocess.Popen[str]] = {}
        self._stopping = threading.Event()

    def take(self, shots: Sequence[Shot]) -> Iterator[Taken]:
        """Render shots, in the order they get ready."""
        self._waiting.extend(shots)
        for number in range(min(self._settings.workers, len(shots))):
            threading.Thread(target=self._work, args=(number,), daemon=True).start()
        for _ in shots:
            taken = self._taken.get()
            if isinstance(taken, BaseException):
                raise taken
            yield taken

    def stop(self) -> None:
        """End all processes."""
        self._stopping.set()
        for process in list(self._processes.values()):
            process.kill()

    def _work(self, number: int) -> None:
        try:
            while not self._stopping.is_set() and self._waiting:
                self._one_process(number)
        except BaseException as error:
            self._taken.put(error)

    def _one_process(self, number: int) -> None:
        """Start a process and give it shots until it has had enough, dies or there are no more."""
        log = self._settings.out / ".work" / f"worker-{number}.log"
        with log.open("w") as errors, self._start(errors) as process:
            self._processes[number] = process
            for _ in range(RECYCLE):
                try:
                    shot = self._waiting.popleft()
                except IndexError:
                    break
                taken = self._order(process, shot, log)
                if self._stopping.is_set():
                    return
                self._taken.put(taken)
                if taken.reason in ("died", "too_long"):
                    break
            with suppress(OSError):
                if process.stdin:
                    process.stdin.close()
            process.wait()

    def _start(self, errors: Any) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [self._settings.python, "-m", "pipelines.studio.stage.worker"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, text=True,
            env=os.environ | {"PYTHONPATH": str(PACKAGES)},
        )  # fmt: skip

    def _order(self, process: subprocess.Popen[str], shot: Shot, log: Path) -> Taken:
        folder = self._settings.out / ".work" / "shots" / shot.name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        order = {
            "kind": shot.kind,
            "seed": shot.seed,
            "folder": str(folder.resolve()),
            "size": self._settings.size,
            "threads": self._threads,
            "samples": dict(self._settings.samples or {}),
            "patience": self._settings.patience,
        }
        watch = threading.Timer(STUCK * self._settings.patience, lambda: process.send_signal(signal.SIGPROF))
        watch.daemon = True
        watch.start()
        try:
            answer = _ask(process, order)
        finally:
            watch.cancel()
        if answer is None:
            process.wait()
            if process.returncode == -signal.SIGPROF:
                said = f"took more than {self._settings.patience:g} s of processor, or waited {STUCK} times as long"
                return Taken(shot, folder, None, "too_long", said)
            return Taken(
                shot, folder, None, "died", f"its process ended with status {process.returncode}: {_last(log)}"
            )
        if "failed" in answer:
            return Taken(shot, folder, None, "failed", str(answer["failed"]))
        return Taken(shot, folder, answer["made"])


def _ask(process: subprocess.Popen[str], order: dict[str, Any]) -> dict[str, Any] | None:
    """A worker's answer; None when it has ended."""
    assert process.stdin and process.stdout
    try:
        process.stdin.write(json.dumps(order) + "\n")
        process.stdin.flush()
        line = process.stdout.readline()
    except OSError:
        return None
    if not line.endswith("\n"):
        return None
    answer: dict[str, Any] = json.loads(line)
    return answer


def _last(log: Path) -> str:
    lines = log.read_text(errors="replace").strip().splitlines()
    return lines[-1] if lines else "it said nothing"
