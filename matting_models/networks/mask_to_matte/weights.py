"""The network's weights on disk: one safetensors file, read without torch."""

import hashlib
import json
from importlib import resources
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pipelines.storage.files import write_whole

WEIGHTS_FILE = "model.safetensors"
NETWORK = "mask-to-matte"
VERSION = "1"
"""Of the architecture and of what it is fed; weights of another version are refused."""
METADATA = {"network": f"{NETWORK} {VERSION}"}
"""What the file's head says; one entry, since safetensors writes several in any order."""

Tensors = dict[str, NDArray[np.float32]]

METHOD = 3
"""What is done around the network; raised when the same weights give other mattes, so that they are made anew.
2: masks that stop short of the frame go on to it. 3: the closed form follows the network the more the surer it is."""


def shipped_weights() -> Path:
    """The weights that come with the package; their card lies beside them."""
    return Path(str(resources.files(__package__) / "shipped" / WEIGHTS_FILE))


def read_weights(weights: str | None) -> tuple[Tensors, str]:
    """Read weights in float32.

    Args:
        weights: a folder that training wrote, its weights file, or None for those that come with the package.

    Returns:
        Tensors by name, and ``NAME@DIGEST-METHOD``: the folder's name (``shipped`` for the package's own), twelve
        digits of the file's SHA-256, and ``METHOD``.

    Raises:
        FileNotFoundError: no such file.
        ValueError: the file is damaged, or of another network or version.
    """
    path = _file(weights)
    content = path.read_bytes()
    return _load(path, content), _revision(weights, path, content)


def revision_of(weights: str | None) -> str:
    """The name that ``read_weights`` gives to weights, without loading them.

    Raises:
        FileNotFoundError: no such file.
    """
    path = _file(weights)
    return _revision(weights, path, path.read_bytes())


def _file(weights: str | None) -> Path:
    path = shipped_weights() if weights is None else Path(weights)
    path = path / WEIGHTS_FILE if path.is_dir() else path
    if not path.is_file():
        raise FileNotFoundError(f"weights {path} do not exist; expected a folder with {WEIGHTS_FILE} in it")
    return path


def _revision(weights: str | None, path: Path, content: bytes) -> str:
    name = "shipped" if weights is None else path.resolve().parent.name
    return f"{name}@{hashlib.sha256(content).hexdigest()[:12]}-{METHOD}"


def _load(path: Path, content: bytes) -> Tensors:
    from safetensors import SafetensorError
    from safetensors.numpy import load

    try:
        stored = load(content)
    except SafetensorError as error:
        raise ValueError(f"weights {path} are damaged or cut short: {str(error).splitlines()[0]}") from error
    said = _head(content).get("__metadata__", {}).get("network", "")
    found, _, version = said.partition(" ")
    if found != NETWORK:
        raise ValueError(f"weights {path} are of network {found!r}, expected {NETWORK!r}")
    if version != VERSION:
        raise ValueError(f"weights {path} are of version {version} of the network, this release runs version {VERSION}")
    _check_tensors(path, {name: array.shape for name, array in stored.items()})
    return {name: array.astype(np.float32) for name, array in stored.items()}


def _head(content: bytes) -> dict[str, dict[str, str]]:
    """The JSON at the beginning of a safetensors file, behind its length in eight bytes."""
    head: dict[str, dict[str, str]] = json.loads(content[8 : 8 + int.from_bytes(content[:8], "little")])
    return head


def _check_tensors(path: Path, found: dict[str, tuple[int, ...]]) -> None:
    """As many, named and shaped as in the package's own file."""
    with shipped_weights().open("rb") as stream:
        size = stream.read(8)
        head = json.loads(stream.read(int.from_bytes(size, "little")))
    expected = {name: tuple(entry["shape"]) for name, entry in head.items() if name != "__metadata__"}
    wrong = sorted(name for name in expected.keys() | found.keys() if expected.get(name) != found.get(name))
    if wrong:
        name = wrong[0]
        raise ValueError(
            f"weights {path} do not fit the network: {len(wrong)} tensors differ; {name} is "
            f"{found.get(name, 'missing')}, expected {expected.get(name, 'none of that name')}"
        )


def write_weights(folder: Path, tensors: dict[str, NDArray[np.generic]]) -> None:
    """Write a weights file, whole or not at all.

    Args:
        folder: made if it is missing.
        tensors: the network's state by name, in half or single precision; counters are left out.
    """
    from safetensors.numpy import save

    kept = {name: np.ascontiguousarray(array) for name, array in tensors.items() if array.dtype.kind == "f"}
    folder.mkdir(parents=True, exist_ok=True)
    write_whole(folder / WEIGHTS_FILE, save(kept, metadata=METADATA))
