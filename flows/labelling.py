"""The Prefect side that the labelling jobs share: one task per shard, retries, artifacts."""

import os
from collections import Counter
from collections.abc import Callable
from typing import Any, cast

from prefect import Flow, task
from prefect.artifacts import create_link_artifact, create_markdown_artifact
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State
from prefect.futures import PrefectFuture
from prefect.task_runners import ThreadPoolTaskRunner

from flows import console
from flows.embedded_server import embedded_server
from flows.job import Opened
from flows.workers import Workers
from pipelines.config import LabellingConfig
from pipelines.errors import UserError
from pipelines.files import is_local
from pipelines.lock import disk_errors
from pipelines.shard import ShardJob
from pipelines.summary import markdown

RunShard = Callable[[ShardJob], Counter[str]]
"""Labels a shard in the process it is called in."""


class ShardsFailed(Exception):
    """Some shards failed after their retries; the others are done and stay."""


def _worth_a_retry(_task: Any, _run: Any, state: State[Any]) -> bool:
    """A user's mistake or a full disk fails the same way again; a dead worker may not."""
    error = state.result(raise_on_failure=False)
    return not isinstance(error, UserError)


def _label(pool: Workers, run_shard: RunShard, job: ShardJob) -> Counter[str]:
    with disk_errors(job.config.out):
        return pool.call(run_shard, job)


def threads(config: LabellingConfig) -> int:
    """Numerical threads per worker: the closed form takes one, networks share the cores."""
    return max((os.cpu_count() or 1) // config.workers, 1)


def label_all(opened: Opened, pool: Workers, run_shard: RunShard) -> int:
    """Label the shards of a plan inside a flow; returns the number of mattes.

    Raises:
        UserError: input or settings cannot be used.
        ShardsFailed: some shards failed after their retries.
    """
    label = task(
        name="label shard",
        retries=2,
        retry_delay_seconds=1,
        retry_condition_fn=_worth_a_retry,
        cache_policy=NO_CACHE,
        persist_result=False,
    )(_label)
    jobs = opened.plan.jobs
    images = sum(opened.sizes[job.shard] for job in jobs)
    with console.image_progress(images, lambda: sum(pool.progress)):
        futures = [
            label.with_options(task_run_name=f"shard-{job.shard:05d}").submit(pool, run_shard, job) for job in jobs
        ]
        return _collect(jobs, futures)


def _collect(jobs: list[ShardJob], futures: list[PrefectFuture[Counter[str]]]) -> int:
    labelled = 0
    failed: list[tuple[int, BaseException]] = []
    for job, future in zip(jobs, futures, strict=True):
        result = future.result(raise_on_failure=False)
        if isinstance(result, BaseException):
            failed.append((job.shard, result))
        else:
            labelled += result["accepted"]
    if not failed:
        return labelled
    shard, first = failed[0]
    if isinstance(first, UserError):
        raise first
    text = f"{len(failed)} of {len(jobs)} shards failed, first shard {shard}: {first}; run the same command again"
    raise ShardsFailed(text) from first


def publish(config: LabellingConfig, summary: dict[str, Any], kind: str) -> None:
    """Leave summary and report as artifacts, one pair per kind of job, data set and split."""
    key = f"{kind}-{config.dataset}-{config.split_name()}".lower().replace("_", "-").replace(".", "-")
    key = "".join(c for c in key if c in "abcdefghijklmnopqrstuvwxyz0123456789-")
    create_markdown_artifact(markdown(summary), key=key, description="What the run made, and what it rejected")
    page = config.out / "report" / "index.html"
    link = page.resolve().as_uri() if is_local(page) else str(page)
    create_link_artifact(link, key=f"{key}-report", link_text="Report", description="Browse the mattes")


def run_flow(job: Flow[[Any], dict[str, Any]], config: LabellingConfig) -> dict[str, Any]:
    """Run a job's flow with as many threads as worker processes; returns what the flow returns."""
    runner: ThreadPoolTaskRunner[Any] = ThreadPoolTaskRunner(max_workers=config.workers)
    with embedded_server():
        result: dict[str, Any] = job.with_options(task_runner=cast(Any, runner))(config)
    return result
