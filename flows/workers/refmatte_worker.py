"""What runs inside a worker process of the RefMatte job."""

from collections import Counter

from flows.workers.worker import progress_of
from pipelines.refmatte.job import ComposeJob
from pipelines.refmatte.shard import compose_shard


def run_refmatte_shard(job: ComposeJob) -> Counter[str]:
    """Compose one shard in this process."""
    return compose_shard(job, progress_of(job.shard))
