"""The propagation job with the icon backend: real loading, cache, job and manifest, on a tiny backbone.

What the network gives is planted, since an untrained one finds nothing.
"""

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from flows.propagate import main
from flows.workers.worker import backend_for
from matting_models.networks.icon.backbone import Diffusion
from matting_models.networks.icon.config import IconConfig
from matting_models.networks.icon.model import Found, IconMatting
from matting_models.networks.icon.network import IconNetwork
from matting_models.networks.icon.tiny import save_tiny
from matting_models.networks.saved import save_network
from pipelines.config import CocoMattingConfig, MattingConfig
from pipelines.errors import UserError
from pipelines.propagation.config import PropagationConfig
from pipelines.storage.manifest import read_folder
from tests.views import HEIGHT, SIDE, WIDTH, Views, propagate, reasons

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("icon")
    backbone = save_tiny(root / "tiny")
    frozen = Diffusion.load(str(backbone))
    config = IconConfig(str(backbone), frozen.revision, *frozen.channels, side=64, width=0.125, ensemble=1)
    save_network(root / "icon", config, IconNetwork(config))
    return root / "icon"


@pytest.fixture
def planted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Alpha is a soft square where the object is red; alike there too. Notes what was read."""
    done: list[str] = []
    read = IconMatting.reference_features

    def reading(self: IconMatting, photo: Any) -> Any:
        done.append("reference")
        return read(self, photo)

    def predict(self: IconMatting, photo: Any, tokens: Any) -> Found:
        done.append("target")
        red = (cv2.blur(photo, (31, 31))[:, :, 0] > 130).astype(np.float32)
        alpha = cv2.GaussianBlur(red, (0, 0), 2)
        return Found(alpha, cv2.resize(alpha, (25, 20), interpolation=cv2.INTER_AREA) + np.float32(0.01))

    monkeypatch.setattr(IconMatting, "reference_features", reading)
    monkeypatch.setattr(IconMatting, "predict", predict)
    return done


def config_for(views: Views, weights: Path, **more: Any) -> PropagationConfig:
    return views.config(matting={"backend": "icon", "weights": str(weights), "device": "cpu"}, **more)


def test_manifest_rejects_and_resume_are_as_in_other_ways(tmp_path: Path, weights: Path, planted: list[str]) -> None:
    views = Views(tmp_path / "views")
    views.target("a.png", (80, 60))
    views.target("none.png", background=11)
    config = config_for(views, weights, images_per_shard=100, keep_versions=1)
    summary = propagate(config)
    assert summary["counts"] == {"accepted": 1, "images": 2, "images_with_matte": 1, "rejected": 1}
    assert summary["rejects_by_reason"] == {"object_not_found": 1}
    (row,) = read_folder(config.out / "manifest")
    assert row.matting_backend == "icon"
    assert row.matting_revision is not None and row.matting_revision.startswith("icon@")
    assert row.object_score is not None and row.object_score > 0.5
    assert row.reference_path == str(views.reference)
    alpha = cv2.imread(str(config.out / str(row.alpha_path)), cv2.IMREAD_UNCHANGED)
    assert alpha.shape == (HEIGHT, WIDTH)
    true = np.zeros((HEIGHT, WIDTH), bool)
    true[60 : 60 + SIDE, 80 : 80 + SIDE] = True
    assert ((alpha > 127) & true).sum() / ((alpha > 127) | true).sum() > 0.7
    assert row.unknown_fraction is not None and 0 < row.unknown_fraction < 0.5
    (reference,) = summary["references"]
    assert (config.out / reference["mask"]).is_file()
    assert "similarity" not in reference

    assert planted == ["reference", "target", "target"]
    assert reasons(config) == {}
    views.target("later.png", (20, 30))
    propagate(config)  # the reference is known, and two of three pictures have their rows
    assert planted[3:] == ["target"]


def test_another_job_between_in_the_same_worker_changes_nothing(
    tmp_path: Path, weights: Path, planted: list[str]
) -> None:
    views = Views(tmp_path / "views")
    views.target("a.png", (80, 60))
    propagate(config_for(views, weights, images_per_shard=100))
    backend_for(MattingConfig(backend="closed-form"))
    views.target("later.png", (20, 30))
    assert propagate(config_for(views, weights, images_per_shard=100))["counts"]["accepted"] == 2


def test_mistakes_are_said(
    tmp_path: Path, weights: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    views = Views(tmp_path / "views")
    views.target("a.png", (80, 60))
    words = ["--reference", views.reference, "--targets", views.targets, "--out", tmp_path / "out",
             "--matting.backend", "icon"]  # fmt: skip
    none = tmp_path / "nowhere"
    cases = [
        (["--mask", views.mask], "the icon backend needs weights, --matting.weights (WEIGHTS= for make)"),
        (["--mask", views.mask, "--matting.weights", none], f"weights {none}/config.json do not exist"),
        (["--mask", views.mask, "--matting.weights", weights, "--features", "dinov2"],
         "the icon backend finds the object by itself, got features dinov2; leave them out"),
        (["--mask", views.mask, "--matting.weights", weights, "--search.max-instances", "3"],
         "the icon backend finds the object by itself, got search.max_instances 3; of the search it has min_score"),
        (["--mask", views.mask, "--matting.weights", weights, "--trimap.eta", "9"],
         "the icon backend makes its own trimaps, got trimap.eta 9"),
    ]  # fmt: skip
    for more, message in cases:
        assert main([str(word) for word in (*words, *more)]) == 2
        assert message in " ".join(capsys.readouterr().err.split())
    with pytest.raises((UserError, ValueError), match="the icon backend starts from a reference, not from annotations"):
        CocoMattingConfig(annotations=none, images=none, out=none, matting={"backend": "icon"})  # type: ignore[arg-type]
