"""The command line of prediction."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from matting_models.predict import main

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture
def image(tmp_path: Path) -> Path:
    cv2.imwrite(str(tmp_path / "a.png"), np.random.default_rng(0).integers(0, 256, (50, 60, 3), np.uint8))
    return tmp_path / "a.png"


def grey(path: Path, shape: tuple[int, int] = (50, 60), level: int = 255) -> Path:
    pixels = np.zeros(shape, np.uint8)
    pixels[10:30, 20:40] = level
    cv2.imwrite(str(path), pixels)
    return path


def run(weights: Path, image: Path, *words: str) -> int:
    out = image.with_name("alpha.png")
    return main(["smat", "--weights", str(weights), "--image", str(image), "--out", str(out), "--device=cpu", *words])


def read(image: Path, name: str = "alpha.png") -> np.ndarray:
    alpha = cv2.imread(str(image.with_name(name)), cv2.IMREAD_UNCHANGED)
    assert alpha is not None
    assert alpha.shape == (50, 60)
    return np.asarray(alpha)


def test_each_prompt_and_none(weights: Path, image: Path) -> None:
    stroke = str(grey(image.with_name("s.png")))
    words = [
        ["--box", "20", "10", "40", "30"],
        ["--mask", stroke],
        ["--scribble", stroke],
        ["--points", "25,20", "30,12.5"],
        [],
    ]
    alphas = []
    for each in words:
        assert run(weights, image, *each) == 0
        alphas.append(read(image))
    assert (alphas[0] == alphas[1]).all()
    assert (alphas[1] == alphas[2]).all()
    for other in alphas[3:]:
        assert (alphas[0] != other).any()
    assert run(weights, image, *words[0], "--box", "0", "0", "10", "10") == 0
    assert (read(image, "alpha-0.png") == alphas[0]).all()


def test_mistakes_are_one_sentence(
    weights: Path, image: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    empty, small = grey(tmp_path / "e.png", level=90), grey(tmp_path / "small.png", (40, 60))
    cases = {
        ("--points", "5,5", "--box", "0", "0", "9", "9"): "--box and --points are two kinds of prompt, expected one",
        ("--mask", str(small), "--scribble", str(small)): "--scribble and --mask are two kinds of prompt",
        ("--scribble", str(empty)): f"--scribble {empty} is empty: no pixel is above 127",
        ("--mask", str(small)): f"--mask {small} is 60x40, the photo 60x50; expected the same",
        ("--points", "70,5"): "point (70, 5) lies outside the image of 60 x 50 pixels",
        ("--box", "70", "0", "90", "9"): "box (70, 0, 90, 9) lies outside the image of 60 x 50 pixels",
    }
    for words, message in cases.items():
        assert run(weights, image, *words) == 2
        assert capsys.readouterr().err.startswith(f"error: {message}")
    assert run(tmp_path, image) == 2
    assert (
        capsys.readouterr().err
        == f"error: {tmp_path}/config.json does not exist; expected a folder that training smat wrote\n"
    )
    with pytest.raises(SystemExit):
        run(weights, image, "--points", "5")
    assert "'5' is no point, expected X,Y such as 120,80" in capsys.readouterr().err


def test_weights_of_another_network(
    image: Path, weights: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    text = (weights / "config.json").read_text()
    (other / "config.json").write_text(text.replace('"hidden_size": 16', '"hidden_size": 32'))
    (other / "model.safetensors").write_bytes((weights / "model.safetensors").read_bytes())
    assert run(other, image) == 2
    said = capsys.readouterr().err
    assert "model.safetensors does not fit its config.json" in said
    (other / "config.json").write_text(text.replace('"network": "smat"', '"network": "net-m"'))
    assert run(other, image) == 2
    assert "is of network 'net-m', expected 'smat'" in capsys.readouterr().err
