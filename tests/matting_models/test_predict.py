import re
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from matting_models.networks.semat import SEMat
from matting_models.networks.semat.tiny import save_tiny
from matting_models.predict import main


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("weights")
    model = SEMat.create(str(save_tiny("sam", root / "sam", 64)), decoder_channels=(4, 8, 8, 16))
    model.save_pretrained(root / "semat")
    return root / "semat"


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    pixels = np.random.default_rng(0).integers(0, 256, (40, 50, 3), np.uint8)
    cv2.imwrite(str(tmp_path / "a.png"), pixels)
    return tmp_path / "a.png"


def run(weights: Path, photo: Path, out: Path, *more: str, box: str = "5 5 30 30") -> int:
    words = ["--weights", str(weights), "--image", str(photo), "--box", *box.split(), "--out", str(out), *more]
    return main(["semat", *words, "--device", "cpu"])


def test_one_box(weights: Path, photo: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "new" / "alpha.png"
    assert run(weights, photo, out) == 0
    assert capsys.readouterr().out == f"{out}\n"
    alpha = cv2.imread(str(out), cv2.IMREAD_UNCHANGED)
    image = cv2.imread(str(photo))[:, :, ::-1].copy()
    expected = SEMat.from_pretrained(weights, device="cpu").predict(image, (5, 5, 30, 30))
    np.testing.assert_array_equal(alpha, np.rint(expected * 255))


def test_several_boxes(weights: Path, photo: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(weights, photo, tmp_path / "alpha.png", "--box", "0", "0", "50", "40") == 0
    paths = [tmp_path / "alpha-0.png", tmp_path / "alpha-1.png"]
    assert capsys.readouterr().out.split() == list(map(str, paths))
    first, second = (cv2.imread(str(path), 0) for path in paths)
    assert first.shape == second.shape == (40, 50)
    model = SEMat.from_pretrained(weights, device="cpu")
    model.set_image(cv2.imread(str(photo))[:, :, ::-1].copy())
    for alpha, written in zip(model.predict_boxes([(5, 5, 30, 30), (0, 0, 50, 40)]), (first, second), strict=True):
        np.testing.assert_array_equal(written, np.rint(alpha * 255))


@pytest.mark.parametrize(
    ("box", "message"),
    [
        ("30 5 30 30", "box .* is empty"),
        ("60 5 90 30", "lies outside the image of 50 x 40 pixels"),
        ("nan 5 30 30", "box .* not finite|box .* finite"),
    ],
)
def test_bad_boxes(
    weights: Path, photo: Path, tmp_path: Path, box: str, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(weights, photo, tmp_path / "alpha.png", box=box) == 2
    error = capsys.readouterr().err.splitlines()[-1]
    assert error.startswith("error: ")
    assert re.search(message, error), error
    assert not (tmp_path / "alpha.png").exists()


def test_bad_files(weights: Path, photo: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def said() -> str:
        return capsys.readouterr().err.splitlines()[-1]

    out = tmp_path / "alpha.png"
    assert run(weights, tmp_path / "none.jpg", out) == 2
    assert said() == f"error: {tmp_path / 'none.jpg'} does not exist"
    (tmp_path / "torn.jpg").write_bytes(b"torn")
    assert run(weights, tmp_path / "torn.jpg", out) == 2
    assert said() == f"error: {tmp_path / 'torn.jpg'} cannot be decoded (4 bytes)"
    assert run(weights, photo, tmp_path / "alpha.jpg") == 2
    assert said() == f"error: --out {tmp_path / 'alpha.jpg'} is no .png file, the only format an alpha is written in"
    assert run(weights, photo, photo) == 2
    assert said() == f"error: --out {photo} is the photo itself"
    assert run(weights, photo, tmp_path / "torn.jpg" / "alpha.png") == 2
    assert said() == f"error: {tmp_path / 'torn.jpg'}: File exists"
    assert run(tmp_path / "none", photo, out) == 2
    assert said() == f"error: weights folder {tmp_path / 'none'} does not exist"
    assert run(tmp_path, photo, out) == 2
    assert said().endswith("has no config.json; expected what training writes to --out")
    (tmp_path / "checkpoints").mkdir()
    assert run(tmp_path, photo, out) == 2
    assert said().endswith("to --out; before the first validation, take one of its checkpoints")
    assert not out.exists()


def test_out_of_memory_names_what_to_do(
    weights: Path, photo: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise torch.OutOfMemoryError("CUDA out of memory.")

    monkeypatch.setattr(SEMat, "encode", fail)
    assert run(weights, photo, tmp_path / "alpha.png") == 2
    expected = "error: out of GPU memory: use --precision bf16, or --device cpu"
    assert capsys.readouterr().err.splitlines()[-1] == expected
