"""Settings of the RefMatte job."""

from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError, model_validator

from pipelines.config import NAME, JobConfig
from pipelines.refmatte.composition import CompositionSettings
from pipelines.refmatte.entities.sources import Sources
from pipelines.refmatte.planning import PlanSettings, PlanShares
from pipelines.storage.files import is_local
from pipelines.storage.stores import Place

REVISION = 1
"""Raise when the same plan and settings give other pictures or rows."""


class RefMatteConfig(JobConfig):
    """Composed images whose entities are described in words."""

    manifest: tuple[Place, ...] = ()
    """Outputs of labelling runs, several with commas between them: their mattes are entities."""
    images: Place | None = None
    """Folder of those runs' photos; by default where each noted it."""
    foregrounds: tuple[Place, ...] = ()
    """Folders of foregrounds with alpha, as make foregrounds writes them."""
    am2k: Place | None = None
    """Folder of AM-2K: animals."""
    p3m: Place | None = None
    """Folder of P3M-10k: people."""
    aim: Place | None = None
    """Folder of AIM-500: objects."""
    sim: Place | None = None
    """Folder of the Semantic Image Matting data set: objects."""
    dim: Place | None = None
    """Folder of the Deep Image Matting data set (Adobe Composition-1k): objects."""
    hatt: Place | None = None
    """Folder of Distinctions-646 (HAttMatting): objects."""
    backgrounds: Place
    """Folder of photos without entities that images are composed on, such as BG-20k."""
    count: int = Field(5000, ge=1)
    """Images to compose, of both splits together; the paper has 47,500."""
    seed: int = Field(0, ge=0)
    """Of every draw."""
    dataset: str = Field("refmatte", pattern=NAME)
    """Name written to every row."""
    images_per_shard: int = Field(32, ge=1)
    """Aim for the size of a shard, the unit of work, retry and resume."""
    jpeg_quality: int = Field(95, ge=1, le=100)
    """Of the composed images; colours are not subsampled, since they would bleed over fine hair."""
    planning: PlanShares = PlanShares()
    composition: CompositionSettings = CompositionSettings()

    @model_validator(mode="after")
    def _has_sources(self) -> "RefMatteConfig":
        try:
            self.sources()
        except ValidationError as error:
            raise ValueError(error.errors()[0]["msg"].removeprefix("Value error, ")) from None
        return self

    @model_validator(mode="after")
    def _out_is_no_background(self) -> "RefMatteConfig":
        out, backgrounds = (place.resolve() if is_local(place) else place for place in (self.out, self.backgrounds))
        if backgrounds in (out, *out.parents):
            raise ValueError(
                f"out is {self.out}, in the folder of backgrounds, which its images would become; expected another"
            )
        return self

    def sources(self) -> Sources:
        """Where entities come from."""
        return Sources(**{name: getattr(self, name) for name in Sources.model_fields})

    def plan(self) -> PlanSettings:
        """How many images, and of what."""
        return PlanSettings(count=self.count, seed=self.seed, **self.planning.model_dump())

    def photos(self) -> Path:
        """The composed images are the job's own."""
        return self.out / "composed"

    def split_name(self) -> str:
        """Both splits are in one manifest."""
        return "all"

    def identity(self) -> str:
        """Every setting that can change an image or a row, beside the plan, which the index's digests stand for."""
        kept: dict[str, Any] = {"dataset": True, "jpeg_quality": True, "composition": True}
        return f"refmatte {REVISION} {self.model_dump_json(include=set(kept))}"
