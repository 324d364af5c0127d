"""The Prefect side that the labelling jobs share: one task per shard, artifacts, and what happens when a part fails."""

import time
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar, cast

from prefect import Flow
from prefect.artifacts import create_link_artifact, create_markdown_artifact

from flows import console
from flows.job import Opened
from flows.server.embedded_server import embedded_server
from flows.workers.cluster import ClusterLost, await_scheduler, quiet
from flows.workers.pool import Workers
from flows.workers.runners import UnderWay, processes_ahead, task_runner
from pipelines.config import JobConfig
from pipelines.errors import UserError
from pipelines.labelling.job import Job
from pipelines.labelling.summary import markdown
from pipelines.storage.files import is_local

T = TypeVar("T")
START = 10.0
"""Seconds to wait for a Dask scheduler that a run begins with."""
RETURN = 300.0
"""Seconds to wait for a Dask scheduler that went away to come back."""
LOSSES = 5
"""How often in a row it may go away within a minute."""
RunShard = Callable[[Any], Counter[str]]
"""Does a job's shard in the process it is called in."""


class ShardsFailed(Exception):
    """Some shards failed after their retries; the others are done and stay."""


def label_all(opened: Opened, config: JobConfig, pool: Workers | None, run_shard: RunShard) -> int:
    """Label the shards of a plan inside a flow; returns the number of mattes made, without those taken over.

    Only so many tasks are under way as keep the workers busy, so that memory does not grow with the number of shards.

    Raises:
        UserError: input or settings cannot be used.
        ShardsFailed: some shards failed after their retries.
        ClusterLost: the Dask scheduler went away.
    """
    jobs = opened.plan.jobs
    images = sum(opened.sizes[job.shard] for job in jobs)
    tally = _Tally()

    def images_done() -> int:
        return sum(pool.progress) if pool else tally.images

    with console.image_progress(images, images_done):
        under_way: UnderWay[Job] = UnderWay(config, pool)
        todo = deque(jobs)
        while under_way or (todo and tally.mistake is None):
            while todo and tally.mistake is None and under_way.has_room():
                job = todo.popleft()
                under_way.submit(job, f"shard-{job.shard:05d}", run_shard, job)
            for job, result in under_way.finished():
                tally.add(job, opened.sizes[job.shard], result)
            if tally.mistake is not None:
                under_way.abandon()
    return tally.labelled_of(len(jobs))


@dataclass(slots=True)
class _Tally:
    """What the finished shards came to."""

    labelled: int = 0
    images: int = 0
    failed: int = 0
    first: tuple[int, BaseException] | None = None
    mistake: UserError | None = None

    def add(self, job: Job, images: int, result: Any) -> None:
        self.images += images
        if not isinstance(result, BaseException):
            self.labelled += result["matted"]
            return
        self.failed += 1
        self.first = self.first or (job.shard, result)
        if isinstance(result, UserError):
            self.mistake = self.mistake or result

    def labelled_of(self, shards: int) -> int:
        if self.mistake is not None:
            raise self.mistake
        if self.first is not None:
            shard, error = self.first
            text = f"{self.failed} of {shards} shards failed, first shard {shard}: {error}; run the same command again"
            raise ShardsFailed(text) from error
        return self.labelled


def call(config: JobConfig, pool: Workers | None, function: Callable[..., T], *arguments: Any) -> T:
    """Run a function in one worker and wait for its result; inside a flow.

    Raises:
        Exception: what the function raised.
    """
    if pool is not None:
        return pool.insist(function, *arguments)
    under_way: UnderWay[str] = UnderWay(config, pool)
    asked = False
    while True:
        if not asked and under_way.has_room():
            under_way.submit("", function.__name__, function, *arguments)
            asked = True
        for _, result in under_way.finished():
            if isinstance(result, BaseException):
                raise result
            return cast(T, result)


def publish(config: JobConfig, summary: dict[str, Any], kind: str) -> None:
    """Leave summary and report as artifacts, one pair per kind of job, data set and split."""
    key = f"{kind}-{config.dataset}-{config.split_name()}".lower().replace("_", "-").replace(".", "-")
    key = "".join(c for c in key if c in "abcdefghijklmnopqrstuvwxyz0123456789-")
    create_markdown_artifact(markdown(summary), key=key, description="What the run made, and what it rejected")
    page = config.out / "report" / "index.html"
    link = page.resolve().as_uri() if is_local(page) else str(page)
    create_link_artifact(link, key=f"{key}-report", link_text="Report", description="Browse the mattes")


def run_flow(job: Flow[[Any], dict[str, Any]], config: JobConfig, shards: int) -> dict[str, Any]:
    """Run a job's flow on the runner of its settings.

    Args:
        job: the flow.
        config: its settings.
        shards: how many there are, as far as is known before the flow looks.

    Returns:
        What the flow returns.

    Raises:
        UserError: input or settings cannot be used, or no scheduler answers.
    """
    flow = job.with_options(task_runner=task_runner(config))
    with processes_ahead(config, shards), embedded_server():
        return outlast_scheduler(config, lambda: flow(config))


def outlast_scheduler(config: JobConfig, job: Callable[[], T]) -> T:
    """Do a job; when the Dask scheduler goes away do it anew, with what is left, once it is back.

    Raises:
        UserError: no scheduler answers.
    """
    if config.runner == "dask":
        quiet()
    _await_scheduler(config, START)
    losses = 0
    while True:
        started = time.monotonic()
        try:
            return job()
        except ClusterLost as error:
            losses = losses + 1 if time.monotonic() - started < 60 else 1
            if losses > LOSSES:
                raise UserError(f"{config.scheduler}: {error} {losses} times in a row; see its log") from error
            console.console.print(f"{error}; going on once it is back")
        _await_scheduler(config, RETURN)


def _await_scheduler(config: JobConfig, patience: float) -> None:
    if config.runner == "dask" and config.scheduler is not None:
        await_scheduler(config.scheduler, patience)
