"""The Prefect flow of the COCO-Matting job."""

import time
from typing import Any

from prefect import flow

from flows import console
from flows.interrupt import stop_at_once
from flows.job import finish, open_output
from flows.labelling import call, label_all, publish, run_flow
from flows.server.embedded_server import named_server
from flows.workers.runners import processes
from flows.workers.worker import check_models, run_shard
from pipelines.config import CocoMattingConfig
from pipelines.storage.files import mark
from pipelines.storage.lock import locked


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
        ``{"labelled": mattes that this run made, "seconds": their time, "summary": the summary}``.

    Raises:
        UserError: input or settings cannot be used.
        ShardsFailed: some shards failed after their retries.
    """
    if not named_server():
        stop_at_once()
    with locked(config.out):
        size = (mark(config.annotations) or [0])[0]
        with console.byte_progress(size) as on_bytes:
            opened = open_output(config, on_bytes)
        console.show_plan(opened.shards, opened.plan.reasons, opened.source.get("notes", ()))
        with processes(config, opened.shards) as pool:
            started, labelled = time.monotonic(), 0
            if opened.plan.jobs:
                console.console.print(f"matting with {call(config, pool, check_models, config)}")
                labelled = label_all(opened, config, pool, run_shard)
            seconds = time.monotonic() - started
            summary = finish(config, opened, pool)
        publish(config, summary, "coco-matting")
    return {"labelled": labelled, "seconds": seconds, "summary": summary}


def run(config: CocoMattingConfig, shards: int) -> dict[str, Any]:
    """Run the flow with as many threads as worker processes; returns what the flow returns."""
    return run_flow(coco_matting, config, shards)
