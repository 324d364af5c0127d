"""One configuration tree for each job. It checks the command line and the Prefect parameters alike."""

import hashlib
import os
from abc import abstractmethod
from pathlib import Path
from typing import Any, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from pipelines import subjects
from pipelines.eta import PAPER_ETA, KernelRule, default_eta
from pipelines.storage.archives import mounted
from pipelines.storage.stores import Place

NAME = r"^[A-Za-z0-9_.]+$"
"""What names in rows are made of."""


MASK_TO_MATTE: Final = "mask-to-matte"
"""The backend that starts from masks and makes its own trimaps."""

ICON: Final = "icon"
"""The backend that starts from references, of propagation alone; it makes its own trimaps too."""

NETWORK_RULES = ("learned", "net-t")
"""Trimap rules for which a network makes the trimap."""

NO_MATTES: dict[str, bool | set[str]] = {"output": {"coco_json"}}
"""Settings that change no matte and no row, of those that are counted among them."""


class Settings(BaseModel):
    """Base of every node: unknown names are errors, values do not change after checking."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    def absolute(self) -> Self:
        """The same settings with absolute local paths, except those below ``~``."""
        return self.model_copy(update={name: _absolute(getattr(self, name)) for name in type(self).model_fields})


def _absolute(value: Any) -> Any:
    if isinstance(value, Path) and value.parts[:1] != ("~",):
        return value.absolute()
    if isinstance(value, tuple):
        return tuple(map(_absolute, value))
    return value.absolute() if isinstance(value, Settings) else value


class FusionConfig(Settings):
    """Which accessories join their human."""

    subject: str = "person"
    """Category that gets a matte per instance, several with commas between them, or all. Of several only people get
    accessories."""
    crowds: Literal["reject", "single"] = "reject"
    """What annotations marked iscrowd are: crowds, which get no matte, or single objects, as tools that export masks as
    run lengths mark them."""
    accessories: tuple[str, ...] = (
        "backpack", "umbrella", "handbag", "tie", "suitcase", "frisbee", "skis", "snowboard", "sports ball", "kite",
        "baseball bat", "baseball glove", "skateboard", "surfboard", "tennis racket", "bottle", "wine glass", "cup",
        "fork", "knife", "spoon", "bowl", "banana", "apple", "sandwich", "orange", "carrot", "hot dog", "pizza",
        "donut", "cake", "laptop", "mouse", "remote", "cell phone", "book", "scissors", "teddy bear", "hair drier",
        "toothbrush",
    )  # fmt: skip
    """Categories that may be fused into a subject: what people wear, carry or hold ("bags, bottles, ties, gloves,
    items being held", section 3.2)."""
    overlap: Literal["accessory", "iou"] = "accessory"
    """Rectangle overlap: intersection over the accessory's rectangle (COCO's crowd IoU), or the printed symmetric
    IoU, which fuses nothing on real COCO."""
    overlap_threshold: float = Field(0.8, ge=0, le=1)
    """tau: least rectangle overlap (section 3.2)."""
    contact_kernel: int = Field(4, ge=1)
    """Side in pixels of the square that dilates the accessory before it must meet the subject (section 3.2)."""
    assign: Literal["largest-contact", "all"] = "largest-contact"
    """Which subject gets an accessory that passes for several: the one with most contact, or all."""

    @property
    def subjects(self) -> tuple[str, ...]:
        """Names of the categories that get mattes."""
        return subjects.split(self.subject)

    def is_subject(self, name: str) -> bool:
        """Whether a category gets mattes."""
        return any(wanted == subjects.ALL or subjects.same(wanted, name) for wanted in (self.subject, *self.subjects))

    def is_accessory(self, name: str) -> bool:
        """Whether a category may be fused into a subject."""
        return any(subjects.same(wanted, name) for wanted in self.accessories)

    def has_accessories(self, name: str) -> bool:
        """Whether accessories are fused into a subject's category."""
        return (len(self.subjects) == 1 and self.subject != subjects.ALL) or subjects.is_person(name)


class TrimapConfig(Settings):
    """How a mask becomes a trimap."""

    gap_kernel: int = Field(4, ge=1)
    """Side in pixels of the square that closes gaps between fused masks (section 3.2)."""
    eta: float | None = Field(None, gt=0)
    """eta: scale factor of the kernel size (section 3.2); by default 32 for the rule measured, and the paper's 12 for
    printed and paper."""
    rule: Literal["auto", "measured", "printed", "paper", "learned", "net-t"] = "auto"
    """auto: the network's own with mask-to-matte, measured with other backends. Adaptive kernels: measured, omega =
    sqrt(area) / eta, or printed, sqrt(area / eta); paper is sqrt(area) / 12. Networks' trimaps, for a backend that
    starts from trimaps: learned is mask-to-matte's, net-t that of the Net-T in weights."""
    weights: str | None = None
    """A folder that training wrote: of the Net-T for the rule net-t, or other weights for the rule learned than those
    that come with the package."""
    min_kernel: int = Field(5, ge=1)
    """Least omega in pixels: below it the gap closing outweighs the erosion and background turns into known
    foreground."""

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.rule == "paper" and self.eta not in (None, PAPER_ETA):
            raise ValueError(f"rule paper has eta 12, got eta {self.eta:g}; expected rule measured with it")
        if self.of_network and self.eta is not None:
            raise ValueError(
                f"rule {self.rule} has no kernel, got eta {self.eta:g}; leave it out, or take rule measured"
            )
        if self.weights is not None and not self.of_network:
            raise ValueError(f"weights {self.weights} are for the rules learned and net-t, got rule {self.rule}")
        if self.rule == "net-t" and self.weights is None:
            raise ValueError("rule net-t needs weights, trimap.weights: a folder that training net-t wrote")
        return self

    @property
    def of_network(self) -> bool:
        """Whether a network makes the trimap."""
        return self.rule in NETWORK_RULES

    @property
    def kernel(self) -> dict[str, Any]:
        """Arguments of ``make_trimap``."""
        kernels: dict[str, KernelRule] = {"printed": "printed", "paper": "paper"}
        rule = kernels.get(self.rule, "measured")
        eta = default_eta(rule) if self.eta is None else self.eta
        return self.model_dump(include={"gap_kernel", "min_kernel"}) | {"rule": rule, "eta": eta}

    def settled(self, backend: str) -> Self:
        """What the settings stand for with a backend, so that another default in a later release is another setting."""
        if backend == MASK_TO_MATTE:
            return self.model_copy(update={"rule": "learned"})
        if self.of_network or backend == ICON:
            return self
        return self.model_copy(update={name: self.kernel[name] for name in ("rule", "eta")})


class MattingConfig(Settings):
    """Which network or solver makes the mattes."""

    backend: str = MASK_TO_MATTE
    """mask-to-matte (starts from the mask; its weights come with the package), or one that starts from trimaps:
    closed-form (PyMatting's Laplacian, no weights), diffmatte (DiffMatte, converted or trained), net-m (a network you
    train) or vitmatte (transformers). For propagation also icon, which finds the object by itself."""
    weights: str | None = None
    """Hub name or local folder for backends that need weights, e.g. hustvl/vitmatte-small-composition-1k; for
    diffmatte, icon and net-m the folder that conversion or training wrote; for mask-to-matte one in the place of the
    package's own."""
    device: Literal["auto", "cpu", "cuda"] = "auto"
    """auto takes the GPU where there is one."""
    precision: Literal["auto", "fp32", "bf16", "fp16"] = "auto"
    """auto: bf16 on a GPU (fp16 where it has none), fp32 on the CPU."""
    batch_size: int = Field(8, ge=1)
    """Crops per forward pass (diffmatte, net-m, vitmatte)."""


class QualityConfig(Settings):
    """Gates an instance must pass. Defaults are argued in docs/decisions.md."""

    min_area: int = Field(1024, ge=1)
    """Least mask area in pixels; 32 x 32, COCO's bound between small and medium objects."""
    max_unknown_fraction: float = Field(0.65, ge=0, le=1)
    """Largest share of unknown pixels among those not known background; of mask-to-matte's own trimap it is the share
    of soft pixels and edges."""
    min_mask_iou: float = Field(0.8, ge=0, le=1)
    """Least soft IoU between matte and mask, gap-closed where the trimap is an adaptive kernel's."""
    sam_weights: str | None = None
    """Hub name or local folder of a SAM model; turns the agreement gate on."""
    min_sam_iou: float = Field(0.95, ge=0, le=1)
    """Least IoU between the mask and SAM's, prompted by the instance's box (the authors keep 95 and above)."""
    sam_exempts_fused: bool = True
    """Instances with accessories skip the agreement gate, as in the authors' loader."""
    max_image_pixels: int = Field(200_000_000, ge=1)
    """Largest image that is decoded, in pixels."""


class OutputConfig(Settings):
    """Optional outputs."""

    cutouts: bool = False
    """Write RGBA cutouts with estimated foreground colours below cutouts/."""
    coco_json: bool = False
    """Write mattes.json, a COCO-style list of the mattes."""


class ReportConfig(Settings):
    """The browsable report."""

    max_instances: int = Field(400, ge=0)
    """Most instances shown; beyond it accepted and rejected are sampled evenly over the quality order."""
    thumbnail: int = Field(220, ge=32)
    """Longer side of a picture in pixels."""


class JobConfig(Settings):
    """What every job that writes a manifest has in common."""

    out: Place
    """Folder or URL for alphas/, trimaps/, manifest/, rejects/, versions/, summary.json and report/."""
    dataset: str = Field("coco", pattern=NAME)
    """Name written to every row."""
    workers: int = Field(os.cpu_count() or 1, ge=1)
    """Worker processes; by default one per core."""
    runner: Literal["processes", "dask"] = "processes"
    """Where the work is done: processes of this machine, or a Dask cluster."""
    scheduler: str | None = Field(None, pattern=r"^[a-z]+://\S+$")
    """Address of the Dask scheduler (tcp://host:8786); by default a cluster of WORKERS processes on this machine."""
    images_per_shard: int = Field(64, ge=1)
    """Aim for the size of a shard, the unit of work, retry and resume."""
    keep_versions: int = Field(3, ge=1)
    """How many versions of the manifest stay readable with all their mattes, the current one included."""
    report: ReportConfig = ReportConfig()

    @model_validator(mode="after")
    def _scheduler_of_dask(self) -> Self:
        if self.scheduler is not None and self.runner != "dask":
            raise ValueError(f"scheduler is {self.scheduler}, expected runner dask with it")
        return self

    @field_validator("out")
    @classmethod
    def _in_utf8(cls, out: Path) -> Path:
        try:
            str(out).encode()
        except UnicodeEncodeError:
            raise ValueError("the name is not UTF-8, choose another one") from None
        return out

    def for_workers(self) -> Self:
        """The settings as the runner's workers need them: a Dask cluster's may have another working directory."""
        return self.absolute() if self.runner == "dask" else self

    @abstractmethod
    def photos(self) -> Path:
        """Folder that the rows' images are below."""

    @abstractmethod
    def split_name(self) -> str:
        """The split, given or guessed."""

    @abstractmethod
    def identity(self) -> str:
        """Every setting that can change a matte or a row (not folders, workers or the report), as text."""


class LabellingConfig(JobConfig):
    """What every job that makes mattes of photos has in common."""

    images: Place
    """Folder that the images' names are below, or its URL on an fsspec store (s3://bucket/folder)."""
    out: Place
    """Folder or URL for alphas/, trimaps/, manifest/, rejects/, versions/, summary.json and report/."""
    dataset: str = Field("coco", pattern=NAME)
    """Name written to every row."""
    split: str | None = Field(None, pattern=NAME)
    """Name of the split."""
    truth: Place | None = None
    """Folder of true alphas; masks and mattes are compared with them."""
    trimap: TrimapConfig = TrimapConfig()
    matting: MattingConfig = MattingConfig()
    quality: QualityConfig = QualityConfig()
    output: OutputConfig = OutputConfig()

    @model_validator(mode="after")
    def _trimap_of_backend(self) -> Self:
        rule, eta = self.trimap.rule, self.trimap.eta
        own = f"the {self.matting.backend} backend makes its own trimaps"
        other = "expected another backend with it, such as closed-form"
        if self.matting.backend in (MASK_TO_MATTE, ICON) and rule != "auto":
            raise ValueError(f"{own}, got trimap.rule {rule}; {other}")
        if self.matting.backend in (MASK_TO_MATTE, ICON) and eta is not None:
            raise ValueError(f"{own}, got trimap.eta {eta:g}; {other}")
        return self

    def settled(self) -> Self:
        """The settings with what ``auto`` and a missing eta stand for."""
        return self.model_copy(update={"trimap": self.trimap.settled(self.matting.backend)})

    def photos(self) -> Path:
        """As configured."""
        return self.images

    @abstractmethod
    def subjects(self) -> FusionConfig:
        """What gets a matte, and what is fused into it."""


class CocoMattingConfig(LabellingConfig):
    """From segmentation masks to a dataset of alpha mattes."""

    annotations: Place
    """COCO instances, COCO panoptic, COCONut panoptic or COCONut instances JSON; the format is recognised."""
    images: Place
    """Folder that the annotations' file names are below, a ZIP or TAR file with it, or its URL on an fsspec store
    (s3://bucket/folder)."""
    panoptic: Place | None = None
    """Folder of the panoptic PNGs (panoptic formats only)."""
    split: str | None = Field(None, pattern=NAME)
    """Name of the split; by default the part of the annotation file's name after its first underscore."""
    truth: Place | None = None
    """Folder of true alphas named <annotation_id>.png; masks and mattes are compared with them."""
    fusion: FusionConfig = FusionConfig()

    @model_validator(mode="after")
    def _starts_from_masks(self) -> Self:
        if self.matting.backend == ICON:
            raise ValueError(
                f"the {ICON} backend starts from a reference, not from annotations: make propagate MATTING={ICON}"
            )
        return self

    @field_validator("images")
    @classmethod
    def _in_archive(cls, images: Path) -> Path:
        return mounted(images)

    def split_name(self) -> str:
        """The split, given or taken from the annotation file's name."""
        stem = self.annotations.stem
        return self.split or plain_name(stem.split("_", 1)[1] if "_" in stem else stem)

    def subjects(self) -> FusionConfig:
        """As configured."""
        return self.fusion

    def identity(self) -> str:
        """Every setting that can change a matte or a row."""
        kept = {"dataset", "fusion", "trimap", "matting", "quality", "output"}
        return self.settled().model_dump_json(include=kept, exclude=NO_MATTES) + self.split_name()


def plain_name(text: str) -> str:
    """A text as a name for rows: letters, digits, ``_`` and ``.``; ``all`` where nothing is left."""
    return "".join(c if c.isalnum() or c in "_." else "_" for c in text) or "all"


def short_name(text: str) -> str:
    """A text as the beginning of a file name: as ``plain_name``, at most 60 bytes."""
    return plain_name(text).encode()[:60].decode(errors="ignore")


def config_hash(config: JobConfig) -> str:
    """16 hex digits over every setting that can change a matte or a row."""
    return hashlib.sha256(config.identity().encode()).hexdigest()[:16]
