"""A real Dask cluster on loopback: one process for the scheduler, one for every worker, all of which can be killed."""

import contextlib
import os
import random
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Self

from tests.object_store import ENDS_WITH_PARENT

ROOT = Path(__file__).resolve().parents[1]
_PROGRAM = ENDS_WITH_PARENT + "import runpy, sys\nrunpy.run_module(sys.argv.pop(1), run_name='__main__')\n"
_SETTINGS = {
    "DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT": "10s",
    "DASK_DISTRIBUTED__ADMIN__SYSTEM_MONITOR__INTERVAL": "10s",
    "DASK_DISTRIBUTED__WORKER__PROFILE__ENABLED": "false",
    "OMP_NUM_THREADS": "1",
}


class DaskCluster:
    """A scheduler and workers of one thread each, without nannies: who is killed stays dead.

    A worker whose scheduler goes away ends as Dask's workers do: after the task that it is at, which goes on writing.

    Attributes:
        address: ``tcp://127.0.0.1:port``, the same after every restart of the scheduler.
        workers: the workers' processes, dead ones included, in the order they were started.
        logs: folder of what every process said.
    """

    def __init__(
        self,
        workers: int = 2,
        *,
        environment: dict[str, str] | None = None,
        logs: Path | None = None,
        timeout: float = 60,
    ) -> None:
        """Start everything and wait until the workers are known to the scheduler.

        Args:
            workers: how many.
            environment: variables beside those of this process, for scheduler and workers.
            logs: folder for what the processes say; a temporary one if none is given.
            timeout: seconds that a start may take.
        """
        self._temporary = tempfile.TemporaryDirectory(prefix="dask-")
        self.logs = logs or Path(self._temporary.name)
        self.logs.mkdir(parents=True, exist_ok=True)
        self.environment = environment or {}
        self.timeout = timeout
        self.workers: list[subprocess.Popen[bytes]] = []
        self.port = _free_port()
        self.address = f"tcp://127.0.0.1:{self.port}"
        self._schedulers = 0
        try:
            self.scheduler = self._start_scheduler()
            started = [self._launch_worker() for _ in range(workers)]
            self._await_scheduler()
            for index in started:
                self._await_worker(index)
        except BaseException:
            self.close()
            raise

    def start_worker(self, code: Path = ROOT) -> int:
        """Start one more worker and wait until the scheduler knows it; returns its number.

        Args:
            code: folder that it imports the program from.
        """
        index = self._launch_worker(code)
        self._await_worker(index)
        return index

    def kill_worker(self, index: int) -> None:
        """SIGKILL a worker."""
        self.workers[index].kill()
        self.workers[index].wait()

    def stop_scheduler(self) -> None:
        """SIGKILL the scheduler; its workers end by themselves."""
        self.scheduler.kill()
        self.scheduler.wait()

    def start_scheduler(self) -> None:
        """Start a scheduler on the same port, after ``stop_scheduler``."""
        self.scheduler = self._start_scheduler()
        self._await_scheduler()

    def restart_scheduler(self, workers: int | None = None) -> None:
        """Kill the scheduler and start a new one on the same port, which knows nothing of the old one's tasks.

        Args:
            workers: how many to start with it, as a supervisor would; as many as were alive if None.
        """
        alive = len(self.alive())
        self.stop_scheduler()
        self.start_scheduler()
        for index in [self._launch_worker() for _ in range(alive if workers is None else workers)]:
            self._await_worker(index)

    def alive(self) -> list[int]:
        """Numbers of the workers that run."""
        return [index for index, worker in enumerate(self.workers) if worker.poll() is None]

    def log(self, index: int) -> str:
        """What a worker said."""
        return self._worker_log(index).read_text(errors="replace")

    def close(self) -> None:
        """End all processes."""
        processes = [*self.workers, *([self.scheduler] if hasattr(self, "scheduler") else [])]
        for process in processes:
            process.kill()
        for process in processes:
            process.wait()
            if process.stdin:
                process.stdin.close()
        with contextlib.suppress(OSError):
            self._temporary.cleanup()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def _worker_log(self, index: int) -> Path:
        return self.logs / f"worker-{index}.log"

    def _start_scheduler(self) -> subprocess.Popen[bytes]:
        log = self.logs / f"scheduler-{self._schedulers}.log"
        self._schedulers += 1
        options = ["--host", "127.0.0.1", "--port", str(self.port), "--no-dashboard"]
        return self._start("distributed.cli.dask_scheduler", options, log)

    def _launch_worker(self, code: Path = ROOT) -> int:
        index = len(self.workers)
        local = Path(self._temporary.name) / f"worker-{index}"
        options = [self.address, "--host", "127.0.0.1", "--name", f"worker-{index}", "--local-directory", str(local)]
        options += ["--no-nanny", "--nworkers", "1", "--nthreads", "1", "--no-dashboard", "--memory-limit", "0"]
        self.workers.append(self._start("distributed.cli.dask_worker", options, self._worker_log(index), code))
        return index

    def _start(self, module: str, options: list[str], log: Path, code: Path = ROOT) -> subprocess.Popen[bytes]:
        variables = {**os.environ, **_SETTINGS, **self.environment}
        variables["PYTHONPATH"] = os.pathsep.join(filter(None, [str(code), variables.get("PYTHONPATH", "")]))
        command = [sys.executable, "-c", _PROGRAM, module, *options]
        with log.open("wb") as output:
            return subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=output, stderr=subprocess.STDOUT, cwd=code, env=variables
            )

    def _await_scheduler(self) -> None:
        log = self.logs / f"scheduler-{self._schedulers - 1}.log"
        self._await("Scheduler at:", self.scheduler, log)

    def _await_worker(self, index: int) -> None:
        self._await("Registered to:", self.workers[index], self._worker_log(index))

    def _await(self, word: str, process: subprocess.Popen[bytes], log: Path) -> None:
        """Wait until a process has said a word."""
        end = time.monotonic() + self.timeout
        while word not in log.read_text(errors="replace"):
            if process.poll() is not None or time.monotonic() > end:
                raise RuntimeError(f"{log.name} never said {word!r}: {log.read_text(errors='replace')[-2000:]}")
            time.sleep(0.02)


def _free_port() -> int:
    """A port that is nobody's, below those that connections take: none must slip in while the scheduler is away."""
    while True:
        port = random.SystemRandom().randrange(15_000, 32_000)
        with socket.socket() as listener, contextlib.suppress(OSError):
            listener.bind(("127.0.0.1", port))
            return port
