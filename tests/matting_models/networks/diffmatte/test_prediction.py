from pathlib import Path

import cv2
import numpy as np
import pytest

from matting_models.networks.diffmatte.backend import DiffMatteBackend
from matting_models.predict import main


def test_an_alpha_is_written(weights: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    image = np.random.default_rng(0).integers(0, 256, (40, 50, 3), np.uint8)
    trimap = np.full((40, 50), 128, np.uint8)
    trimap[:5], trimap[-5:] = 0, 255
    for name, picture in (("a.png", image[:, :, ::-1]), ("t.png", trimap)):
        cv2.imwrite(str(tmp_path / name), picture)
    words = ["diffmatte", f"--weights={weights}", f"--image={tmp_path}/a.png", f"--trimap={tmp_path}/t.png",
             f"--out={tmp_path}/alpha.png", "--device=cpu"]  # fmt: skip
    assert main([*words, "--steps=2", "--seed=3"]) == 0
    expected = DiffMatteBackend(str(weights), "cpu", steps=2, seed=3)(image, trimap)
    np.testing.assert_array_equal(cv2.imread(str(tmp_path / "alpha.png"), 0), np.rint(expected * 255))
    assert main([*words, "--steps=0"]) == 2
    assert capsys.readouterr().err == "error: steps is 0, expected at least 1\n"
