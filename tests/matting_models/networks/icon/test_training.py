"""The real command line, loader, loss and checkpoints, on a few drawn discs."""

import json
import shutil
from pathlib import Path

import cv2
import pytest

from matting_models.networks.icon.model import IconMatting
from matting_models.networks.icon.tiny import save_tiny
from matting_models.train import main

from .conftest import disc

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture(scope="module")
def recipe(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("discs")
    for folder in ("images", "alphas"):
        (root / folder).mkdir()
    for number in range(4):
        image, alpha = disc(90, 110, x=35 + 12 * number, y=45)
        cv2.imwrite(str(root / "images" / f"{number}.png"), image[:, :, ::-1])
        cv2.imwrite(str(root / "alphas" / f"{number}.png"), alpha)
    sources = [
        f'[[{part}]]\nkind = "in-context"\nimages = "images"\nalphas = "alphas"\n' for part in ("train", "validation")
    ]
    (root / "recipe.toml").write_text("".join(sources))
    return root / "recipe.toml"


def train(recipe: Path, backbone: Path, out: Path, *more: str, iterations: int = 2) -> int:
    settings = {"iterations": iterations, "batch-size": 2, "side": 64, "width": 0.125, "ensemble": 1, "warmup": 2,
                "validate-every": iterations // 2, "checkpoint-every": iterations // 2, "log-every": 1, "workers": 0,
                "device": "cpu"}  # fmt: skip
    words = [f"--{name}={value}" for name, value in settings.items()]
    return main(["icon", "--data", str(recipe), "--backbone", str(backbone), "--out", str(out), *words, *more])


@pytest.mark.slow
def test_stopped_and_resumed_is_never_stopped(recipe: Path, backbone: Path, tmp_path: Path) -> None:
    straight, resumed = tmp_path / "straight", tmp_path / "resumed"
    assert train(recipe, backbone, straight) == 0
    shutil.copytree(straight, resumed)  # as it stood at iteration 1
    shutil.rmtree(resumed / "checkpoints" / "step-0000002")
    assert train(recipe, backbone, resumed, "--resume") == 0
    last = "checkpoints/step-0000002/model.safetensors"
    assert (straight / last).read_bytes() == (resumed / last).read_bytes()
    logged = [json.loads(line) for line in (straight / "metrics.jsonl").read_text().splitlines()]
    scores = next(row for row in logged if "validation_sad" in row)
    assert scores["validation_copied_sad"] != scores["validation_empty_sad"] > 0
    assert IconMatting.from_pretrained(straight, device="cpu").config.side == 64


def test_mistakes_are_said(
    recipe: Path, backbone: Path, weights: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = save_tiny(tmp_path / "other", seed=1)
    cases = [
        (backbone, "--side=100", "side is 100, expected a multiple of 64"),
        (tmp_path / "none", "--side=64", f"backbone {tmp_path}/none has no unet/config.json"),
        (backbone, f"--init={weights}", f"{weights} is of side 128, width 0.125, timestep 200 and ensemble 2; expected "
                                        "--side 64 --width 0.125 --timestep 200 --ensemble 1"),
        (other, f"--init={weights}", f"{weights} was trained on backbone tiny@"),
    ]  # fmt: skip
    (tmp_path / "none").mkdir()
    for given, word, message in cases:
        assert train(recipe, given, tmp_path / "out", word) == 2
        assert message in capsys.readouterr().err
    assert main(["icon", "--manifest", "m", "--images", "i", "--backbone", str(backbone)]) == 2
    assert 'icon trains from --data: a recipe whose sources are of kind "in-context"' in capsys.readouterr().err
    assert main(["icon", "--data", str(recipe)]) == 2
    assert "--backbone is missing: a Stable Diffusion model, hub name or local folder" in capsys.readouterr().err
