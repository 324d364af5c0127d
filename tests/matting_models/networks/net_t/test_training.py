"""The real command line, loader, loss and checkpoints, on a few discs."""

import json
import math
import shutil
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import torch
from accelerate.state import AcceleratorState, PartialState
from transformers import ResNetModel

from matting_models.networks.net_t.backbone import resnet_config
from matting_models.networks.net_t.predictor import TrimapNetwork
from matting_models.networks.net_t.settings import NetTSettings
from matting_models.networks.net_t.training import NetTTraining, cross_entropy
from matting_models.networks.net_t.validation import scores_of
from matting_models.train import main
from tests.matting_models.data.conftest import write_pairs

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture(autouse=True)
def fresh_accelerate() -> None:
    """accelerate remembers the precision of the run before."""
    AcceleratorState._reset_state()
    PartialState._reset_state()


@pytest.fixture(scope="module")
def recipe(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = write_pairs(tmp_path_factory.mktemp("discs"))
    parts = [f'[[{part}]]\nkind = "pairs"\nimages = "image"\nalphas = "alpha"\n' for part in ("train", "validation")]
    (root / "recipe.toml").write_text("".join(parts))
    return root / "recipe.toml"


def train(recipe: Path, out: Path, *more: str) -> int:
    settings = {"iterations": 4, "batch-size": 2, "side": 64, "width": 0.01, "validate-every": 2,
                "checkpoint-every": 2, "log-every": 1, "workers": 0, "device": "cpu", "coarse-share": 0.5}  # fmt: skip
    words = [f"--{name}={value}" for name, value in settings.items()]
    return main(["net-t", "--data", str(recipe), "--out", str(out), *words, *more])


def rows(out: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (out / "metrics.jsonl").read_text().splitlines()]


def test_stopped_and_resumed_is_never_stopped_and_what_it_writes_predicts(recipe: Path, tmp_path: Path) -> None:
    straight, resumed = tmp_path / "straight", tmp_path / "resumed"
    assert train(recipe, straight) == 0
    shutil.copytree(straight, resumed)  # as it stood at iteration 2
    shutil.rmtree(resumed / "checkpoints" / "step-0000004")
    assert train(recipe, resumed, "--resume") == 0
    for name in ("model.safetensors", "config.json"):
        first, second = (out / "checkpoints" / "step-0000004" / name for out in (straight, resumed))
        assert first.read_bytes() == second.read_bytes()
    validations = [row for row in rows(straight) if "validation_miou" in row]
    assert len(validations) == 3
    assert all(0 <= row["validation_miou"] <= 1 for row in validations)
    sheet = cv2.imread(str(straight / "pictures" / "step-0000004.jpg"))
    assert sheet is not None and sheet.shape == (4 * 256, 4 * 256, 3)
    mask = np.zeros((40, 60), np.uint8)
    mask[10:30, 20:40] = 1
    image = np.zeros((40, 60, 3), np.uint8)
    assert TrimapNetwork(straight, device="cpu").trimap(image, mask).shape == mask.shape


def test_bf16_is_finite_and_near(recipe: Path, tmp_path: Path) -> None:
    losses = []
    for precision in ("fp32", "bf16"):
        assert train(recipe, tmp_path / precision, "--iterations=1", f"--precision={precision}") == 0
        losses += [row["loss"] for row in rows(tmp_path / precision) if "loss" in row]
        AcceleratorState._reset_state()
        PartialState._reset_state()
    assert losses[1] == pytest.approx(losses[0], rel=0.05)
    assert losses[0] != losses[1]


def test_a_backbone_of_the_fitting_width_starts_it(
    recipe: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ResNetModel(resnet_config(0.01)).save_pretrained(tmp_path / "resnet")
    given = ("--iterations=1", "--backbone", str(tmp_path / "resnet"))
    assert train(recipe, tmp_path / "run", *given) == 0
    assert "encoder resnet@" in capsys.readouterr().out
    assert train(recipe, tmp_path / "wide", *given, "--width=0.25") == 2
    assert "has embedding_size 8, Net-T of width 0.25 expects 16" in capsys.readouterr().err


def test_mistakes_are_said(recipe: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cases = {
        "--side=50": "--side is 50, expected a multiple of 32",
        "--width=0": "--width is 0.0, expected above 0 and at most 4",
        "--coarse-share=2": "--coarse-share is 2.0, expected 0 to 1",
    }
    for word, message in cases.items():
        assert train(recipe, tmp_path / "out", word) == 2
        assert message in capsys.readouterr().err


def test_the_learning_rate_falls_as_a_polynomial(recipe: Path) -> None:
    settings = NetTSettings(data=recipe, width=0.01, side=64, iterations=100, warmup=4)
    network = NetTTraining(settings, torch.device("cpu"), 1)
    found = [network.rate_factor(iteration) for iteration in (0, 4, 50, 99)]
    assert found == pytest.approx([0.25, 0.96**0.9, 0.5**0.9, 0.01**0.9])


def test_the_defaults_are_the_papers() -> None:
    settings = NetTSettings()
    found = (settings.iterations, settings.batch_size, settings.learning_rate, settings.side, settings.width)
    assert found == (129_300, 10, 1e-3, 512, 1.0)
    assert settings.coarse_share == 0


def test_the_loss_is_over_what_is_known() -> None:
    logits = torch.tensor([[2.0, 0.0], [0.0, 0.0], [0.0, 5.0]])[None, :, None]  # (1, 3, 1, 2)
    known = cross_entropy(logits, torch.tensor([[[0, 255]]], dtype=torch.uint8))
    assert float(known) == pytest.approx(-2 + math.log(math.exp(2) + 2))
    assert float(cross_entropy(logits, torch.full((1, 1, 2), 255, dtype=torch.uint8))) == 0


def test_scores_leave_out_what_is_not_known() -> None:
    logits = torch.eye(3)[:, [0, 0, 1, 2]][:, None]  # predicted 0 0 1 2
    found = scores_of(logits, np.array([[0, 1, 1, 255]], np.uint8))
    assert found["accuracy"] == pytest.approx(2 / 3)
    assert (found["iou_background"], found["iou_unknown"]) == (0.5, 0.5)
    assert found["iou_foreground"] == 1  # neither has any
    assert found["miou"] == 0.5
    assert all(math.isnan(x) for x in scores_of(logits * math.nan, np.zeros((1, 4), np.uint8)).values())
