"""The Prefect flow of the RefMatte job."""

import time
from typing import Any

from prefect import flow

from flows import console
from flows.composing import open_composition
from flows.interrupt import stop_at_once
from flows.job import finish
from flows.labelling import label_all, publish, run_flow
from flows.server.embedded_server import named_server
from flows.workers.refmatte_worker import run_refmatte_shard
from flows.workers.runners import processes
from pipelines.refmatte.config import RefMatteConfig
from pipelines.refmatte.statistics import count_standing
from pipelines.storage.lock import locked


@flow(
    name="refmatte",
    flow_run_name="{config.dataset}-{config.count}",
    description="Composed images whose entities are described in words.",
    persist_result=False,
    log_prints=False,
)
def refmatte(config: RefMatteConfig) -> dict[str, Any]:
    """Compose what is not composed yet, then write summary and report.

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
        opened = open_composition(config)
        console.show_plan(opened.shards, opened.plan.reasons, opened.source["notes"])
        with processes(config, opened.shards) as pool:
            started = time.monotonic()
            labelled = label_all(opened, config, pool, run_refmatte_shard) if opened.plan.jobs else 0
            seconds = time.monotonic() - started
            summary = finish(config, opened, pool, {"refmatte": count_standing(config.out)})
        publish(config, summary, "refmatte")
    return {"labelled": labelled, "seconds": seconds, "summary": summary}


def run(config: RefMatteConfig, shards: int) -> dict[str, Any]:
    """Run the flow with as many threads as worker processes; returns what the flow returns."""
    return run_flow(refmatte, config, shards)
