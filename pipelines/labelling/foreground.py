"""Foreground colours: what to paste on a new background without a rim of the old one.

A soft pixel of a photo is ``alpha * foreground + (1 - alpha) * background``. Copying the photo's colour into a
cutout keeps the background's share and shows as a halo; estimating the foreground's colour removes it.
"""

import importlib
import importlib.util
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

MARGIN = 16
"""Pixels of photo kept around the box of alpha > 0, so that the estimate sees the background on every side."""

_MODULE = "pymatting.foreground.estimate_foreground_ml"
_loading = threading.Lock()


def estimate_foreground(image: NDArray[np.uint8], alpha: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Colours of the foreground alone, by PyMatting's multi-level estimation.

    Only the box of ``alpha > 0`` plus ``MARGIN`` pixels is worked on; everything beyond it is black. The first call
    in a process loads the estimator, see `warm_up`.

    Reference: Germer et al., "Fast Multi-Level Foreground Estimation", 2020.

    Args:
        image: (H, W, 3) uint8, RGB.
        alpha: (H, W) float32 in [0, 1].

    Returns:
        (H, W, 3) uint8, RGB; equal to ``image`` where alpha is 1.

    Raises:
        ValueError: shapes, dtypes or alpha's range are not as above.
        ImportError: PyMatting is not installed.
    """
    _check(image, alpha)
    foreground = np.zeros(image.shape, np.uint8)
    box = _box(alpha)
    if box is None:
        return foreground
    part, weight = image[box], alpha[box]
    if weight.size == 1 or (weight >= 1).all():  # nothing to separate, or nothing to separate it with
        foreground[box] = part
        return foreground
    estimate = _estimator()(part.astype(np.float32) / np.float32(255), weight)
    colours = np.rint(np.clip(estimate, 0, 1) * 255).astype(np.uint8)
    # The compositing equation leaves no freedom where alpha is 1; the solver's regularisation would blur there.
    foreground[box] = np.where((weight >= 1)[..., None], part, colours)
    return foreground


def cutout(image: NDArray[np.uint8], alpha: NDArray[np.float32]) -> NDArray[np.uint8]:
    """The subject alone, with straight (not premultiplied) alpha and no halo of the old background.

    Args:
        image: (H, W, 3) uint8, RGB.
        alpha: (H, W) float32 in [0, 1].

    Returns:
        (H, W, 4) uint8, RGBA; all four are 0 where alpha rounds to 0.

    Raises:
        ValueError: shapes, dtypes or alpha's range are not as above.
        ImportError: PyMatting is not installed.
    """
    colours = estimate_foreground(image, alpha)
    opacity = np.rint(alpha * 255).astype(np.uint8)
    colours[opacity == 0] = 0
    return np.dstack([colours, opacity])


def warm_up() -> None:
    """Load the estimator now rather than on first use.

    On a fresh installation it is compiled then, which takes a few seconds; later processes find it compiled on disk.

    Raises:
        ImportError: PyMatting is not installed.
    """
    _estimator()


def _estimator() -> Callable[[NDArray[np.float32], NDArray[np.float32]], NDArray[np.float32]]:
    """PyMatting's ``estimate_foreground_ml``, without the rest of PyMatting.

    Importing the package compiles every kernel it has, about 40 seconds on a fresh installation; this one module
    needs none of the others. It is loaded under its own name: compiled code on disk remembers the name of its module,
    and a later ``import pymatting`` finds it done.
    """
    with _loading:
        module = sys.modules.get(_MODULE) or _load_alone() or importlib.import_module(_MODULE)
    estimate: Callable[[NDArray[np.float32], NDArray[np.float32]], NDArray[np.float32]] = module.estimate_foreground_ml
    return estimate


def _load_alone() -> Any:
    """The estimator's module without its packages; None when PyMatting is not laid out as expected."""
    package = importlib.util.find_spec("pymatting")
    for folder in (package and package.submodule_search_locations) or ():
        spec = importlib.util.spec_from_file_location(_MODULE, Path(folder, *_MODULE.split(".")[1:]).with_suffix(".py"))
        if spec is None or spec.loader is None or spec.origin is None or not Path(spec.origin).is_file():
            continue
        module = importlib.util.module_from_spec(spec)
        sys.modules[_MODULE] = module
        try:
            spec.loader.exec_module(module)
        except BaseException:
            del sys.modules[_MODULE]
            raise
        return module
    return None


def _check(image: NDArray[np.uint8], alpha: NDArray[np.float32]) -> None:
    if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3:
        raise ValueError(f"image is {image.dtype} {image.shape}, expected uint8 (H, W, 3)")
    if alpha.dtype != np.float32 or alpha.shape != image.shape[:2]:
        raise ValueError(f"alpha is {alpha.dtype} {alpha.shape}, expected float32 {image.shape[:2]}")
    if alpha.size and not (alpha.min() >= 0 and alpha.max() <= 1):
        raise ValueError(f"alpha reaches from {alpha.min()} to {alpha.max()}, expected values in [0, 1]")


def _box(alpha: NDArray[np.float32]) -> tuple[slice, slice] | None:
    """The box of alpha > 0 with its margin, or None for an empty matte."""
    rows, columns = np.flatnonzero((alpha > 0).any(axis=1)), np.flatnonzero((alpha > 0).any(axis=0))
    if not rows.size:
        return None
    return _span(rows), _span(columns)


def _span(hits: NDArray[np.intp]) -> slice:
    return slice(max(int(hits[0]) - MARGIN, 0), int(hits[-1]) + 1 + MARGIN)
