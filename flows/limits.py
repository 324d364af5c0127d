"""Prefect's global concurrency limits: one run per output, no more runs than GPUs.

Slots are leases that the run renews. A killed run's lease ends by itself, within 75 seconds at most.
"""

import hashlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, nullcontext, suppress
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
from prefect.settings import PREFECT_API_URL

from flows.gpus import WAIT_SECONDS, own_gpus
from pipelines.errors import UserError
from pipelines.files import is_local

GPU = "mask2matte-gpu"
"""Name of the limit that counts GPUs; its number is the settings' ``gpus``."""
LEASE_SECONDS = 60
"""The shortest that Prefect allows; the server looks for ended leases every 15 seconds."""


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


@contextmanager
def output_slot(out: Path) -> Iterator[None]:
    """Hold an output for this flow run alone; a second run of it waits.

    Raises:
        UserError: another run held it for 12 hours.
    """
    with _slot(output_limit(out), str(out)):
        yield


@contextmanager
def gpu_slots(count: int, *, here: bool = True) -> Iterator[None]:
    """Hold GPUs for this flow run alone; waits while too many are taken.

    Args:
        count: how many; 0 where the run needs none.
        here: they are this machine's, so that the run sees these alone; else a Dask cluster's.

    Raises:
        UserError: there are not so many, or there were none for 12 hours.
    """
    if not count:
        yield
        return
    with _slot(GPU, "a GPU", count), own_gpus(count) if here else nullcontext():
        yield


@contextmanager
def _slot(name: str, what: str, count: int = 1) -> Iterator[None]:
    run = FlowRunContext.get()
    if not PREFECT_API_URL.value() or run is None or run.flow_run is None:  # the embedded server has no other runs
        yield
        return
    with get_client(sync_client=True) as client:
        taken = _taken(client, name, count)
    if taken:
        get_run_logger().info(f"waiting for {what}: another run has it")
    holder = ConcurrencyLeaseHolder(type="flow_run", id=run.flow_run.id)
    try:
        # A server that restarts must not end a run of hours: locks of the operating system hold on.
        with concurrency(
            name,
            occupy=count,
            timeout_seconds=WAIT_SECONDS,
            lease_duration=LEASE_SECONDS,
            strict=True,
            raise_on_lease_renewal_failure=False,
            holder=holder,
        ):
            yield
    except AcquireConcurrencySlotTimeoutError:
        raise UserError(f"{what}: another run had it for {WAIT_SECONDS // 3600} hours; stop that one first") from None


def _taken(client: SyncPrefectClient, name: str, count: int) -> bool:
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
