"""What a worker is given: a shard to label, and the methods that label it."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from pipelines.annotations.images import Photo
from pipelines.config import JobConfig, LabellingConfig
from pipelines.labelling.matting import MaskMatting, MaskTrimaps, MattingBackend
from pipelines.records import Annotation, ImageRecord
from pipelines.storage.files import Mark, mark
from pipelines.storage.safe_paths import ImageProblem, safe_path


class Agreement(Protocol):
    """A second opinion on a mask, e.g. SAM prompted by the instance's box."""

    def set_image(self, image: NDArray[np.uint8]) -> None:
        """Take the (H, W, 3) uint8 RGB image that the next masks belong to."""

    def iou_for(self, mask: NDArray[np.uint8], box: tuple[float, float, float, float]) -> float:
        """IoU in [0, 1] between ``mask`` and the second opinion for its (x, y, w, h) box."""


@dataclass(frozen=True, slots=True)
class Methods:
    """What labels instances, loaded.

    Attributes:
        matting: makes the mattes, from masks or from trimaps.
        trimaps: the network whose trimaps the matting starts from, for the rules learned and net-t; else None.
        agreement: second opinion for the agreement gate, or None.
    """

    matting: MattingBackend | MaskMatting
    trimaps: MaskTrimaps | None = None
    agreement: Agreement | None = None

    @property
    def revision(self) -> str:
        """What exactly makes the mattes, the trimaps' network included."""
        if self.trimaps is None:
            return self.matting.revision
        return f"{self.matting.revision}, trimaps {self.trimaps.name} {self.trimaps.revision}"


@dataclass(frozen=True, slots=True)
class Job(ABC):
    """All that a worker needs of one shard of any job; picklable.

    Attributes:
        config: the run's settings.
        config_hash: their hash, written to every row.
        index: folder of the index.
        shard, shards: which of how many.
        digest: digest of the shard's rows in the index.
        weights: what tells the mattes' weights from others, as far as it is known before they are loaded; or "".
        earlier: parts of the newest version that have the shard's images, where it has another number of shards.
    """

    config: JobConfig
    config_hash: str
    index: Path
    shard: int
    shards: int
    digest: str
    earlier: tuple[Path, ...] = field(default=(), kw_only=True)
    weights: str = field(default="", kw_only=True)

    @property
    def stamp(self) -> dict[str, str]:
        """What a part's metadata must say for the shard to count as done."""
        told = {"shards": str(self.shards), "index_digest": self.digest, "config_hash": self.config_hash}
        return told | {"weights": self.weights}

    @abstractmethod
    def mark_of(self, name: str) -> Mark | None:
        """The mark of an input file, by the name it was noted under; None where it is gone."""


@dataclass(frozen=True, slots=True)
class ShardJob(Job):
    """A shard to label.

    Attributes:
        categories: id to name.
        panoptic: folder of the panoptic PNGs that masks come from, or None.
    """

    config: LabellingConfig
    categories: dict[int, str]
    panoptic: Path | None = None

    def mark_of(self, name: str) -> Mark | None:
        """Names are paths below the photos' folder, after ``panoptic:`` below that of panoptic PNGs."""
        root = self.config.images
        if name.startswith("panoptic:"):
            if self.panoptic is None:
                return None
            root, name = self.panoptic, name.removeprefix("panoptic:")
        try:
            return mark(safe_path(root, name))
        except ImageProblem:
            return None


Annotate = Callable[[ImageRecord, Photo], list[Annotation]]
"""Finds the subjects of a picture when they are not annotated. The paths of its own pictures are below the output."""
