"""The Prefect side that the labelling jobs share: one task per shard, artifacts, and what happens when a part fails."""

import time
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass
from queue import SimpleQueue
from typing import Any, TypeVar, cast

from prefect import Flow
from prefect.artifacts import create_link_artifact, create_markdown_artifact
from prefect.futures import PrefectFuture

from flows import console
from flows.embedded_server import embedded_server
from flows.job import Opened
from flows.runners import ClusterLost, result_of, submit, task_runner, window
from flows.workers import Workers
from pipelines.config import LabellingConfig
from pipelines.errors import StoreError, UserError
from pipelines.files import is_local
from pipelines.shard import ShardJob
from pipelines.summary import markdown

T = TypeVar("T")
PAUSES = (2, 5, 10, 20, 30)
"""Seconds between tries to reach a Dask scheduler that went away."""
RunShard = Callable[[ShardJob], Counter[str]]
"""Labels a shard in the process it is called in."""


class ShardsFailed(Exception):
    """Some shards failed after their retries; the others are done and stay."""


def label_all(opened: Opened, config: LabellingConfig, pool: Workers | None, run_shard: RunShard) -> int:
    """Label the shards of a plan inside a flow; returns the number of mattes.

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
        waiting: dict[PrefectFuture[Any], ShardJob] = {}
        done: SimpleQueue[PrefectFuture[Any]] = SimpleQueue()
        todo = deque(jobs)
        while waiting or (todo and tally.mistake is None):
            while todo and tally.mistake is None and len(waiting) < window(config):
                job = todo.popleft()
                future = submit(config, pool, f"shard-{job.shard:05d}", run_shard, job)
                waiting[future] = job
                future.add_done_callback(done.put)
            future = done.get()
            job = waiting.pop(future)
            tally.add(job, opened.sizes[job.shard], result_of(future))
    return tally.labelled_of(len(jobs))


@dataclass(slots=True)
class _Tally:
    """What the finished shards came to."""

    labelled: int = 0
    images: int = 0
    failed: int = 0
    first: tuple[int, BaseException] | None = None
    mistake: UserError | None = None

    def add(self, job: ShardJob, images: int, result: Any) -> None:
        self.images += images
        if not isinstance(result, BaseException):
            self.labelled += result["accepted"]
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


def call(config: LabellingConfig, pool: Workers | None, function: Callable[..., T], *arguments: Any) -> T:
    """Run a function in one worker and wait for its result; inside a flow.

    Raises:
        Exception: what the function raised.
    """
    if pool is not None:
        return pool.insist(function, *arguments)
    result = result_of(submit(config, pool, function.__name__, function, *arguments))
    if isinstance(result, BaseException):
        raise result
    return cast(T, result)


def publish(config: LabellingConfig, summary: dict[str, Any], kind: str) -> None:
    """Leave summary and report as artifacts, one pair per kind of job, data set and split."""
    key = f"{kind}-{config.dataset}-{config.split_name()}".lower().replace("_", "-").replace(".", "-")
    key = "".join(c for c in key if c in "abcdefghijklmnopqrstuvwxyz0123456789-")
    create_markdown_artifact(markdown(summary), key=key, description="What the run made, and what it rejected")
    page = config.out / "report" / "index.html"
    link = page.resolve().as_uri() if is_local(page) else str(page)
    create_link_artifact(link, key=f"{key}-report", link_text="Report", description="Browse the mattes")


def run_flow(job: Flow[[Any], dict[str, Any]], config: LabellingConfig) -> dict[str, Any]:
    """Run a job's flow on the runner of its settings; returns what the flow returns.

    When the Dask scheduler goes away the flow starts anew, with what is left, and waits for it to come back.

    Raises:
        UserError: input or settings cannot be used, or no scheduler answers.
    """
    with embedded_server():
        flow = job.with_options(task_runner=task_runner(config))
        for pause in (*PAUSES, None):
            try:
                result: dict[str, Any] = flow(config)
                return result
            except (ClusterLost, TimeoutError, OSError) as error:
                if config.runner != "dask" or isinstance(error, StoreError):
                    raise
                if pause is None:
                    text = "no Dask scheduler answers; the same command goes on once one does"
                    raise UserError(f"{config.scheduler}: {text}") from error
                console.console.print(f"lost the Dask scheduler ({error}); trying again in {pause} s")
            time.sleep(pause)
    raise AssertionError
