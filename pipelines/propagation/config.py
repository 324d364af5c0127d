"""Settings of the propagation job."""

import hashlib
import os
from pathlib import Path
from typing import Literal

from pydantic import Field, field_validator, model_validator

from pipelines.config import ICON, NAME, NO_MATTES, FusionConfig, LabellingConfig, Settings, plain_name
from pipelines.errors import UserError
from pipelines.propagation.prompts import parse_box, parse_points
from pipelines.storage.files import is_local, read_whole
from pipelines.storage.stores import Place


class Mark(Settings):
    """The object on one reference: points, a box or a mask; points may go with either."""

    image: Place
    """The reference."""
    points: str | None = None
    """x,y in pixels (the first pixel's centre is 0,0), separated by spaces; x,y:- is beside the object."""
    box: str | None = None
    """x,y,width,height in pixels."""
    mask: Place | None = None
    """Picture of the reference's size; 128 and above is the object."""

    @field_validator("points")
    @classmethod
    def _check_points(cls, text: str | None) -> str | None:
        if text is not None:
            parse_points(text)
        return text

    @field_validator("box")
    @classmethod
    def _check_box(cls, text: str | None) -> str | None:
        if text is not None:
            parse_box(text)
        return text

    @model_validator(mode="after")
    def _check_object(self) -> "Mark":
        """Something must say where the object is."""
        if self.box is not None or self.mask is not None:
            if self.box is not None and self.mask is not None:
                raise UserError(f"{self.image}: both a box and a mask are given, expected one of them")
        elif self.points is None:
            raise UserError(f"{self.image}: nothing is marked, expected points, a box or a mask")
        elif not parse_points(self.points).positive.any():
            raise UserError(f"{self.image}: points {self.points!r} has none on the object, expected one without :-")
        return self

    def content(self) -> list[str | None]:
        """What the mark says, whatever its files are called.

        Raises:
            UserError: a file cannot be read.
        """
        return [file_sha256(self.image), self.points, self.box, file_sha256(self.mask) if self.mask else None]


def file_sha256(path: Path) -> str:
    """Hex digest of a file a user named.

    Raises:
        UserError: it cannot be read.
    """
    try:
        return hashlib.sha256(read_whole(path)).hexdigest()
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror}), expected a picture") from None


class SearchConfig(Settings):
    """How the object is looked for in a target."""

    min_score: float | None = Field(None, ge=0, le=1)
    """Least object score: how far the similarity of the object's points and their matches is above chance, as a share
    of what is possible, on average; 0 for points without a match. By default what suits the features."""
    min_similarity: float = Field(0.5, ge=-1, le=1)
    """Least cosine similarity of a point and its match."""
    tolerance: float | None = Field(None, gt=0, le=1)
    """How far a point may be from where the object as a whole puts it, as a share of the object's longer side; by
    default what suits the features."""
    max_instances: int = Field(10, ge=1)
    """Most instances of the object in one target."""
    instance_ratio: float = Field(0.6, gt=0, le=1)
    """How far a further instance must stand out from the rest of the target, as a share of what the best one does."""
    min_agreement: float = Field(0.7, ge=0, le=1)
    """Least share of the propagated points that lie on their side of the mask."""
    points: int = Field(24, ge=1)
    """Points spread over the reference's mask, beside those marked, to find the object by."""


FeaturesName = Literal["dense-sift", "dinov2", "dinov2-registers", "dinov3"]
SegmenterName = Literal["grabcut", "sam", "hq-sam", "sam2"]


class PropagationConfig(LabellingConfig):
    """From one marked image to the mattes of that object in a whole folder."""

    marks: tuple[Mark, ...] = Field(min_length=1)
    """The object on one or several references."""
    images: Place
    """Folder of the targets, or its URL on an fsspec store, searched with its subfolders."""
    dataset: str = Field("propagated", pattern=NAME)
    """Name written to every row."""
    split: str | None = Field(None, pattern=NAME)
    """Name of the split; by default the targets' folder."""
    truth: Place | None = None
    """Folder of true alphas named as the targets, <stem>.png, all instances of a target in one; mattes are compared
    with them."""
    images_per_shard: int = Field(8, ge=1)
    """Aim for the size of a shard, the unit of work, retry and resume."""
    object: str = Field("object", min_length=1)
    """What the object is called, the category of every row."""
    features: FeaturesName = "dense-sift"
    """dense-sift (no weights, for near views of the same object), dinov2, dinov2-registers or dinov3 (for
    objects of a kind)."""
    features_weights: str | None = None
    """Hub name or local folder of the features' network; by default the base model of its kind."""
    segmenter: SegmenterName = "grabcut"
    """grabcut (no weights), sam, hq-sam or sam2."""
    segmenter_weights: str | None = None
    """Hub name or local folder of the segmenter's network; by default the base model of its kind."""
    device: Literal["auto", "cpu", "cuda"] = "auto"
    """Where features and segmenter run; auto takes the GPU where there is one."""
    precision: Literal["auto", "fp32", "bf16", "fp16"] = "auto"
    """Of features and segmenter; auto: bf16 on a GPU (fp16 where it has none), fp32 on the CPU."""
    cache: Path = Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache") / "mask2matte" / "features"
    """Folder where targets' features are kept for the next object, by image content and model."""
    cache_gb: float = Field(20.0, ge=0)
    """Most gigabytes it may grow to; 0 keeps none."""
    search: SearchConfig = SearchConfig()

    @model_validator(mode="after")
    def _features_of_backend(self) -> "PropagationConfig":
        if self.matting.backend != ICON:
            return self
        own = f"the {ICON} backend finds the object by itself, got"
        given = self.features_weights or (self.features if self.features != "dense-sift" else None)
        if given is not None:
            raise ValueError(f"{own} features {given}; leave them out")
        for name, field in SearchConfig.model_fields.items():
            value = getattr(self.search, name)
            if name != "min_score" and value != field.default:
                raise ValueError(f"{own} search.{name} {value}; of the search it has min_score alone")
        return self

    def split_name(self) -> str:
        """The split, given or the name of the targets' folder."""
        return self.split or plain_name(self.images.resolve().name if is_local(self.images) else self.images.name)

    def subjects(self) -> FusionConfig:
        """The object, with nothing to fuse into it."""
        return FusionConfig(subject=self.object, accessories=())

    def identity(self) -> str:
        """Every setting that can change a matte or a row, and what the references hold.

        Raises:
            UserError: a reference cannot be read.
        """
        kept = {"dataset", "object", "features", "features_weights", "segmenter", "segmenter_weights", "precision",
                "search", "trimap", "matting", "quality", "output"}  # fmt: skip
        marks = [mark.content() for mark in self.marks]
        return self.settled().model_dump_json(include=kept, exclude=NO_MATTES) + repr(marks) + self.split_name()
