"""The Prefect side of the COCO-Matting job: one task per shard, retries, artifacts."""

import os
import time
from collections import Counter
from typing import Any, cast

from prefect import flow, task
from prefect.artifacts import create_link_artifact, create_markdown_artifact
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State
from prefect.futures import PrefectFuture
from prefect.settings import PREFECT_API_URL
from prefect.task_runners import ThreadPoolTaskRunner

from flows import console
from flows.embedded_server import embedded_server
from flows.interrupt import stop_at_once
from flows.job import Opened, disk_errors, finish, locked, open_output
from flows.worker import check_models, run_shard
from flows.workers import Workers, workers
from pipelines.config import CocoMattingConfig
from pipelines.errors import UserError
from pipelines.shard import ShardJob
from pipelines.summary import markdown


class ShardsFailed(Exception):
    """Some shards failed after their retries; the others are done and stay."""


def _worth_a_retry(_task: Any, _run: Any, state: State[Any]) -> bool:
    """A user's mistake or a full disk fails the same way again; a dead worker may not."""
    error = state.result(raise_on_failure=False)
    return not isinstance(error, UserError)


def _label(pool: Workers, job: ShardJob) -> Counter[str]:
    with disk_errors(job.config.out):
        return pool.call(run_shard, job)


@flow(
    name="coco-matting",
    flow_run_name="{config.dataset}-{config.annotations.stem}",
    description="From segmentation masks to a dataset of alpha mattes.",
    persist_result=False,
    log_prints=False,
)
def coco_matting(config: CocoMattingConfig) -> dict[str, Any]:
    """Label what is not labelled yet, then write summary, report and lists.

    Args:
        config: the run's settings.

    Returns:
        ``{"labelled": mattes in the shards of this run, "seconds": their time, "summary": the summary}``.

    Raises:
        UserError: input or settings cannot be used.
        ShardsFailed: some shards failed after their retries.
    """
    if not PREFECT_API_URL.value():
        stop_at_once()
    with locked(config.out):
        size = config.annotations.stat().st_size if config.annotations.is_file() else 0
        with console.byte_progress(size) as on_bytes:
            opened = open_output(config, on_bytes)
        console.show_plan(opened.shards, opened.plan.reasons)
        with workers(min(config.workers, max(opened.shards, 1)), opened.shards, _threads(config)) as pool:
            started = time.monotonic()
            labelled = _label_all(opened, pool) if opened.plan.jobs else 0
            seconds = time.monotonic() - started
            summary = finish(config, opened, pool)
        _publish(config, summary)
    return {"labelled": labelled, "seconds": seconds, "summary": summary}


def _threads(config: CocoMattingConfig) -> int:
    """Numerical threads per worker: the closed form takes one, networks share the cores."""
    return max((os.cpu_count() or 1) // config.workers, 1)


def _label_all(opened: Opened, pool: Workers) -> int:
    label = task(
        name="label shard",
        retries=2,
        retry_delay_seconds=1,
        retry_condition_fn=_worth_a_retry,
        cache_policy=NO_CACHE,
        persist_result=False,
    )(_label)
    jobs = opened.plan.jobs
    console.console.print(f"matting with {pool.call(check_models, jobs[0].config)}")
    images = sum(opened.index.shards[job.shard][1] for job in jobs)
    with console.image_progress(images, lambda: sum(pool.progress)):
        futures = [label.with_options(task_run_name=f"shard-{job.shard:05d}").submit(pool, job) for job in jobs]
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


def _publish(config: CocoMattingConfig, summary: dict[str, Any]) -> None:
    key = f"coco-matting-{config.dataset}-{config.split_name()}".lower().replace("_", "-").replace(".", "-")
    create_markdown_artifact(markdown(summary), key=key, description="What the run made, and what it rejected")
    page = (config.out / "report" / "index.html").resolve().as_uri()
    create_link_artifact(page, key=f"{key}-report", link_text="Report", description="Browse the mattes")


def run(config: CocoMattingConfig) -> dict[str, Any]:
    """Run the flow with as many threads as worker processes; returns what the flow returns."""
    runner: ThreadPoolTaskRunner[Any] = ThreadPoolTaskRunner(max_workers=config.workers)
    with embedded_server():
        result: dict[str, Any] = coco_matting.with_options(task_runner=cast(Any, runner))(config)
    return result
