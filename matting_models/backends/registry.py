"""Matting backends by name."""

from collections.abc import Callable
from pathlib import Path
from typing import Literal, TypeVar, overload

from pipelines.labelling.matting import MaskMatting, MattingBackend

Backend = MattingBackend | MaskMatting
Factory = Callable[[str | None, str, str, int], Backend]
"""Takes weights, device, precision and batch size."""

F = TypeVar("F", bound=Factory)

_factories: dict[str, Factory] = {}


def register(name: str) -> Callable[[F], F]:
    """Add a backend; the decorated factory imports what it needs when it is called, not before.

    Example::

        @register("all-foreground")
        def _all_foreground(weights, device, precision, batch_size):
            return AllForeground()
    """

    def add(factory: F) -> F:
        if name in _factories:
            raise ValueError(f"matting backend {name!r} is registered already")
        _factories[name] = factory
        return factory

    return add


def backend_names() -> tuple[str, ...]:
    """Known backends, sorted."""
    return tuple(sorted(_factories))


@overload
def create_backend(
    name: Literal["closed-form", "diffmatte", "net-m", "vitmatte"],
    *,
    weights: str | None = None,
    device: str = "auto",
    precision: str = "auto",
    batch_size: int = 8,
) -> MattingBackend: ...


@overload
def create_backend(
    name: Literal["mask-to-matte"],
    *,
    weights: str | None = None,
    device: str = "auto",
    precision: str = "auto",
    batch_size: int = 8,
) -> MaskMatting: ...


@overload
def create_backend(
    name: str, *, weights: str | None = None, device: str = "auto", precision: str = "auto", batch_size: int = 8
) -> Backend: ...


def create_backend(
    name: str, *, weights: str | None = None, device: str = "auto", precision: str = "auto", batch_size: int = 8
) -> Backend:
    """Make a backend ready to matte: one that starts from trimaps, or from masks (``mask-to-matte``).

    Args:
        name: one of ``backend_names()``.
        weights: hub name or local folder, for backends that have weights; mask-to-matte brings its own, net-m and
            diffmatte take a folder that training or a conversion wrote.
        device: ``auto``, ``cpu`` or ``cuda``; ignored by backends without a network.
        precision: ``auto``, ``fp32``, ``bf16`` or ``fp16``; ignored by backends without a network.
        batch_size: most crops in one forward pass; ignored by backends without a network.

    Raises:
        ValueError: unknown name, or an option the backend cannot use.
        FileNotFoundError: the weights are not to be had.
        ModuleNotFoundError: torch or transformers is not installed; the message says what to install.
    """
    if name not in _factories:
        raise ValueError(f"unknown matting backend {name!r}, expected one of {', '.join(backend_names())}")
    if batch_size < 1:
        raise ValueError(f"batch_size is {batch_size}, expected at least 1")
    return _factories[name](weights, device, precision, batch_size)


@register("closed-form")
def _closed_form(weights: str | None, device: str, precision: str, batch_size: int) -> MattingBackend:
    if weights is not None:
        raise ValueError(
            f"the closed-form backend has no weights, but {weights!r} was given; leave --matting.weights (WEIGHTS=) out"
        )
    if device == "cuda":
        raise ValueError("the closed-form backend runs on the CPU, but CUDA was asked for; use device auto or cpu")
    from matting_models.closed_form.solver import ClosedForm

    return ClosedForm()


def weights_revision(name: str, weights: str | None = None) -> str:
    """What tells a backend's weights from others before anything is loaded, where that can be told.

    Args:
        name, weights: as ``create_backend``.

    Returns:
        ``NAME@DIGEST-METHOD`` of the weights' file for mask-to-matte, ``NAME@DIGEST`` of the folder for net-m,
        diffmatte and icon; "" for the others.

    Raises:
        FileNotFoundError: no such weights.
    """
    if name in ("diffmatte", "icon", "net-m") and weights is not None:
        from matting_models.networks.revision import revision_of as revision_of_folder

        return revision_of_folder(Path(weights))
    if name != "mask-to-matte":
        return ""
    from matting_models.networks.mask_to_matte.weights import revision_of

    return revision_of(weights)


@register("diffmatte")
def _diffmatte(weights: str | None, device: str, precision: str, batch_size: int) -> MattingBackend:
    if weights is None:
        raise ValueError(
            "the diffmatte backend needs weights, --matting.weights (WEIGHTS= for make): a folder that "
            "python -m matting_models.convert diffmatte or training wrote"
        )
    from matting_models.networks.diffmatte.backend import DiffMatteBackend

    return DiffMatteBackend(weights, device, precision, batch_size)


@register("mask-to-matte")
def _mask_to_matte(weights: str | None, device: str, precision: str, batch_size: int) -> MaskMatting:
    from matting_models.networks.mask_to_matte import MaskToMatte

    return MaskToMatte(weights, device, precision)


@register("net-m")
def _net_m(weights: str | None, device: str, precision: str, batch_size: int) -> MattingBackend:
    if weights is None:
        raise ValueError(
            "the net-m backend needs weights, --matting.weights (WEIGHTS= for make): a folder that training wrote"
        )
    from matting_models.networks.net_m.backend import NetMBackend

    return NetMBackend(weights, device, precision, batch_size)


@register("icon")
def _icon(weights: str | None, device: str, precision: str, batch_size: int) -> MaskMatting:
    if weights is None:
        raise ValueError(
            "the icon backend needs weights, --matting.weights (WEIGHTS= for make): a folder that training wrote"
        )
    from matting_models.networks.icon.backend import IconBackend

    return IconBackend(weights, device, precision)


@register("vitmatte")
def _vitmatte(weights: str | None, device: str, precision: str, batch_size: int) -> MattingBackend:
    if weights is None:
        raise ValueError(
            "the vitmatte backend needs weights, --matting.weights (WEIGHTS= for make): a local folder, or a hub name "
            "such as hustvl/vitmatte-small-composition-1k"
        )
    from matting_models.backends.vitmatte import VitMatte

    return VitMatte(weights, device=device, precision=precision, batch_size=batch_size)
