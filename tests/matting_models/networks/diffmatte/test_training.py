"""The real command line, loader, loss and checkpoints, on a few drawn discs."""

import json
import shutil
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch import Tensor

from matting_models.networks.diffmatte import DiffMatte
from matting_models.networks.diffmatte.config import DiffMatteConfig
from matting_models.networks.diffmatte.settings import DiffMatteSettings
from matting_models.networks.diffmatte.training import DiffMatteTraining
from matting_models.train import main

pytestmark = pytest.mark.usefixtures("one_thread")


def train(recipe: Path, out: Path, *more: str, iterations: int = 4) -> int:
    settings = {"iterations": iterations, "batch-size": 2, "side": 64, "width": 0.0625, "encoder": "res34",
                "steps": 2, "warmup": 2, "validate-every": iterations // 2, "checkpoint-every": iterations // 2,
                "log-every": 1, "workers": 0, "device": "cpu"}  # fmt: skip
    words = [f"--{name}={value}" for name, value in settings.items()]
    return main(["diffmatte", "--data", str(recipe), "--out", str(out), *words, *more])


def rows(out: Path) -> list[dict[str, float]]:
    return [json.loads(line) for line in (out / "metrics.jsonl").read_text().splitlines()]


@pytest.mark.slow
def test_stopped_and_resumed_is_never_stopped(recipe: Path, tmp_path: Path) -> None:
    straight, resumed = tmp_path / "straight", tmp_path / "resumed"
    assert train(recipe, straight) == 0
    shutil.copytree(straight, resumed)  # as it stood at iteration 2; the last one is self-aligned
    shutil.rmtree(resumed / "checkpoints" / "step-0000004")
    assert train(recipe, resumed, "--resume") == 0
    last = "checkpoints/step-0000004/model.safetensors"
    assert (straight / last).read_bytes() == (resumed / last).read_bytes()
    assert DiffMatte.from_pretrained(straight).config == DiffMatteConfig("res34", 0.0625, 64, 2)


def test_self_aligned_from_two_thirds_on(recipe: Path) -> None:
    torch.manual_seed(0)
    settings = DiffMatteSettings(data=recipe, encoder="res34", width=0.0625, side=64, iterations=3)
    training = DiffMatteTraining(settings, torch.device("cpu"), 1)
    planes = torch.zeros(200, 4, 64, 64, dtype=torch.uint8)
    batch = SimpleNamespace(planes=planes, alphas=planes[:, :1], trusted=planes[:, :1] == 0)
    seen: list[tuple[Tensor, Tensor | None]] = []

    def network(image: Tensor, trimap: Tensor, truth: Tensor, noise: Tensor, *times: Tensor) -> Tensor:
        seen.append(times)
        return truth

    for iteration in range(3):
        assert training.losses(batch, {"network": network}, 0)["mse"] == 0
        training.after_iteration(iteration)
    assert [later is None for _, later in seen] == [True, True, False]
    times, later = seen[2]
    interval = later - times
    # the interval is uniform over [0, 1], the time over what it leaves
    assert times.min() >= 0 and later.max() <= 1 and interval.mean().item() == pytest.approx(0.5, abs=0.07)
    assert times.mean().item() == pytest.approx(0.25, abs=0.05)
    assert seen[0][0].mean().item() == pytest.approx(0.5, abs=0.07)


@pytest.mark.slow
def test_a_short_training_beats_grey_and_starts_another_run(recipe: Path, tmp_path: Path) -> None:
    assert train(recipe, tmp_path / "run", "--learning-rate=1e-2", "--self-align=0.5", iterations=80) == 0
    scores = [row for row in rows(tmp_path / "run") if "validation_sad" in row]
    assert scores[-1]["validation_sad"] < scores[-1]["validation_grey_sad"]
    assert train(recipe, tmp_path / "second", f"--init={tmp_path / 'run'}", iterations=2) == 0
    first = next(row for row in rows(tmp_path / "second") if "validation_sad" in row)
    assert first["validation_sad"] == pytest.approx(min(row["validation_sad"] for row in scores))
    losses = [row["loss"] for row in rows(tmp_path / "run") if "loss" in row]
    assert np.mean(losses[-10:]) < 0.7 * np.mean(losses[:10])


def test_mistakes_are_said(recipe: Path, weights: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cases = {
        ("--side=48",): "--side is 48, expected a multiple of 32",
        ("--self-align=2",): "--self-align is 2.0, expected 0 to 1",
        ("--steps=0",): "steps is 0, expected at least 1",
        ("--backbone=a.pth",): "--backbone starts vit-s and vit-b; --encoder is res34",
        ("--encoder=vit-s", "--backbone=a.pth", "--init=b"): "--backbone and --init both say where to start from",
        ("--encoder=vit-s", "--backbone=a.pth"): "checkpoint a.pth does not exist",
        ("--encoder=vit-s", f"--init={weights}"): f"{weights} is of --encoder res34 --width 0.0625, expected "
        "--encoder vit-s --width 0.0625 --side 64",
    }
    for words, message in cases.items():
        assert train(recipe, tmp_path / "out", *words) == 2
        assert message in capsys.readouterr().err
