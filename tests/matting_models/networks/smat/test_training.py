"""The real command line, loader, loss and checkpoints, on a few drawn discs."""

import json
import re
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import Dinov2Model

from matting_models.networks.smat import SMat
from matting_models.train import main
from tests.tiny_models import save_dinov2, save_sam

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture(scope="module")
def backbone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_dinov2(tmp_path_factory.mktemp("models") / "dino")


def train(recipe: Path, backbone: Path, out: Path, *more: str, iterations: int = 4) -> int:
    settings = {"iterations": iterations, "batch-size": 2, "side": 70, "longest": 70, "width": 0.125, "warmup": 1,
                "validate-every": iterations // 2, "checkpoint-every": iterations // 2, "log-every": 1, "workers": 0,
                "device": "cpu"}  # fmt: skip
    words = [f"--{name}={value}" for name, value in settings.items()]
    return main(["smat", "--data", str(recipe), "--backbone", str(backbone), "--out", str(out), *words, *more])


def another(backbone: Path, folder: Path) -> Path:
    """Of the same size."""
    model = Dinov2Model.from_pretrained(backbone)
    with torch.no_grad():
        model.embeddings.cls_token.add_(1)
    model.save_pretrained(folder)
    return folder


@pytest.mark.slow
def test_stopped_and_resumed_is_never_stopped_on_the_same_backbone_only(
    recipe: Path, backbone: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    straight, resumed = tmp_path / "straight", tmp_path / "resumed"
    assert train(recipe, backbone, straight) == 0
    shutil.copytree(straight, resumed)  # as it stood at iteration 2
    shutil.rmtree(resumed / "checkpoints" / "step-0000004")
    moved = shutil.copytree(backbone, tmp_path / "moved")
    assert train(recipe, moved, resumed, "--resume") == 0
    last = "checkpoints/step-0000004/model.safetensors"
    assert (straight / last).read_bytes() == (resumed / last).read_bytes()
    logged = [json.loads(line) for line in (straight / "metrics.jsonl").read_text().splitlines()]
    scores = next(row for row in logged if "validation_sad_box" in row)
    assert {f"validation_sad_{kind}" for kind in ("points", "scribble", "none")} < scores.keys()
    alpha = SMat.from_pretrained(straight, "cpu").predict(np.zeros((30, 40, 3), np.uint8))
    assert alpha.shape == (30, 40)
    capsys.readouterr()
    assert train(recipe, another(backbone, tmp_path / "other"), resumed, "--resume") == 2
    assert re.search(r"config\.json began as moved@\w{12}, this --backbone is other@\w{12}", capsys.readouterr().err)


@pytest.mark.slow
def test_a_short_training_beats_an_empty_matte(recipe: Path, backbone: Path, tmp_path: Path) -> None:
    words = ("--learning-rate=1e-2", "--layer-decay=1", "--batch-size=4")
    assert train(recipe, backbone, tmp_path / "run", *words, iterations=80) == 0
    logged = [json.loads(line) for line in (tmp_path / "run" / "metrics.jsonl").read_text().splitlines()]
    losses = [row["loss"] for row in logged if "loss" in row]
    assert np.mean(losses[-10:]) < 0.6 * np.mean(losses[:5])
    last = [row for row in logged if "validation_sad_box" in row][-1]
    assert last["validation_sad_box"] < 0.7 * last["validation_empty_sad"]


def test_mistakes_are_said(recipe: Path, backbone: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sam = save_sam(tmp_path / "sam")
    cases = {
        ("--side=75", "--longest=75"): "side is 75, expected a multiple of the patches' 14",
        ("--side=56",): "--side is 56, expected at least 64",
        ("--longest=60",): "--longest is 60, expected at least 70",
        ("--layer-decay=0",): "--layer-decay is 0.0, expected above 0 and at most 1",
        (f"--backbone={sam}",): f"weights {sam} are of architecture 'sam', expected 'dinov2'",
        ("--backbone=./nowhere/at/all",): "weights folder ./nowhere/at/all does not exist",
    }
    for words, message in cases.items():
        assert train(recipe, backbone, tmp_path / "out", *words) == 2
        assert message in capsys.readouterr().err
    assert main(["smat", "--data", str(recipe)]) == 2
    assert "no backbone: give --backbone, a hub name or a local folder of DINOv2" in capsys.readouterr().err
