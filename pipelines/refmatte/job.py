"""What a worker is given: a shard of images to compose."""

from dataclasses import dataclass

from pipelines.labelling.job import Job
from pipelines.refmatte.config import RefMatteConfig
from pipelines.storage.files import Mark, mark
from pipelines.storage.stores import place


@dataclass(frozen=True, slots=True)
class ComposeJob(Job):
    """A shard to compose; see ``Job``."""

    config: RefMatteConfig

    def mark_of(self, name: str) -> Mark | None:
        """Names are the paths or URLs of entities' and backgrounds' pictures."""
        return mark(place(name))
