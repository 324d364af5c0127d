"""Settings of the training that follows labelling runs."""

import dataclasses
import re
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, ConfigDict, Field, GetJsonSchemaHandler, field_validator, model_validator
from pydantic.dataclasses import dataclass
from pydantic_core import CoreSchema

from matting_models.errors import InputError
from matting_models.evaluation.benchmarks import BENCHMARKS
from matting_models.evaluation.protocols import PROTOCOLS
from matting_models.networks.semat.settings import SEMatSettings
from pipelines.config import Settings
from pipelines.storage.stores import Place

DECIDED = ("out", "resume")
"""Settings of a training that the flow decides."""


def on_store(path: Path | None) -> bool:
    """Whether a setting that is a path was given a URL."""
    return re.match(r"\w+:/", str(path)) is not None


def _local(path: Path) -> Path:
    if on_store(path):
        raise ValueError("expected a folder of the machine that trains")
    return path


Local = Annotated[Path, AfterValidator(_local)]


@dataclass(config=ConfigDict(extra="forbid"))
class Train(SEMatSettings):
    """The settings of ``python -m matting_models.train semat``, but for --out and --resume."""

    out: Path = dataclasses.field(default=Path(), init=False)
    resume: bool = dataclasses.field(default=True, init=False)

    def __post_init__(self) -> None:
        self.check()
        for place in (self.manifest, self.images, self.data):
            if on_store(place):
                raise InputError(f"{place} is on a store, expected a folder of the machine that trains")

    @classmethod
    def __get_pydantic_json_schema__(cls, core: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """Prefect's UI shows what ``--help`` shows."""
        schema = handler(core)
        named = handler.resolve_ref_schema(schema)["properties"]
        for name in DECIDED:
            named.pop(name, None)
        for setting in dataclasses.fields(SEMatSettings):
            if setting.name in named:
                named[setting.name]["description"] = setting.metadata["help"]
        return schema

    def words(self) -> list[str]:
        """The command line that says the same, without --out and --resume."""
        words = []
        for setting in dataclasses.fields(self):
            value, default = getattr(self, setting.name), _default(setting)
            if setting.name not in DECIDED and value != default:
                words += [
                    f"--{setting.name.replace('_', '-')}",
                    *map(str, value if isinstance(value, list) else [value]),
                ]
        return words


def _default(setting: "dataclasses.Field[Any]") -> Any:
    return setting.default_factory() if callable(setting.default_factory) else setting.default


class Evaluation(Settings):
    """One test set: a benchmark, or folders of alphas and photos."""

    dataset: str | None = Field(None, json_schema_extra={"enum": [None, *BENCHMARKS]})
    """A benchmark of python -m matting_models.evaluate, such as aim-500."""
    root: Path | None = None
    """Where the benchmark is."""
    gt: Path | None = None
    """In the place of a benchmark: folder of true alphas."""
    image: Path | None = None
    """Their photos, of the same names."""
    trimap: Path | None = None
    """Their trimaps, of the same names, for protocols of the unknown region."""
    protocol: str | None = Field(None, json_schema_extra={"enum": [None, *PROTOCOLS]})
    """Which pixels count at which scale; by default the benchmark's, else whole-image."""
    boxes: Path | None = None
    """A detector's COCO-style results, for benchmarks of instances."""
    folder: str | None = Field(None, pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$")
    """What its folder is called; by default the benchmark's name or the last part of gt."""

    @field_validator("dataset", "protocol")
    @classmethod
    def _known(cls, name: str | None, info: Any) -> str | None:
        known = BENCHMARKS if info.field_name == "dataset" else PROTOCOLS
        if name is not None and name not in known:
            raise ValueError(f"expected one of {', '.join(known)}")
        return name

    @model_validator(mode="after")
    def _complete(self) -> "Evaluation":
        if (self.dataset is None) == (self.gt is None):
            raise ValueError("expected either dataset and root, or gt and image")
        if self.dataset is not None and self.root is None:
            raise ValueError(f"dataset {self.dataset} needs root, the folder where it is")
        if self.gt is not None and self.image is None:
            raise ValueError("gt needs image, the folder of the photos to predict from")
        return self

    def name(self) -> str:
        """What its folder is called."""
        return self.folder or self.dataset or (self.gt.name if self.gt else "")

    def words(self) -> list[str]:
        """The command line that says the same."""
        given = self.model_dump(exclude_none=True, exclude={"folder"})
        return [word for name, value in given.items() for word in (f"--{name}", str(value))]


class Mirror(Settings):
    """Mattes and photos on a store, copied to a local disk before the training."""

    out: Place
    """Output folder or URL of the labelling run."""
    images: Place
    """Folder or URL of its photos."""
    folder: Local
    """Local folder of the copy, kept for the next training; train on FOLDER/manifest and FOLDER/images."""


class TrainingConfig(Settings):
    """Train SEMat on what was labelled, and evaluate it, once enough mattes are new."""

    out: Local
    """Folder of the trainings; each has a folder of its own below it, named after its mattes."""
    min_new_mattes: int = Field(1000, ge=1)
    """Least number of mattes that are new or changed since the last training."""
    processes: int = Field(1, ge=1)
    """GPUs of one training; several are started with accelerate launch."""
    mirror: Mirror | None = None
    """Where mattes and photos are copied from before the training, if they are on a store."""
    train: Train
    """How to train."""
    evaluate: tuple[Evaluation, ...] = ()
    """What to evaluate on afterwards."""

    @model_validator(mode="after")
    def _folders_differ(self) -> "TrainingConfig":
        names = [test.name() for test in self.evaluate]
        if twice := {name for name in names if names.count(name) > 1}:
            raise ValueError(f"two evaluations are called {min(twice)}, expected different names: set folder")
        return self
