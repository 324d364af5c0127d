"""The settings file of everything that runs unattended: what, when, where, with which parameters."""

import asyncio
import difflib
import json
import re
import tomllib
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Annotated, Any, get_args
from zoneinfo import available_timezones

from prefect.server.schemas.schedules import CronSchedule
from pydantic import AfterValidator, BaseModel, Field, ValidationError, field_validator, model_validator

from flows.unattended.training_settings import TrainingConfig
from flows.unattended.verification_settings import VerificationConfig
from matting_models.backends import backend_names
from pipelines.config import CocoMattingConfig, JobConfig, LabellingConfig, Settings
from pipelines.errors import UserError
from pipelines.propagation.config import PropagationConfig
from pipelines.refmatte.config import RefMatteConfig

_NO_PLACES = {"localtime", "Factory"}
"""Names of the data base that mean something else on every machine."""
_ROOT = re.compile(r"\{(\w+)\}")


class Deployment(Settings):
    """What every deployment has."""

    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$")
    """Its name in Prefect, unique among its kind."""
    cron: str | None = None
    """When it runs, as cron has it: minute hour day month weekday."""
    every_minutes: float | None = Field(None, ge=0.1, le=525_600)
    """Or how often."""
    paused: bool = False
    """Registered, but its schedule does not run until somebody resumes it."""
    work_pool: str | None = Field(None, min_length=1)
    """Another work pool than the file's, for one with GPUs, say."""
    job_variables: dict[str, Any] = Field(default_factory=dict)
    """What the work pool's job template is given: image, resources, environment."""

    @field_validator("cron")
    @classmethod
    def _valid_cron(cls, text: str | None) -> str | None:
        if text is not None:
            try:
                if len(text.split()) != 5:
                    raise ValueError
                asyncio.run(CronSchedule(cron=text).get_dates(1))
            except ValueError:
                raise ValueError(
                    "expected five fields of days that come: minute hour day month weekday, such as 0 2 * * *"
                ) from None
        return text

    @model_validator(mode="after")
    def _one_schedule(self) -> "Deployment":
        if self.cron is not None and self.every_minutes is not None:
            raise ValueError("expected either cron or every_minutes, not both")
        return self


def _known_backend(config: LabellingConfig) -> LabellingConfig:
    if config.matting.backend not in backend_names():
        expected = ", ".join(backend_names())
        raise ValueError(f"matting.backend is {config.matting.backend}, expected one of {expected}")
    return config


class LabellingDeployment(Deployment):
    """COCO-Matting of what is new or changed."""

    config: Annotated[CocoMattingConfig, AfterValidator(_known_backend)]


class PropagationDeployment(Deployment):
    """Prompt propagation to the pictures that have arrived."""

    config: Annotated[PropagationConfig, AfterValidator(_known_backend)]


class RefMatteDeployment(Deployment):
    """Composed images whose entities are described in words; also after every labelling run of its manifests."""

    config: RefMatteConfig


class TrainingDeployment(Deployment):
    """Training and evaluation; also after every labelling run that made mattes."""

    config: TrainingConfig


class VerificationDeployment(Deployment):
    """A check of every file that the manifests list."""

    config: VerificationConfig


class DeploymentSettings(Settings):
    """The whole file."""

    work_pool: str = Field("mask2matte", min_length=1)
    """The work pool that make deploy registers with; make serve needs none."""
    time_zone: str = "UTC"
    """Of the cron schedules: a name of the IANA data base, such as Europe/Berlin."""
    gpus: int = Field(1, ge=1)
    """How many GPUs the runs may use at the same time, on all machines: one each, a training its processes."""
    storage: dict[str, str] = Field(default_factory=dict)
    """Folders and URLs that settings may name as {name}."""
    labelling: tuple[LabellingDeployment, ...] = ()
    propagation: tuple[PropagationDeployment, ...] = ()
    refmatte: tuple[RefMatteDeployment, ...] = ()
    training: tuple[TrainingDeployment, ...] = ()
    verification: tuple[VerificationDeployment, ...] = ()

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        if name not in available_timezones() or name in _NO_PLACES:
            near = difflib.get_close_matches(name, available_timezones(), 1)
            raise ValueError("expected a time zone such as " + (near[0] if near else "Europe/Berlin"))
        return name

    @model_validator(mode="after")
    def _names_differ(self) -> "DeploymentSettings":
        kinds = (self.labelling, self.propagation, self.refmatte, self.training, self.verification)
        for kind in kinds:
            names = [deployment.name for deployment in kind]
            if twice := {name for name in names if names.count(name) > 1}:
                raise ValueError(f"two deployments of a kind are called {min(twice)}, expected different names")
        if not any(kinds):
            expected = "a [[labelling]], [[propagation]], [[refmatte]], [[training]] or [[verification]] table"
            raise ValueError(f"no deployment, expected {expected}")
        return self

    @model_validator(mode="after")
    def _enough_gpus(self) -> "DeploymentSettings":
        for training in self.training:
            config = training.config
            if config.train.device != "cpu" and config.processes > self.gpus:
                raise ValueError(
                    f"training {training.name} has processes = {config.processes}, expected at most gpus = {self.gpus}"
                )
        return self


class SettingsFile:
    """A settings file that was read and checked.

    Args:
        path: the TOML file. Relative folders in it are relative to it, since workers run in folders of their own.

    Attributes:
        path: the file.
        settings: its content.

    Raises:
        UserError: it cannot be read, or a setting cannot be used; names the key, what was found and expected.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            raw = tomllib.loads(path.read_text(encoding="utf-8"))
        except OSError as error:
            raise UserError(f"{path}: cannot be read ({error.strerror}), expected a TOML file") from None
        except ValueError as error:
            raise UserError(f"{path}: not TOML: {error}") from None
        base = path.resolve().parent
        raw = self._with_storage(raw, base)
        self.settings = self._checked(raw)
        self._raw: dict[str, Any] = _absolute(raw, self.settings, base)
        self.settings = self._checked(self._raw)

    def parameters(self, kind: str, name: str) -> dict[str, Any]:
        """A deployment's parameters as Prefect stores them: what the file says, so that defaults stay defaults."""
        table = next(table for table in self._raw[kind] if table["name"] == name)
        try:
            return {"config": json.loads(json.dumps(table["config"], default=str, allow_nan=False))}
        except ValueError:
            raise UserError(f"{self.path}: {kind} {name} has a number that is not finite, expected numbers") from None

    def _checked(self, raw: dict[str, Any]) -> DeploymentSettings:
        try:
            return DeploymentSettings.model_validate(raw)
        except ValidationError as error:
            raise UserError(f"{self.path}: {_sentence(error)}") from None
        except UserError as error:
            raise UserError(f"{self.path}: {error}") from None

    def _with_storage(self, raw: dict[str, Any], base: Path) -> dict[str, Any]:
        """Put the places of [storage] where settings name them."""
        storage = raw.get("storage", {})
        if not isinstance(storage, dict) or not all(isinstance(place, str) for place in storage.values()):
            raise UserError(f"{self.path}: [storage] is {storage!r}, expected names and their folders or URLs")
        if nested := [place for place in storage.values() if _ROOT.search(place)]:
            raise UserError(f"{self.path}: [storage] has {nested[0]!r}, expected places that name no other")
        places = {name: _place(place, base) for name, place in storage.items()}

        def put(match: re.Match[str]) -> str:
            if match[1] not in places:
                known = ", ".join(places) or "nothing"
                raise UserError(f"{self.path}: {match[0]} is not in [storage], which has {known}")
            return places[match[1]]

        def walk(value: Any) -> Any:
            if isinstance(value, str):
                return _ROOT.sub(put, value)
            if isinstance(value, dict):  # a job's template has braces of its own
                return {key: inner if key == "job_variables" else walk(inner) for key, inner in value.items()}
            return [walk(inner) for inner in value] if isinstance(value, list) else value

        return {key: value if key == "storage" else walk(value) for key, value in raw.items()}


def _place(text: str, base: Path) -> str:
    """A local folder made absolute; URLs stay."""
    return text if "://" in text else str(base / Path(text).expanduser())


def _absolute(raw: Any, checked: Any, base: Path) -> Any:
    """The raw settings with relative local paths, as the checked ones tell them, made absolute."""
    if isinstance(raw, dict) and (isinstance(checked, BaseModel) or is_dataclass(checked)):
        return {key: _absolute(value, getattr(checked, key), base) for key, value in raw.items()}
    if isinstance(raw, list) and isinstance(checked, tuple):
        return [_absolute(one, other, base) for one, other in zip(raw, checked, strict=True)]
    return _place(raw, base) if isinstance(raw, str) and isinstance(checked, Path) else raw


def _sentence(error: ValidationError) -> str:
    """The first mistake: the key, what was found and what was expected."""
    first = error.errors()[0]
    key = _key(first["loc"])
    message = first["msg"].removeprefix("Value error, ")
    if first["type"] == "missing":
        return f"{key} is missing"
    if first["type"] in ("extra_forbidden", "unexpected_keyword_argument"):
        known = _names(first["loc"][:-1])
        near = difflib.get_close_matches(str(first["loc"][-1]), known, 1)
        return f"{key} is unknown, expected " + (f"{near[0]}?" if near else "one of " + ", ".join(known))
    if first["type"] == "tuple_type" and len(first["loc"]) == 1:
        return f"{key} is one table, expected a list of tables: [[{key}]]"
    if isinstance(first["input"], dict | list):
        return f"{key}: {message}" if key else message
    return f"{key} is {first['input']!r}: {message[0].lower() + message[1:]}"


def _key(loc: tuple[int | str, ...]) -> str:
    """A place in the file for people: ``[[labelling]] 2: config.trimap.eta``."""
    if len(loc) > 1 and isinstance(loc[1], int):
        rest = ".".join(map(str, loc[2:]))
        return f"[[{loc[0]}]] {loc[1] + 1}" + (f": {rest}" if rest else "")
    return ".".join(map(str, loc))


def _names(loc: tuple[int | str, ...]) -> list[str]:
    """Names of the settings at a place."""
    at: Any = DeploymentSettings
    for part in loc:
        if isinstance(part, int):
            continue
        at = at.model_fields[part].annotation
        at = next(iter(get_args(at)), at)
    return list(at.model_fields) if hasattr(at, "model_fields") else [f.name for f in fields(at) if f.init]


def outputs(settings: DeploymentSettings) -> list[Path]:
    """The outputs of all deployments."""
    every: list[Deployment] = [*settings.labelling, *settings.propagation, *settings.refmatte, *settings.training]
    configs: list[JobConfig | TrainingConfig] = [deployment.config for deployment in every]  # type: ignore[attr-defined]
    return [config.out for config in configs]
