"""The real command lines, loader, loss and checkpoints, from described images to an evaluation."""

import json
import shutil
from pathlib import Path

import cv2
import numpy as np
import pyarrow.parquet as pq
import pytest
import torch

from matting_models.evaluate import main as evaluate
from matting_models.networks.clipmat import CLIPMat
from matting_models.networks.clipmat.settings import CLIPMatSettings
from matting_models.networks.clipmat.tiny import save_tiny
from matting_models.networks.clipmat.training import CLIPMatTraining
from matting_models.networks.p3m.config import P3MConfig
from matting_models.networks.p3m.model import P3M
from matting_models.networks.p3m.network import P3MNet
from matting_models.networks.saved import save_network
from matting_models.predict import main as predict
from matting_models.train import main

from .conftest import TEXTS

pytestmark = pytest.mark.usefixtures("one_thread")


def train(data: Path, clip: Path, out: Path, *more: str, iterations: int = 4) -> int:
    settings = {"iterations": iterations, "batch-size": 2, "side": 64, "width": 0.125, "log-every": 1,
                "validate-every": iterations // 2, "checkpoint-every": iterations // 2, "workers": 0, "device": "cpu",
                "validation-fraction": 0.3}  # fmt: skip
    words = [f"--{name}={value}" for name, value in settings.items()]
    return main(["clipmat", "--data", str(data), "--backbone", str(clip), "--out", str(out), *words, *more])


def test_train_predict_and_evaluate(run: Path, clip: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert train(run, clip, tmp_path / "run", iterations=2) == 0
    logged = [json.loads(line) for line in (tmp_path / "run" / "metrics.jsonl").read_text().splitlines()]
    assert {"classes", "details_l1", "fused_laplacian"} < next(row for row in logged if "loss" in row).keys()

    photo, out = run / "images" / "1.png", tmp_path / "alpha.png"
    given = ["--weights", str(tmp_path / "run"), "--image", str(photo), "--out", str(out), "--device", "cpu"]
    assert predict(["clipmat", *given, "--text", "the red disc"]) == 0
    expected = CLIPMat.from_pretrained(tmp_path / "run", "cpu").predict(
        cv2.imread(str(photo))[..., ::-1], "the red disc"
    )
    np.testing.assert_array_equal(cv2.imread(str(out), 0), np.rint(expected * 255))

    words = ["--model", "clipmat", "--weights", str(tmp_path / "run"), "--dataset", "refmatte", "--root", str(run)]
    capsys.readouterr()
    assert evaluate([*words, "--out", str(tmp_path / "e"), "--device", "cpu", "--processes", "1"]) == 0
    said = capsys.readouterr().out
    assert "RefMatte, 8 mattes, protocol whole-image (whole image, native size)" in said
    assert "right entity: of the 8 cases whose image has other entities" in said
    assert [line.split("  ")[0] for line in said.splitlines() if line.startswith("run-")] == [
        "run-expression", "run-expression, basic", "run-expression, relative-1",
    ]  # fmt: skip
    rows = pq.read_table(tmp_path / "e" / "rows.parquet").to_pylist()
    assert {row["text"] for row in rows if row["kind"] == "basic"} == {"the red disc", "the blue square"}
    assert {row["right_entity"] for row in rows} <= {0.0, 1.0}
    assert evaluate([*words, "--setting", "keyword", "--out", str(tmp_path / "k"), "--device", "cpu"]) == 0
    assert "RefMatte, 4 mattes" in capsys.readouterr().out


def test_a_refiner_is_given_photo_and_alpha_and_is_a_method_of_its_own(
    run: Path, weights: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    torch.manual_seed(0)
    save_network(tmp_path / "p3m", P3MConfig(0.125), P3MNet(P3MConfig(0.125)))
    photo, out = run / "images" / "1.png", tmp_path / "alpha.png"
    given = ["--weights", str(weights), "--refiner", str(tmp_path / "p3m"), "--device", "cpu"]
    assert predict(["clipmat", *given, "--image", str(photo), "--out", str(out), "--text", "the red disc"]) == 0
    image = cv2.imread(str(photo))[..., ::-1]
    coarse = CLIPMat.from_pretrained(weights, "cpu").predict(image, "the red disc")
    refined = P3M.from_pretrained(tmp_path / "p3m", "cpu").predict(image, coarse)
    np.testing.assert_array_equal(cv2.imread(str(out), 0), np.rint(refined * 255))

    capsys.readouterr()
    words = ["--model", "clipmat", *given, "--dataset", "refmatte", "--root", str(run), "--setting", "keyword"]
    assert evaluate([*words, "--out", str(tmp_path / "e"), "--processes", "1"]) == 0
    assert "clipmat-refined-by-p3m-keyword" in capsys.readouterr().out
    without = [word for word in words if word not in given[2:4]]
    assert evaluate([*without, "--out", str(tmp_path / "e"), "--processes", "1"]) == 0  # predicts anew
    assert "clipmat-keyword" in capsys.readouterr().out
    assert evaluate([*without, "--refiner", str(weights), "--out", str(tmp_path / "f")]) == 2
    assert "is of network 'clipmat', expected 'p3m'" in capsys.readouterr().err


@pytest.mark.parametrize("text", ["", "red " * 68])
def test_texts_that_will_not_do_are_said(
    text: str, weights: Path, run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = ["--weights", str(weights), "--image", str(run / "images" / "1.png"), "--out", str(tmp_path / "a.png")]
    assert predict(["clipmat", *given, "--device", "cpu", "--text", text]) == 2
    assert "the text is empty" if not text else "has 68 tokens, and 67 fit" in capsys.readouterr().err
    assert not (tmp_path / "a.png").exists()


@pytest.mark.slow
def test_stopped_and_resumed_is_never_stopped_on_the_same_backbone_only(
    run: Path, clip: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    straight, resumed = tmp_path / "straight", tmp_path / "resumed"
    assert train(run, clip, straight) == 0
    shutil.copytree(straight, resumed)  # as it stood at iteration 2
    shutil.rmtree(resumed / "checkpoints" / "step-0000004")
    moved = shutil.copytree(clip, tmp_path / "moved")
    assert train(run, moved, resumed, "--resume") == 0
    last = "checkpoints/step-0000004/model.safetensors"
    assert (straight / last).read_bytes() == (resumed / last).read_bytes()
    capsys.readouterr()
    other = save_tiny(tmp_path / "other", [*TEXTS, "another"])
    assert train(run, other, resumed, "--resume") == 2
    assert "json is of CLIPMatConfig(backbone='moved@" in capsys.readouterr().err
    assert train(run, clip, resumed, "--resume", "--setting=keyword") == 2
    assert "says --setting expression, this command keyword" in capsys.readouterr().err


def test_rates_and_the_warm_up_are_the_settings(run: Path, clip: Path) -> None:
    settings = CLIPMatSettings(data=run, backbone=str(clip), side=64, width=0.125, warmup=4, text_rate=3e-7)
    training = CLIPMatTraining(settings, torch.device("cpu"), 1)
    assert [group["lr"] for group in training.optimisers[0].param_groups] == [1e-4, 1e-6, 3e-7]
    assert [training.rate_factor(iteration) for iteration in (0, 3, 9)] == [0.25, 1, 1]


def test_frozen_towers_stay_as_they_are(
    run: Path, clip: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert train(run, clip, tmp_path / "run", "--freeze", "--setting=keyword", iterations=2) == 0
    first, last = (
        CLIPMat.from_pretrained(tmp_path / "run" / "checkpoints" / f"step-000000{step}", "cpu")._network.state_dict()
        for step in (1, 2)
    )
    changed = {name.split(".")[0] for name in first if not first[name].equal(last[name])}
    assert changed == {"context", "pop_up", "semantic", "extractor", "details"}

    words = ["--model", "clipmat", "--weights", str(tmp_path / "run"), "--dataset", "refmatte", "--root", str(run)]
    capsys.readouterr()
    assert evaluate([*words, "--out", str(tmp_path / "e"), "--device", "cpu"]) == 2
    assert "run was trained on keywords: give --setting keyword, found expression" in capsys.readouterr().err


def test_mistakes_are_said(run: Path, clip: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cases = {
        ("--side=72",): "--side is 72, expected a multiple of 16 from 64 up",
        ("--text-rate=0",): "--text-rate is 0.0, expected above 0; --freeze trains neither tower",
        ("--width=0",): "width is 0.0, expected above 0 and at most 4",
        ("--backbone=./nowhere/at/all",): "weights folder ./nowhere/at/all does not exist",
    }
    for words, message in cases.items():
        assert train(run, clip, tmp_path / "out", *words) == 2
        assert message in capsys.readouterr().err
    assert main(["clipmat", "--data", str(run)]) == 2
    assert "no backbone: give --backbone, a hub name or a local folder of CLIP" in capsys.readouterr().err
    assert main(["clipmat", "--backbone", str(clip), "--manifest", str(run / "manifest"), "--images", str(run)]) == 2
    assert "clipmat trains from --data: the folder that flows.refmatte wrote, or a recipe" in capsys.readouterr().err
    assert train(tmp_path, clip, tmp_path / "out") == 2
    assert f"{tmp_path} has neither manifest/ nor" in capsys.readouterr().err
