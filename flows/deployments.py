"""Serve or register everything that runs unattended: ``python -m flows.deployments --help``."""

import argparse
import asyncio
import hashlib
import os
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast
from uuid import UUID
from zoneinfo import ZoneInfo

import httpx
from prefect import Flow, get_client
from prefect.client.schemas.filters import (
    DeploymentFilter,
    DeploymentFilterId,
    DeploymentFilterTags,
    FlowRunFilter,
    FlowRunFilterState,
    FlowRunFilterStateType,
)
from prefect.client.schemas.objects import StateType
from prefect.deployments.runner import RunnerDeployment
from prefect.events import DeploymentEventTrigger
from prefect.exceptions import ObjectNotFound, TerminationSignal
from prefect.runner import Runner
from prefect.schedules import Cron, Interval, Schedule
from prefect.server.schemas.schedules import SCHEDULE_TYPES
from prefect.settings import PREFECT_API_URL, PREFECT_UI_URL, temporary_settings
from prefect.states import AwaitingRetry, Cancelled, Crashed
from prefect.types.entrypoint import EntrypointType
from pydantic import TypeAdapter

from flows import console
from flows.server.guard import serve_runs
from flows.server.local_server import PORT, local_server
from flows.unattended.deployment_settings import Deployment, DeploymentSettings, SettingsFile, outputs
from flows.unattended.jobs import LABELLED, composing, labelling, propagation
from flows.unattended.limits import make_limits, output_limit
from flows.unattended.training_flow import manifests, train_semat
from flows.unattended.verification_flow import verification
from pipelines.errors import UserError
from pipelines.storage.manifest import pictures_root
from pipelines.storage.processes import has_ended

SETTINGS = Path("deployments.toml")
TAG = "mask2matte"
"""Of every deployment."""
_LOOK_SECONDS = 5.0
ARRIVED = "mask2matte.images-arrived"
"""Event by which an uploader starts a propagation at once; its resource is mask2matte.propagation.NAME."""

_ABOUT = """Runs Mask2Matte unattended: on schedules, on events, doing only what is new. What runs, when and where
stands in one settings file; every parameter in it is checked now, not at night."""
_EXAMPLES = """examples:
  try it on this machine, with a Prefect server of its own unless PREFECT_API_URL names one
    python -m flows.deployments serve
  register the same with a Prefect server, for workers of a work pool
    export PREFECT_API_URL=http://prefect.example:4200/api
    prefect work-pool create mask2matte --type process
    python -m flows.deployments deploy
    prefect worker start --pool mask2matte
  start a propagation at once, from a program that uploads images
    export PREFECT_API_URL=http://127.0.0.1:4200/api
    prefect event emit mask2matte.images-arrived --resource-id mask2matte.propagation.NAME

Exit status: 0, 2 for a mistake in the settings or a server that does not answer."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of deployment.

    Attributes:
        table: its name in the settings file.
        flow: what runs.
    """

    table: str
    flow: Flow[Any, Any]


KINDS = (
    Kind("labelling", labelling),
    Kind("propagation", propagation),
    Kind("refmatte", composing),
    Kind("training", train_semat),
    Kind("verification", verification),
)


def make_deployments(file: SettingsFile, *, for_pool: bool) -> list[RunnerDeployment]:
    """The deployments of a settings file.

    Args:
        file: read and checked.
        for_pool: for the workers of a work pool, else to be served by this process.
    """
    made = []
    for kind in KINDS:
        for deployment in getattr(file.settings, kind.table):
            pool: dict[str, Any] = {}
            if for_pool:
                pool["work_pool_name"] = deployment.work_pool or file.settings.work_pool
                pool["job_variables"] = deployment.job_variables
            made.append(
                RunnerDeployment.from_flow(
                    kind.flow,
                    deployment.name,
                    schedule=_schedule(deployment, file.settings),
                    paused=deployment.paused,
                    parameters=file.parameters(kind.table, deployment.name),
                    triggers=[] if deployment.paused else _triggers(kind, deployment),
                    tags=[TAG, kind.table, _tag_of(file)],
                    entrypoint_type=EntrypointType.MODULE_PATH,
                    **pool,
                )
            )
    return made


def _tag_of(file: SettingsFile) -> str:
    """By which the deployments of a settings file are known on a server that may have those of others."""
    return "settings-" + hashlib.sha256(str(file.path.resolve()).encode()).hexdigest()[:8]


def _schedule(deployment: Deployment, settings: DeploymentSettings) -> Schedule | None:
    if deployment.cron is not None:
        return Cron(deployment.cron, timezone=settings.time_zone)
    if deployment.every_minutes is not None:
        return Interval(timedelta(minutes=deployment.every_minutes), anchor_date=datetime(2026, 1, 1, tzinfo=UTC))
    return None


def _triggers(kind: Kind, deployment: Any) -> list[Any]:
    """The events that start a deployment at once."""
    if kind.flow is propagation:
        resource = {"prefect.resource.id": f"mask2matte.propagation.{deployment.name}"}
        return [_trigger(f"{deployment.name}: images arrived", ARRIVED, resource)]
    if kind.flow is composing:
        sources = [pictures_root(path) if path.name == "manifest" else path for path in deployment.config.manifest]
        return _after_labelling(deployment.name, sources)
    if kind.flow is train_semat:
        labelled = [pictures_root(manifest) for manifest in manifests(deployment.config.train)]
        if deployment.config.mirror is not None:
            labelled.append(deployment.config.mirror.out)
        return _after_labelling(deployment.name, labelled)
    return []


def _after_labelling(name: str, outputs_of: Sequence[Path]) -> list[Any]:
    """What starts after every run that made mattes in one of these outputs."""
    outs = [output_limit(out) for out in outputs_of]
    return [_trigger(f"{name}: mattes labelled", LABELLED, {"prefect.resource.id": outs})] if outs else []


def _trigger(name: str, event: str, resource: dict[str, Any]) -> DeploymentEventTrigger:
    return DeploymentEventTrigger(name=name, expect={event}, match=resource)


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line; returns the exit status."""
    given = _parser().parse_args(arguments)
    try:
        file = SettingsFile(given.settings)
        if given.command == "deploy":
            _deploy(file)
        else:
            _serve(file, given.port)
    except UserError as error:
        return console.fail(str(error))
    except KeyboardInterrupt:
        return 0
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m flows.deployments",
        description=_ABOUT,
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "command",
        choices=("serve", "deploy"),
        help="serve: run them from this process, until Ctrl-C; deploy: register them and return",
    )
    parser.add_argument("--settings", type=Path, default=SETTINGS, metavar="FILE", help=f"default {SETTINGS}")
    parser.add_argument("--port", type=int, default=PORT, help=f"of the server that serve starts, default {PORT}")
    return parser


@contextmanager
def _answering() -> Iterator[None]:
    """Say which server does not answer."""
    url = PREFECT_API_URL.value()
    try:
        with get_client(sync_client=True) as client:
            if problem := client.api_healthcheck():
                raise UserError(f"PREFECT_API_URL={url}: no Prefect server answers ({problem})")
        yield
    except httpx.HTTPStatusError as error:
        raise UserError(f"PREFECT_API_URL={url}: the Prefect server refuses: {error.response.text:.500}") from None
    except httpx.HTTPError as error:
        raise UserError(f"PREFECT_API_URL={url}: the Prefect server stopped answering ({error})") from None


def _deploy(file: SettingsFile) -> None:
    if not PREFECT_API_URL.value():
        raise UserError("PREFECT_API_URL is not set: expected the address of a Prefect server; or use serve")
    deployments = make_deployments(file, for_pool=True)
    with _answering():
        _check_pools({str(deployment.work_pool_name) for deployment in deployments})
        make_limits(outputs(file.settings), file.settings.gpus)
        for deployment in deployments:
            deployment.apply()
        _forget(file, deployments)
        _show(deployments)
    for pool in sorted({str(deployment.work_pool_name) for deployment in deployments}):
        print(f"a worker runs them: prefect worker start --pool {pool}")


def _check_pools(names: set[str]) -> None:
    with get_client(sync_client=True) as client:
        for name in sorted(names):
            try:
                client.read_work_pool(name)
            except ObjectNotFound:
                known = ", ".join(pool.name for pool in client.read_work_pools()) or "none"
                raise UserError(
                    f"work pool {name!r} is not on {PREFECT_API_URL.value()}, which has {known}; make it with: "
                    f"prefect work-pool create {name} --type process (or docker, kubernetes)"
                ) from None


def _serve(file: SettingsFile, port: int) -> None:
    if PREFECT_API_URL.value():
        _serve_at(file, ours=False)
        return
    with local_server(port) as url:
        os.environ["PREFECT_API_URL"] = url
        with temporary_settings({PREFECT_API_URL: url}):
            _serve_at(file, ours=True)


def _serve_at(file: SettingsFile, *, ours: bool) -> None:
    deployments = make_deployments(file, for_pool=False)
    with _answering():
        _check_not_deployed(deployments)
        make_limits(outputs(file.settings), file.settings.gpus)
        runner, ids = _runner_of(deployments)
        _forget(file, deployments)
        revive(ids, every=ours)
        _show(deployments)
    serve_runs()
    print("Ctrl-C stops; what is half done goes on the next time", flush=True)
    while _server_went(runner):
        if ours:
            raise UserError(f"{PREFECT_API_URL.value()}: the Prefect server of this serve ended; start serve again")
        print(f"{PREFECT_API_URL.value()}: the Prefect server does not answer; going on once it does", flush=True)
        _await_server()
        with _answering():
            runner, ids = _runner_of(deployments)
            revive(ids, every=ours)


class _Runner(Runner):
    def handle_sigterm(self, *_signal: Any, **_named: Any) -> None:
        """As Ctrl-C does; Prefect's own way leaves tracebacks. In the background a shell has Ctrl-C itself ignored."""
        raise KeyboardInterrupt


def _runner_of(deployments: list[RunnerDeployment]) -> tuple[Runner, list[UUID]]:
    # More than Prefect's five, since runs that wait for their turn count; schedules that come round stop with us.
    runner = _Runner(limit=max(5, 2 * len(deployments)), pause_on_shutdown=True)
    return runner, [cast(UUID, runner.add_deployment(deployment)) for deployment in deployments]


def _server_went(runner: Runner) -> bool:
    """Run what is due until somebody stops it (False), or until the server has not answered for minutes (True)."""
    try:
        asyncio.run(runner.start())
    except (KeyboardInterrupt, TerminationSignal):
        return False
    except Exception:
        if _healthy():
            raise
        return True
    return False


def _healthy() -> bool:
    with get_client(sync_client=True) as client:
        return client.api_healthcheck() is None


def _await_server() -> None:
    while not _healthy():
        time.sleep(_LOOK_SECONDS)


def _check_not_deployed(deployments: list[RunnerDeployment]) -> None:
    """Serving what a work pool's workers run would take it from them, and pause it in the end."""
    with get_client(sync_client=True) as client:
        for deployment in deployments:
            with suppress(ObjectNotFound):
                name = deployment.full_name
                pool = client.read_deployment_by_name(name).work_pool_name
                if pool is not None:
                    raise UserError(
                        f"{name} is run by the workers of work pool {pool} on {PREFECT_API_URL.value()}; "
                        f"to serve it here instead: prefect deployment delete {name}"
                    )


def _forget(file: SettingsFile, deployments: list[RunnerDeployment]) -> None:
    """Remove deployments that were registered from this settings file and are no longer in it."""
    kept = {(deployment.tags[1], deployment.name) for deployment in deployments}
    of_this_file = DeploymentFilter(tags=DeploymentFilterTags(all_=[TAG, _tag_of(file)]))
    with get_client(sync_client=True) as client:
        for known in client.read_deployments(deployment_filter=of_this_file):
            (table,) = {kind.table for kind in KINDS} & set(known.tags)
            if (table, known.name) not in kept:
                client.delete_resource_owned_automations(f"prefect.deployment.{known.id}")
                client.delete_deployment(known.id)
                print(f"removed {table} {known.name}, which is no longer in {file.path}")


def revive(deployments: list[UUID], *, every: bool) -> None:
    """Let runs go on that the server believes to be running, and whose process is gone.

    Args:
        deployments: whose runs.
        every: nobody else runs them, so that all of their processes are gone; else only those known to have been on
            this machine.
    """
    of_these = DeploymentFilter(id=DeploymentFilterId(any_=deployments))
    types = [StateType.RUNNING, StateType.PENDING, StateType.CANCELLING]
    half_done = FlowRunFilterState(type=FlowRunFilterStateType(any_=types))
    with get_client(sync_client=True) as client:
        for run in client.read_flow_runs(deployment_filter=of_these, flow_run_filter=FlowRunFilter(state=half_done)):
            if not (every or has_ended(run.infrastructure_pid)):
                continue
            if run.state_type == StateType.CANCELLING:
                client.set_flow_run_state(run.id, Cancelled(), force=True)
                continue
            client.set_flow_run_state(run.id, Crashed(message="its process is gone"), force=True)
            client.set_flow_run_state(run.id, AwaitingRetry(message="goes on after its process went"), force=True)
            print(f"goes on with {run.name}")


def _show(deployments: list[RunnerDeployment]) -> None:
    """The deployments, when they run next, and where to look."""
    ui = PREFECT_UI_URL.value() or str(PREFECT_API_URL.value()).removesuffix("/api")
    print(f"{len(deployments)} deployments at {ui}/deployments")
    for deployment in deployments:
        print(f"  {deployment.full_name:32} {_when(deployment)}", flush=True)


def _when(deployment: RunnerDeployment) -> str:
    if deployment.paused:
        return "paused"
    said = [f"on event {name}" for trigger in deployment.triggers for name in sorted(trigger.expect)]  # type: ignore[union-attr]
    for schedule in deployment.schedules or []:
        said.insert(0, f"next {_next(schedule.schedule)}")
    return ", ".join(said) or "when somebody starts it"


def _next(schedule: Any) -> str:
    """The next time of a schedule, as the server will find it."""
    times: Any = TypeAdapter(SCHEDULE_TYPES).validate_python(schedule.model_dump())
    (first,) = asyncio.run(times.get_dates(1))
    return f"{first.astimezone(ZoneInfo(schedule.timezone or 'UTC')):%Y-%m-%d %H:%M %Z}"


if __name__ == "__main__":
    sys.exit(main())
