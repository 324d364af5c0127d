"""The real command lines, loader, loss and checkpoints, on a few drawn discs."""

import json
import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest
from transformers import ResNetModel

from matting_models.evaluate import main as evaluate
from matting_models.networks.p3m.config import P3MConfig
from matting_models.networks.p3m.encoder import resnet_config
from matting_models.networks.p3m.model import P3M
from matting_models.predict import main as predict
from matting_models.train import main
from tests.described import write_run

pytestmark = pytest.mark.usefixtures("one_thread")


def train(data: Path, out: Path, *more: str, iterations: int = 4) -> int:
    settings = {"iterations": iterations, "batch-size": 2, "side": 64, "width": 0.125, "log-every": 1,
                "validate-every": iterations // 2, "checkpoint-every": iterations // 2, "workers": 0, "device": "cpu",
                "validation-fraction": 0.3}  # fmt: skip
    words = [f"--{name}={value}" for name, value in settings.items()]
    return main(["p3m", "--data", str(data), "--out", str(out), *words, *more])


def rows(out: Path) -> list[dict[str, float]]:
    return [json.loads(line) for line in (out / "metrics.jsonl").read_text().splitlines()]


def test_train_predict_and_evaluate(recipe: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert train(recipe, tmp_path / "run", iterations=2) == 0
    assert {"classes", "sides", "details_l1", "fused_laplacian"} < next(
        r for r in rows(tmp_path / "run") if "loss" in r
    ).keys()

    images, alphas = recipe.parent / "images", recipe.parent / "alphas"
    given = ["--weights", str(tmp_path / "run"), "--device", "cpu"]
    marked = ["--image", str(images / "1.png"), "--mask", str(alphas / "1.png"), "--out", str(tmp_path / "a.png")]
    assert predict(["p3m", *given, *marked]) == 0
    photo, mask = cv2.imread(str(images / "1.png"))[..., ::-1], cv2.imread(str(alphas / "1.png"), 0) > 127
    expected = P3M.from_pretrained(tmp_path / "run", "cpu").predict_from_mask(photo, mask.view(np.uint8))
    np.testing.assert_array_equal(cv2.imread(str(tmp_path / "a.png"), 0), np.rint(expected * 255))

    capsys.readouterr()
    words = ["--model", "p3m", *given, "--mask", str(alphas), "--gt", str(alphas), "--image", str(images)]
    assert evaluate([*words, "--out", str(tmp_path / "e"), "--processes", "1"]) == 0
    assert "alphas, 4 mattes" in capsys.readouterr().out
    assert evaluate([word for word in words if word not in given[:2]]) == 2
    assert "--model p3m needs --weights, a folder that training p3m wrote" in capsys.readouterr().err


def test_described_images_are_data_too(tmp_path: Path) -> None:
    run = write_run(tmp_path / "refmatte")
    assert train(run, tmp_path / "run", iterations=2) == 0


@pytest.mark.slow
def test_stopped_and_resumed_is_never_stopped(recipe: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    straight, resumed = tmp_path / "straight", tmp_path / "resumed"
    assert train(recipe, straight) == 0
    shutil.copytree(straight, resumed)  # as it stood at iteration 2
    shutil.rmtree(resumed / "checkpoints" / "step-0000004")
    assert train(recipe, resumed, "--resume") == 0
    last = "checkpoints/step-0000004/model.safetensors"
    assert (straight / last).read_bytes() == (resumed / last).read_bytes()
    capsys.readouterr()
    assert train(recipe, resumed, "--resume", "--width=0.25") == 2
    assert "says --width 0.125, this command 0.25" in capsys.readouterr().err


def test_a_pretrained_encoder_is_named(recipe: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ResNetModel(resnet_config(P3MConfig(0.125))).save_pretrained(tmp_path / "resnet")
    assert train(recipe, tmp_path / "run", f"--backbone={tmp_path / 'resnet'}", iterations=2) == 0
    assert "p3m, 0.62 M parameters, encoder resnet@" in capsys.readouterr().out


def test_mistakes_are_said(recipe: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cases = {
        "--side=50": "--side is 50, expected a multiple of 32 from 64 up",
        "--width=0": "width is 0.0, expected above 0 and at most 4",
        "--backbone=./nowhere/at/all": "weights folder ./nowhere/at/all does not exist",
    }
    for word, message in cases.items():
        assert train(recipe, tmp_path / "out", word) == 2
        assert message in capsys.readouterr().err
