from pathlib import Path

import cv2
import numpy as np
import pytest

from matting_models.networks.net_m.backend import NetMBackend
from matting_models.predict import main


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    cv2.imwrite(str(tmp_path / "a.png"), np.random.default_rng(0).integers(0, 256, (40, 50, 3), np.uint8))
    return tmp_path / "a.png"


def predict(weights: Path, photo: Path, trimap: np.ndarray) -> int:
    cv2.imwrite(str(photo.with_name("t.png")), trimap)
    words = ["--weights", weights, "--image", photo, "--trimap", photo.with_name("t.png"), "--device", "cpu"]
    return main(["net-m", *map(str, words), "--out", str(photo.with_name("alpha.png"))])


def test_an_alpha_is_written(weights: Path, photo: Path) -> None:
    trimap = np.full((40, 50), 128, np.uint8)
    trimap[:5], trimap[-5:] = 0, 255
    assert predict(weights, photo, trimap) == 0
    image = cv2.imread(str(photo))[:, :, ::-1].copy()
    expected = NetMBackend(str(weights), "cpu")(image, trimap)
    np.testing.assert_array_equal(cv2.imread(str(photo.with_name("alpha.png")), 0), np.rint(expected * 255))


def test_mistakes_are_one_sentence(weights: Path, photo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    trimap, path = np.full((40, 50), 128, np.uint8), photo.with_name("t.png")
    trimap[0], other = 255, np.zeros((40, 49), np.uint8)
    other[0], other[1] = 255, 128
    cases = [
        (trimap, weights, f"--trimap {path} has no known background, expected a pixel of 0"),
        (other, weights, f"--trimap {path} is 49x40, the photo 50x40; expected the same"),
        (np.zeros((40, 50), np.uint8), weights, f"--trimap {path} has no known foreground, expected a pixel of 255"),
        (
            other,
            photo.parent,
            f"{photo.parent}/config.json does not exist; expected a folder that training net-m wrote",
        ),
    ]
    for given, folder, message in cases:
        assert predict(folder, photo, given) == 2
        assert capsys.readouterr().err == f"error: {message}\n"
