import subprocess
import sys
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import torch

from matting_models.networks.icon.backbone import Diffusion
from matting_models.networks.icon.model import IconMatting
from matting_models.networks.icon.tiny import save_tiny
from matting_models.predict import main

from .conftest import disc

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture
def given(weights: Path, tmp_path: Path) -> dict[str, Path]:
    """Arguments of a good call: a reference with its mask, two photos, one of them in a folder of its own."""
    (tmp_path / "photos" / "more").mkdir(parents=True)
    reference, mask = disc(90, 120, x=40, y=45)
    pictures = {
        "ref.png": reference[:, :, ::-1],
        "m.png": mask,
        "photos/a.png": disc(60, 80, x=30, y=30)[0][:, :, ::-1],
        "photos/more/b.png": disc(80, 60, x=30, y=30)[0],
    }
    for name, pixels in pictures.items():
        cv2.imwrite(str(tmp_path / name), pixels)
    return {"weights": weights, "reference": tmp_path / "ref.png", "reference-mask": tmp_path / "m.png",
            "images": tmp_path / "photos", "out": tmp_path / "mattes"}  # fmt: skip


def predict(given: dict[str, Path]) -> int:
    return main(["icon", "--device=cpu", *(f"--{name}={value}" for name, value in given.items())])


def test_every_photo_of_a_folder_gets_its_matte(
    given: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "photos" / "broken.png").write_bytes(b"no picture")
    assert predict(given) == 1
    said = capsys.readouterr()
    assert said.err.splitlines()[-1] == f"error: {tmp_path}/photos/broken.png cannot be decoded (10 bytes)"
    assert said.out.split() == [f"{tmp_path}/mattes/{name}.png" for name in ("a", "more/b")]
    model = IconMatting.from_pretrained(given["weights"], device="cpu")
    reference, mask = disc(90, 120, x=40, y=45)
    tokens = model.tokens(model.reference_features(reference), mask)
    expected = model.predict(disc(60, 80, x=30, y=30)[0], tokens).alpha
    np.testing.assert_array_equal(cv2.imread(str(tmp_path / "mattes" / "a.png"), 0), np.rint(expected * 255))


def test_mistakes_are_one_sentence(given: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cv2.imwrite(str(tmp_path / "small.png"), np.full((90, 119), 255, np.uint8))
    cv2.imwrite(str(tmp_path / "black.png"), np.zeros((90, 120), np.uint8))
    (tmp_path / "empty").mkdir()
    other = save_tiny(tmp_path / "other", seed=1)
    small, black, photos = tmp_path / "small.png", tmp_path / "black.png", tmp_path / "photos"
    cases = [
        ("reference-mask", small, f"--reference-mask {small} is 119x90, the reference 120x90; expected the same"),
        ("reference-mask", black, f"--reference-mask {black} is empty: no pixel is above 127"),
        ("images", tmp_path / "empty", f"--images {tmp_path}/empty has no pictures, expected files ending in .jpg"),
        ("images", tmp_path / "none", f"--images {tmp_path}/none is not a folder, expected one of photos"),
        ("out", photos / "out", f"--out {photos}/out is inside --images {photos}; mattes"),
        ("backbone", other, f"{given['weights']} was trained on backbone tiny@"),
    ]
    for name, value, message in cases:
        assert predict(given | {name: value}) == 2
        assert f"error: {message}" in capsys.readouterr().err


def test_a_reference_that_cannot_be_read_is_one_sentence(
    given: dict[str, Path], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(*_: Any) -> torch.Tensor:
        raise torch.OutOfMemoryError

    monkeypatch.setattr(Diffusion, "reference", full)
    assert predict(given) == 2
    expected = f"error: --reference {given['reference']}: out of GPU memory: use precision bf16, or device cpu"
    assert expected in capsys.readouterr().err.splitlines()

    monkeypatch.setattr(Diffusion, "reference", lambda *_: torch.full((1, 16, 8, 8), torch.nan))
    assert predict(given) == 2
    expected = f"error: --reference {given['reference']}: the network's output is not finite: its weights are damaged"
    assert expected in capsys.readouterr().err.splitlines()


def test_without_diffusers_one_sentence_names_the_extra() -> None:
    code = (
        "import sys; sys.modules['diffusers'] = None\n"
        "from matting_models.predict import main; sys.exit(main(['icon', '--help']))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr == "error: prediction needs diffusers, which is not installed: pip install 'mask2matte[icon]'\n"
