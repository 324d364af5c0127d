"""The Prefect flow of the propagation job."""

import time
from typing import Any

from prefect import flow

from flows import console
from flows.interrupt import stop_at_once
from flows.job import finish, open_targets
from flows.labelling import call, label_all, publish, run_flow
from flows.server.embedded_server import named_server
from flows.workers.propagation_worker import prepare_references, run_propagation_shard
from flows.workers.runners import processes
from pipelines.propagation.config import PropagationConfig
from pipelines.storage.lock import locked


@flow(
    name="propagate",
    flow_run_name="{config.object}-{config.images.name}",
    description="From one marked image to the mattes of that object in a whole folder.",
    persist_result=False,
    log_prints=False,
)
def propagate(config: PropagationConfig) -> dict[str, Any]:
    """Find, segment and matte the object in the targets that are not done yet, then write summary, report and lists.

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
        opened = open_targets(config)
        console.show_plan(opened.shards, opened.plan.reasons)
        with processes(config, opened.shards) as pool:
            said, references = call(config, pool, prepare_references, config)
            console.console.print(f"with {said}")
            started = time.monotonic()
            labelled = label_all(opened, config, pool, run_propagation_shard) if opened.plan.jobs else 0
            seconds = time.monotonic() - started
            summary = finish(config, opened, pool, {"references": references})
        publish(config, summary, "propagate")
    return {"labelled": labelled, "seconds": seconds, "summary": summary}


def run(config: PropagationConfig, shards: int) -> dict[str, Any]:
    """Run the flow with as many threads as worker processes; returns what the flow returns."""
    return run_flow(propagate, config, shards)
