"""The real command line, loader, loss and checkpoints, on a few drawn discs."""

import json
import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest

from matting_models.networks.net_m import NetM
from matting_models.networks.net_m.config import NetMConfig
from matting_models.train import main

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture(scope="module")
def recipe(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("discs")
    for folder in ("images", "alphas"):
        (root / folder).mkdir()
    rng = np.random.default_rng(0)
    for number in range(4):
        rows, columns = np.mgrid[:70, :90]
        alpha = np.clip((22 - np.hypot(rows - 35, columns - 30 - 8 * number)) / 8 + 0.5, 0, 1)[..., None]
        photo = alpha * (230, 200, 180) + (1 - alpha) * (20, 60, 40) + rng.normal(0, 3, (70, 90, 3))
        cv2.imwrite(str(root / "images" / f"{number}.png"), np.clip(photo, 0, 255).astype(np.uint8))
        cv2.imwrite(str(root / "alphas" / f"{number}.png"), (alpha * 255).astype(np.uint8))
    sources = [
        f'[[{part}]]\nkind = "pairs"\nimages = "images"\nalphas = "alphas"\n' for part in ("train", "validation")
    ]
    (root / "recipe.toml").write_text("".join(sources))
    return root / "recipe.toml"


def train(recipe: Path, out: Path, *more: str, iterations: int = 4) -> int:
    settings = {"iterations": iterations, "batch-size": 2, "side": 64, "width": 0.125, "warmup": 2,
                "validate-every": iterations // 2, "checkpoint-every": iterations // 2, "log-every": 1, "workers": 0,
                "device": "cpu"}  # fmt: skip
    words = [f"--{name}={value}" for name, value in settings.items()]
    return main(["net-m", "--data", str(recipe), "--out", str(out), *words, *more])


def rows(out: Path) -> list[dict[str, float]]:
    return [json.loads(line) for line in (out / "metrics.jsonl").read_text().splitlines()]


@pytest.mark.slow
def test_stopped_and_resumed_is_never_stopped(recipe: Path, tmp_path: Path) -> None:
    straight, resumed = tmp_path / "straight", tmp_path / "resumed"
    assert train(recipe, straight) == 0
    shutil.copytree(straight, resumed)  # as it stood at iteration 2
    shutil.rmtree(resumed / "checkpoints" / "step-0000004")
    assert train(recipe, resumed, "--resume") == 0
    last = "checkpoints/step-0000004/model.safetensors"
    assert (straight / last).read_bytes() == (resumed / last).read_bytes()


@pytest.mark.slow
def test_a_short_training_beats_grey_and_starts_another_run(recipe: Path, tmp_path: Path) -> None:
    assert train(recipe, tmp_path / "run", "--learning-rate=4e-3", iterations=40) == 0
    logged = rows(tmp_path / "run")
    losses = [row["loss"] for row in logged if "loss" in row]
    assert np.mean(losses[-5:]) < 0.7 * np.mean(losses[:5])
    scores = [row for row in logged if "validation_sad" in row]
    assert scores[-1]["validation_sad"] < scores[-1]["validation_grey_sad"]
    assert NetM.from_pretrained(tmp_path / "run").config == NetMConfig(0.125)
    assert train(recipe, tmp_path / "second", f"--init={tmp_path / 'run'}", iterations=2) == 0
    first = next(row for row in rows(tmp_path / "second") if "validation_sad" in row)
    assert first["validation_sad"] == pytest.approx(scores[-1]["validation_sad"])


def test_mistakes_are_said(recipe: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    NetM(NetMConfig(width=0.25)).save_pretrained(tmp_path / "wide")
    wide = tmp_path / "wide"
    cases = {
        "--side=50": "--side is 50, expected a multiple of 32",
        "--width=0": "width is 0.0, expected above 0 and at most 4",
        "--init=nowhere": "nowhere/config.json does not exist; expected a folder that training net-m wrote",
        f"--init={wide}": f"{wide} is of width 0.25, expected --width 0.125",
    }
    for word, message in cases.items():
        assert train(recipe, tmp_path / "out", word) == 2
        assert message in capsys.readouterr().err
