"""Trimaps from the command line."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from matting_models.networks.net_t.predictor import TrimapNetwork
from matting_models.predict import main

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """A photo ``a.png`` and masks of it; returns their folder."""
    photo = np.random.default_rng(0).integers(0, 256, (80, 100, 3), np.uint8)
    mask = np.zeros((80, 100), np.uint8)
    mask[30:50, 40:60] = 255
    for name, picture in {"a": photo, "mask": mask, "small": mask[:40], "empty": 0 * mask}.items():
        cv2.imwrite(str(tmp_path / f"{name}.png"), picture)
    return tmp_path


def run(net_t: Path | str, folder: Path, mask: str = "mask") -> int:
    files = ["--image", str(folder / "a.png"), "--mask", str(folder / f"{mask}.png"), "--out", str(folder / "t.png")]
    return main(["net-t", "--weights", str(net_t), *files, "--device", "cpu"])


def test_what_is_written_is_the_trimap(net_t: Path, pictures: Path) -> None:
    assert run(net_t, pictures) == 0
    image = cv2.imread(str(pictures / "a.png"))
    assert image is not None
    mask = np.zeros((80, 100), np.uint8)
    mask[30:50, 40:60] = 1
    expected = TrimapNetwork(net_t, "cpu").trimap(image[:, :, ::-1].copy(), mask)
    assert 128 in expected
    assert np.array_equal(cv2.imread(str(pictures / "t.png"), cv2.IMREAD_UNCHANGED), expected)


def test_mistakes_are_one_sentence(net_t: Path, pictures: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cases = [
        (net_t, "small", "small.png is 100x40, the photo 100x80; expected the same"),
        (net_t, "empty", "empty.png is empty: no pixel is above 127"),
        (net_t, "none", "none.png does not exist"),
        ("nowhere", "mask", "weights nowhere/config.json do not exist; expected a folder that training wrote"),
    ]
    for weights, mask, message in cases:
        assert run(weights, pictures, mask) == 2
        assert message in capsys.readouterr().err
    assert not (pictures / "t.png").exists()
