"""Prefect's global concurrency limits: one run per output, no more runs than GPUs.

Slots are leases that the run renews. A killed run's lease ends by itself, within 75 seconds at most.
"""

import hashlib
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from prefect import get_client
from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.actions import GlobalConcurrencyLimitCreate
from prefect.client.schemas.objects import ConcurrencyLeaseHolder
from prefect.concurrency.asyncio import AcquireConcurrencySlotTimeoutError
from prefect.concurrency.sync import concurrency
from prefect.context import FlowRunContext
from prefect.exceptions import ObjectAlreadyExists, ObjectNotFound
from prefect.logging import get_run_logger

from flows.server.embedded_server import named_server
from flows.unattended.gpus import WAIT_SECONDS, own_gpus
from pipelines.config import Settings
from pipelines.errors import UserError
from pipelines.storage.files import is_local

GPU = "mask2matte-gpu"
"""Name of the limit that counts GPUs; its number is the settings' ``gpus``."""
LEASE_SECONDS = 60
"""The shortest that Prefect allows; the server looks for ended leases every 15 seconds."""
LINE_SECONDS = 5
"""How long a run tries to stand in line."""


def output_limit(out: Path) -> str:
    """Name of the limit of an output: its last part, for people, and a digest of the absolute path or the URL.

    Prefect takes it as an artifact's key, too: lower-case letters, digits and dashes.
    """
    place = str(out.resolve()) if is_local(out) else str(out)
    digest = hashlib.sha256(place.encode()).hexdigest()[:12]
    name = "".join(c if c.isascii() and c.isalnum() else "-" for c in out.name.lower())
    return f"mask2matte-output-{name[:40]}-{digest}"


def make_limits(outs: Iterable[Path], gpus: int) -> None:
    """Make the limits of these outputs and of the GPUs, or set them to these numbers.

    Raises:
        httpx.HTTPError: the server does not answer.
    """
    with get_client(sync_client=True) as client:
        for out in outs:
            client.upsert_global_concurrency_limit_by_name(output_limit(out), 1)
        client.upsert_global_concurrency_limit_by_name(GPU, gpus)


class SomebodyWaits(Exception):
    """Another run with the same settings waits for the output already, and will find what this one would."""


@contextmanager
def output_slot(out: Path, settings: Settings) -> Iterator[None]:
    """Hold an output for this flow run alone. A second run of it waits, a third with the second's settings need not.

    Args:
        out: the output.
        settings: of this run.

    Raises:
        SomebodyWaits: this run is not needed.
        UserError: another run held the output for 12 hours.
    """
    name = output_limit(out)
    with ExitStack() as line:
        line.enter_context(_waiting(name, str(out), settings))
        with _slot(name, str(out)):
            line.close()
            yield


@contextmanager
def _waiting(name: str, what: str, settings: Settings) -> Iterator[None]:
    """Stand in line for a limit that is taken, as the only run with these settings."""
    if not _has_server():
        yield
        return
    digest = hashlib.sha256(f"{type(settings).__name__} {settings.model_dump_json()}".encode()).hexdigest()[:12]
    place, said = f"{name}-next-{digest}", f"another run with the same settings waits for {what} already"
    with get_client(sync_client=True) as client:
        taken = _taken(client, name)
        if taken and _taken(client, place):
            raise SomebodyWaits(said)
    if not taken:
        yield
        return
    try:
        with _lease(place, timeout=LINE_SECONDS):
            yield
    except AcquireConcurrencySlotTimeoutError:  # that one came a moment earlier
        raise SomebodyWaits(said) from None


@contextmanager
def gpu_slots(count: int) -> Iterator[None]:
    """Hold GPUs of this machine for this flow run alone; waits while too many are taken.

    Args:
        count: how many; 0 where the run needs none.

    Raises:
        UserError: there are not so many, or there were none for 12 hours.
    """
    if not count:
        yield
        return
    with _slot(GPU, "a GPU", count), own_gpus(count):
        yield


@contextmanager
def _slot(name: str, what: str, count: int = 1) -> Iterator[None]:
    if not _has_server():
        yield
        return
    with get_client(sync_client=True) as client:
        if _taken(client, name, count):
            get_run_logger().info(f"waiting for {what}: another run has it")
    try:
        with _lease(name, timeout=WAIT_SECONDS, count=count):
            yield
    except AcquireConcurrencySlotTimeoutError:
        raise UserError(f"{what}: another run had it for {WAIT_SECONDS // 3600} hours; stop that one first") from None


def _has_server() -> bool:
    """Whether there may be other runs: the embedded server has none."""
    run = FlowRunContext.get()
    return named_server() is not None and run is not None and run.flow_run is not None


@contextmanager
def _lease(name: str, timeout: float, count: int = 1) -> Iterator[None]:
    run = FlowRunContext.get()
    assert run is not None and run.flow_run is not None
    # A server that restarts must not end a run of hours: locks of the operating system hold on.
    with concurrency(
        name,
        occupy=count,
        timeout_seconds=timeout,
        lease_duration=LEASE_SECONDS,
        strict=True,
        raise_on_lease_renewal_failure=False,
        holder=ConcurrencyLeaseHolder(type="flow_run", id=run.flow_run.id),
    ):
        yield


def _taken(client: SyncPrefectClient, name: str, count: int = 1) -> bool:
    """Whether not so many slots are free now; makes a limit of one that is not there yet."""
    try:
        limit = client.read_global_concurrency_limit_by_name(name)
        taken, slots = limit.active_slots, limit.limit
    except ObjectNotFound:
        taken, slots = 0, 1
        with suppress(ObjectAlreadyExists):  # another run was faster
            client.create_global_concurrency_limit(GlobalConcurrencyLimitCreate(name=name, limit=1))
    if count > slots:
        raise UserError(f"this run needs {count} GPUs, Prefect's limit {name} allows {slots}; set gpus in the settings")
    return taken + count > slots
