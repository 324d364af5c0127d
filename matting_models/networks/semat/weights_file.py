"""Trainable weights on disk: safetensors, whole or absent, loaded strictly."""

from pathlib import Path

from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor, nn

from matting_models.errors import InputError, MissingError
from matting_models.networks.fitting import fit
from matting_models.networks.semat.config import CONFIG_FILE, SEMatConfig
from pipelines.storage.files import write_whole

WEIGHTS_FILE = "model.safetensors"


def trainable_state(model: nn.Module) -> dict[str, Tensor]:
    """Trained parameters and the running statistics of trained normalisation layers, by name; no copies."""
    names = {name for name, parameter in model.named_parameters() if parameter.requires_grad}
    statistics = ("matting_adapter.", "matting_decoder.")
    return {name: tensor for name, tensor in model.state_dict().items() if name in names or name.startswith(statistics)}


def save_trainable(model: nn.Module, config: SEMatConfig, folder: Path) -> None:
    """Write config and weights into ``folder``, which is made if it is missing."""
    folder.mkdir(parents=True, exist_ok=True)
    state = {name: tensor.detach().contiguous().cpu() for name, tensor in trainable_state(model).items()}
    write_whole(folder / CONFIG_FILE, config.to_json().encode())
    write_whole(folder / WEIGHTS_FILE, save(state, metadata={"format": "pt"}))


def load_trainable(model: nn.Module, folder: Path) -> None:
    """Read weights into a model of the same config.

    Raises:
        MissingError: no weights file.
        InputError: it is damaged, or does not fit the model.
    """
    path = folder / WEIGHTS_FILE
    if not path.is_file():
        raise MissingError(f"{folder} has no {WEIGHTS_FILE}")
    try:
        found = load(path.read_bytes())
    except SafetensorError as error:
        raise InputError(f"{path} is damaged or cut short: {str(error).splitlines()[0]}") from error
    fit(trainable_state(model), found, f"{path} does not fit this model")
