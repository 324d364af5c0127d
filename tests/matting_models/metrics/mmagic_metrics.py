"""MMagic 1.2.0's matting metrics, as released on PyPI, run on arrays.

The package is installed without its dependencies (a hundred, for other tasks). The four metrics need of them only base
classes and a registry, whose places are held here; their arithmetic is MMagic's own code.
"""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import Any
from unittest.mock import MagicMock, patch

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

_METRICS = {"SAD": "sad", "MattingMSE": "matting_mse", "GradientError": "gradient_error",
            "ConnectivityError": "connectivity_error"}  # fmt: skip


class _Base:
    def __init__(self, **_: object) -> None:
        self.results: list[dict[str, float]] = []


def _load(folder: Path, name: str) -> ModuleType:
    """One file of the package under its own name, so that its relative imports find what is loaded already."""
    spec = importlib.util.spec_from_file_location(name, folder.joinpath(*name.split(".")[1:]).with_suffix(".py"))
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def _places() -> dict[str, Any]:
    registry = MagicMock()
    registry.METRICS.register_module = lambda: lambda cls: cls
    base = ModuleType("base")
    base.BaseSampleWiseMetric = _Base  # type: ignore[attr-defined]
    held = {name: MagicMock() for name in ("mmcv", "mmengine", "mmengine.model", "mmagic.utils")}
    return held | {"mmagic.registry": registry, "mmagic.evaluation.metrics.base_sample_wise_metric": base}


def mmagic_scores(prediction: NDArray[Any], truth: NDArray[Any], trimap: NDArray[np.uint8]) -> dict[str, float]:
    """Its metrics by class name.

    Args:
        prediction, truth: (H, W), 0 to 255; the prediction must agree with the trimap's known regions.
        trimap: (H, W) of 0, 128, 255.
    """
    found = importlib.util.find_spec("mmagic")
    if found is None:
        pytest.skip("mmagic is not installed; make test installs it")
    folder = Path(next(iter(found.submodule_search_locations or [])))
    packages = {name: ModuleType(name) for name in ("mmagic", "mmagic.evaluation", "mmagic.evaluation.metrics")}
    sample = {
        "ori_trimap": torch.from_numpy(trimap)[None],
        "ori_alpha": torch.from_numpy(truth)[None],
        "output": {"pred_alpha": torch.from_numpy(prediction)},
    }
    with patch.dict(sys.modules, packages | _places()):
        functional = ModuleType("mmagic.evaluation.functional")
        functional.gauss_gradient = _load(folder, "mmagic.evaluation.functional.gaussian_funcs").gauss_gradient  # type: ignore[attr-defined]
        sys.modules["mmagic.evaluation.functional"] = functional
        _load(folder, "mmagic.evaluation.metrics.metrics_utils")
        scores = {}
        for name, file in _METRICS.items():
            metric = getattr(_load(folder, f"mmagic.evaluation.metrics.{file}"), name)()
            metric.process([], [sample])
            scores[name] = float(next(iter(metric.results[0].values())))
    return scores
