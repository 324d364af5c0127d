"""The labelling flows as deployments run them: with nobody at the console.

They wait for their turn, end at once where nothing is to be done, try again what may go better the second time, and
tell Prefect's log and the run's state what a console would show.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated, Any

from prefect import flow, get_client
from prefect.client.schemas.objects import FlowRunPolicy, State
from prefect.context import FlowRunContext
from prefect.events import emit_event
from prefect.exceptions import FailedRun
from prefect.logging import get_run_logger
from prefect.states import Completed, Failed

from flows import console
from flows.coco_matting_flow import coco_matting
from flows.composing import open_composition
from flows.job import Opened, finished, open_output, open_targets
from flows.labelling import outlast_scheduler
from flows.propagation_flow import propagate
from flows.refmatte_flow import refmatte
from flows.server.guard import end_with_server
from flows.unattended.gpus import visible
from flows.unattended.limits import SomebodyWaits, gpu_slots, output_limit, output_slot
from flows.unattended.parameters import Shown
from flows.workers.runners import task_runner
from flows.workers.worker import has_network
from pipelines.config import CocoMattingConfig, JobConfig, LabellingConfig
from pipelines.errors import NoPictures, UserError
from pipelines.propagation.config import PropagationConfig
from pipelines.refmatte.config import RefMatteConfig
from pipelines.storage.lock import locked
from pipelines.storage.processes import myself

RETRIES = 2
RETRY_DELAY_SECONDS = 60
LABELLED = "mask2matte.labelled"
"""Event after a run that made mattes; its resource is the output."""


class _Lines:
    """A text stream that hands every line to a function."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say, self._rest = say, ""

    def write(self, text: str) -> int:
        *lines, self._rest = (self._rest + text).split("\n")
        for line in filter(None, map(str.strip, lines)):
            self._say(line)
        return len(text)

    def flush(self) -> None:
        """Lines are handed on when they end."""

    def isatty(self) -> bool:
        return False


@contextmanager
def console_in_log() -> Iterator[None]:
    """What goes to the console goes to the flow run's log instead."""
    screen = console.console
    before = screen.file, screen.width
    screen.file, screen.width = _Lines(get_run_logger().info), 200  # type: ignore[assignment]
    try:
        yield
    finally:
        screen.file, screen.width = before


def uses_gpu(config: JobConfig) -> bool:
    """Whether a run with these settings will use a GPU of this machine; a Dask cluster's are its workers' own."""
    if config.scheduler is not None or not isinstance(config, LabellingConfig):
        return False
    devices = set()
    if has_network(config):
        devices.add(config.matting.device)
    if isinstance(config, PropagationConfig) and (config.features, config.segmenter) != ("dense-sift", "grabcut"):
        devices.add(config.device)
    return "cuda" in devices or ("auto" in devices and bool(visible()))


def attempt(job: Callable[[], State[Any]]) -> State[Any]:
    """Do what a deployment's run is for; ends at once with the ``serve`` that started it.

    Args:
        job: gives the run's final state.

    Returns:
        That state; ``Skipped`` where there is nothing to do; after a user's mistake a failed one with that sentence.
    """
    if end_with_server():
        _say_where()
    try:
        return job()
    except (SomebodyWaits, NoPictures) as nothing:
        return skipped(str(nothing))
    except UserError as error:
        return _failed(error)


def _say_where() -> None:
    """Let the next ``serve`` know which process this run was, to go on with it should it be gone."""
    run = FlowRunContext.get()
    assert run is not None and run.flow_run is not None
    with get_client(sync_client=True) as client:
        client.update_flow_run(run.flow_run.id, infrastructure_pid=myself())


def skipped(why: str) -> State[Any]:
    """The final state of a run that had nothing to do."""
    return Completed(name="Skipped", message=why)


def _failed(error: UserError) -> State[Any]:
    """No more tries, since they would fail the same way, and no traceback in the log: the sentence says it all."""
    run = FlowRunContext.get()
    if run is not None and run.flow_run is not None:
        with get_client(sync_client=True) as client:
            client.update_flow_run(run.flow_run.id, empirical_policy=FlowRunPolicy(retries=0, retry_delay=0))
    for name in ("prefect.engine", "prefect.flow_runs"):
        logging.getLogger(name).addFilter(_is_news)
    return Failed(message=str(error))


def _is_news(record: logging.LogRecord) -> bool:
    """Whether a record of Prefect's engine tells more than that the flow returned a failed state."""
    return record.exc_info is None or not isinstance(record.exc_info[1], FailedRun)


@flow(
    name="coco-matting",
    flow_run_name="{config.dataset}-{config.annotations.stem}",
    description="From segmentation masks to a dataset of alpha mattes. Does what is new or changed since the last run.",
    retries=RETRIES,
    retry_delay_seconds=RETRY_DELAY_SECONDS,
    persist_result=False,
)
def labelling(config: Annotated[CocoMattingConfig, Shown()]) -> State[Any]:
    """Label what is not labelled yet, then write summary, report and lists.

    Args:
        config: the settings of ``python -m flows.coco_matting --help``.

    Raises:
        ShardsFailed: some shards failed after their retries.
    """
    config = config.for_workers()
    return attempt(lambda: _unattended(config, lambda: open_output(config), lambda: coco_matting.fn(config)))


@flow(
    name="propagate",
    flow_run_name="{config.object}-{config.images.name}",
    description="From one marked image to the mattes of that object in a whole folder. Does the pictures that are new.",
    retries=RETRIES,
    retry_delay_seconds=RETRY_DELAY_SECONDS,
    persist_result=False,
)
def propagation(config: Annotated[PropagationConfig, Shown()]) -> State[Any]:
    """Find, segment and matte the object in the pictures that are not done yet.

    Args:
        config: the settings of ``python -m flows.propagate --help``; images are the targets.

    Raises:
        ShardsFailed: some shards failed after their retries.
    """
    config = config.for_workers()
    return attempt(lambda: _unattended(config, lambda: open_targets(config), lambda: propagate.fn(config)))


@flow(
    name="refmatte",
    flow_run_name="{config.dataset}-{config.count}",
    description="Composed images whose entities are described in words. Does what is new or changed in its sources.",
    retries=RETRIES,
    retry_delay_seconds=RETRY_DELAY_SECONDS,
    persist_result=False,
)
def composing(config: Annotated[RefMatteConfig, Shown()]) -> State[Any]:
    """Compose the images that are not composed yet.

    Args:
        config: the settings of ``python -m flows.refmatte --help``.

    Raises:
        ShardsFailed: some shards failed after their retries.
    """
    config = config.for_workers()
    return attempt(lambda: _unattended(config, lambda: open_composition(config), lambda: refmatte.fn(config)))


def _unattended(config: JobConfig, plan: Callable[[], Opened], job: Callable[[], dict[str, Any]]) -> State[Any]:
    def on_runner() -> dict[str, Any]:
        with _on_runner_of(config):
            return job()

    with console_in_log(), output_slot(config.out, config):
        if _standing(config, plan):
            return skipped("nothing to do: all shards are done and nothing has changed")
        with gpu_slots(int(uses_gpu(config))):
            result = outlast_scheduler(config, on_runner)
    return _done(config, result)


@contextmanager
def _on_runner_of(config: JobConfig) -> Iterator[None]:
    """Tasks run where the settings say; a flow's own runner is chosen before they are known."""
    run = FlowRunContext.get()
    assert run is not None
    with task_runner(config) as runner, run.model_copy(update={"task_runner": runner}):
        yield


def _standing(config: JobConfig, plan: Callable[[], Opened]) -> bool:
    """Whether the output answers already; takes no worker and no model to find out."""
    with locked(config.out):
        opened = plan()
        return not opened.plan.jobs and finished(config, opened) is not None


def _done(config: JobConfig, result: dict[str, Any]) -> State[Any]:
    """Tell log, state and event stream what a run made."""
    log, counts = get_run_logger(), result["summary"]["counts"]
    log.info("in all " + ", ".join(f"{count:,} {name.replace('_', ' ')}" for name, count in counts.items()))
    log.info(f"version {result['summary']['version']} in {config.out}, report {config.out / 'report' / 'index.html'}")
    if result["labelled"]:
        resource = {
            "prefect.resource.id": output_limit(config.out),
            "prefect.resource.name": config.dataset,
            "mask2matte.out": str(config.out),
        }
        emit_event(LABELLED, resource, payload={"labelled": result["labelled"], "counts": counts})
    return Completed(message=f"{result['labelled']:,} instances labelled in {result['seconds']:.0f} s")
