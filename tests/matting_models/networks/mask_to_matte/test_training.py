"""The real command line, loader, loss, average and checkpoints, on a few drawn discs."""

import json
import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest

from matting_models.networks.mask_to_matte import MaskToMatte
from matting_models.networks.mask_to_matte.weights import read_weights, shipped_weights
from matting_models.train import main

pytestmark = pytest.mark.usefixtures("one_thread")


def train(recipe: Path, out: Path, *more: str) -> int:
    settings = {"iterations": 4, "batch-size": 2, "side": 32, "validate-every": 2, "checkpoint-every": 2,
                "log-every": 1, "workers": 0, "device": "cpu"}  # fmt: skip
    words = [f"--{name}={value}" for name, value in settings.items()]
    return main(["mask-to-matte", "--data", str(recipe), "--out", str(out), *words, *more])


def last_state(out: Path) -> bytes:
    return (out / "checkpoints" / "step-0000004" / "model.safetensors").read_bytes()


def test_stopped_and_resumed_is_never_stopped(recipe: Path, tmp_path: Path) -> None:
    straight, resumed = tmp_path / "straight", tmp_path / "resumed"
    assert train(recipe, straight) == 0
    shutil.copytree(straight, resumed)  # as it stood at iteration 2
    shutil.rmtree(resumed / "checkpoints" / "step-0000004")
    assert train(recipe, resumed, "--resume") == 0
    assert last_state(straight) == last_state(resumed)


def test_another_networks_run_is_left_as_it_is(
    recipe: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "run" / "checkpoints" / "step-0000002").mkdir(parents=True)
    settings = tmp_path / "run" / "settings.json"
    settings.write_text('{"backbone": "sam"}')
    assert train(recipe, tmp_path / "run", "--resume") == 2
    message = f"{settings} is of another network, which has --backbone; start with another --out"
    assert message in capsys.readouterr().err
    assert settings.read_text() == '{"backbone": "sam"}'


def test_what_it_writes_mattes_and_starts_another_run(recipe: Path, tmp_path: Path) -> None:
    assert train(recipe, tmp_path / "first", "--init", str(shipped_weights().parent)) == 0
    rows = [json.loads(line) for line in (tmp_path / "first" / "metrics.jsonl").read_text().splitlines()]
    ratios = [row[name] for row in rows for name in row if name.endswith("ratio")]
    assert len(ratios) == 3
    assert all(0 < ratio < 3 for ratio in ratios)
    assert read_weights(str(tmp_path / "first"))[1].startswith("first@")
    image = cv2.imread(str(recipe.parent / "images" / "0.png"))
    assert image is not None
    mask = np.zeros(image.shape[:2], np.uint8)
    mask[20:70, 15:65] = 1
    assert MaskToMatte(str(tmp_path / "first"), device="cpu").predict(image, mask).shape == mask.shape


def test_mistakes_are_said(recipe: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cases = {
        ("--side", "50"): "--side is 50, expected a multiple of 32",
        ("--init", "nowhere"): "weights nowhere do not exist; expected a folder with model.safetensors in it",
        ("--encoder", "nowhere.pth"): "nowhere.pth",
        ("--init", "a", "--encoder", "b"): "--encoder and --init both say where to start from; give one of them",
    }
    for words, message in cases.items():
        assert train(recipe, tmp_path / "out", *words) == 2
        assert message in capsys.readouterr().err
