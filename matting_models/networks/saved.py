"""A network on disk: its configuration and weights in one folder, whole or absent, loaded strictly."""

import json
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any, ClassVar, Protocol, TypeVar

from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import nn

from matting_models.errors import InputError, MissingError
from matting_models.networks.fitting import fit
from matting_models.networks.revision import CONFIG_FILE, FILES, WEIGHTS_FILE, check_folder, revision_of
from pipelines.storage.files import write_whole

__all__ = ["CONFIG_FILE", "FILES", "WEIGHTS_FILE", "load_weights", "read_config", "revision_of", "save_network"]


class Config(Protocol):
    """What a network is built from: a frozen dataclass of plain values, with the network's name as ``kind``."""

    __dataclass_fields__: ClassVar[dict[str, Any]]
    kind: ClassVar[str]


C = TypeVar("C", bound=Config)


def save_network(folder: Path, config: Config, network: nn.Module) -> None:
    """Write both files; the folder is made if it is missing."""
    folder.mkdir(parents=True, exist_ok=True)
    state = {name: tensor.detach().contiguous().cpu() for name, tensor in network.state_dict().items()}
    known = {"network": config.kind, **asdict(config)}
    write_whole(folder / CONFIG_FILE, (json.dumps(known, indent=2) + "\n").encode())
    write_whole(folder / WEIGHTS_FILE, save(state, metadata={"format": "pt"}))


def read_config(folder: Path, config_class: type[C]) -> C:
    """The configuration of a saved network.

    Raises:
        MissingError: no such folder, or no network in it.
        InputError: the file is damaged, or of another network or release.
    """
    check_folder(folder)
    path = folder / CONFIG_FILE
    if not path.is_file():
        raise MissingError(f"{path} does not exist; expected a folder that training {config_class.kind} wrote")
    try:
        known = json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        known = None
    if not isinstance(known, dict):
        raise InputError(f"{path} is damaged")
    if (found := known.pop("network", None)) != config_class.kind:
        raise InputError(f"{path} is of network {found!r}, expected {config_class.kind!r}")
    expected = {each.name for each in fields(config_class)}
    if odd := sorted(known.keys() ^ expected):
        raise InputError(f"{path} has other settings than this release knows: {odd[0]}")
    try:
        return config_class(**known)
    except (TypeError, ValueError) as error:
        raise InputError(f"{path}: {error}") from error


def load_weights(folder: Path, network: nn.Module) -> None:
    """Read weights into a network of the same configuration.

    Raises:
        MissingError: no weights file.
        InputError: it is damaged, or does not fit the network.
    """
    path = folder / WEIGHTS_FILE
    if not path.is_file():
        raise MissingError(f"{path} does not exist")
    try:
        found = load(path.read_bytes())
    except SafetensorError as error:
        raise InputError(f"{path} is damaged or cut short: {str(error).splitlines()[0]}") from error
    fit(network.state_dict(), found, f"{path} does not fit its {CONFIG_FILE}")
