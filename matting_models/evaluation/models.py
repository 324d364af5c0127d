"""Trimap-based methods that predict for an evaluation; networks by name are in ``matting_models.networks``."""

from pathlib import Path

from matting_models.errors import InputError
from matting_models.evaluation.predicting import FromTrimap
from matting_models.weights import digest


def load_closed_form() -> tuple[FromTrimap, str]:
    """The closed form, and its precision."""
    from matting_models.backends import create_backend

    return create_backend("closed-form"), "float64"


def load_vitmatte(weights: str, device: str, precision: str) -> tuple[FromTrimap, str]:
    """A ViTMatte as its authors evaluate it, and the precision it runs in.

    Args:
        weights: hub name or local folder.
        device, precision: ``auto`` or one of ``DEVICES`` and ``PRECISIONS``.

    Raises:
        InputError: it cannot be loaded.
    """
    from matting_models.crop_network import photo_by_photo
    from matting_models.evaluation.vitmatte import AuthorsVitMatte

    try:
        model = AuthorsVitMatte(weights, device, precision)
    except (ValueError, FileNotFoundError) as error:
        raise InputError(str(error)) from error

    return photo_by_photo(model), str(model.precision)


def fingerprint(weights: str | None) -> str:
    """What tells weights apart: of a local folder its content, else the name."""
    folder = Path(weights or "")
    files = sorted(folder.glob("*.safetensors")) if weights and folder.is_dir() else []
    return digest([*files, *folder.glob("config.json")]) if files else str(weights)
