"""``authors.json``: what SEMat's and ViTMatte's authors' evaluation code made of the drawn pictures."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from matting_models.boxes import box_of
from matting_models.evaluation.judge import judge
from matting_models.evaluation.predictions import Task
from matting_models.evaluation.protocols import PROTOCOLS
from matting_models.evaluation.reading import read_sized_photo, read_truth, resize_photo
from matting_models.evaluation.samples import Sample
from matting_models.networks.semat.preparation import prepare_box
from tests.matting_models.evaluation.drawn import drawn_photo, drawn_prediction, drawn_trimap, drawn_truth

AUTHORS = json.loads((Path(__file__).parent / "authors.json").read_text())


def written(path: Path, pixels: np.ndarray) -> Path:
    cv2.imwrite(str(path), pixels[:, :, ::-1] if pixels.ndim == 3 else pixels)
    return path


@pytest.mark.parametrize("seed", range(len(AUTHORS["semat"])))
def test_semats_evaluation(seed: int, tmp_path: Path) -> None:
    theirs = AUTHORS["semat"][seed]
    (height, width), protocol = theirs["size"], PROTOCOLS["semat"]
    grey = drawn_truth(height, width, seed)
    truth = written(tmp_path / "truth.png", grey)
    size = protocol.size(height, width)
    assert list(size) == theirs["scaled"]

    prediction = written(tmp_path / "prediction.png", drawn_prediction(grey, size, seed))
    (row,) = judge(Task(Sample("a", "a", (truth,)), (prediction,)), protocol)
    found = {"sad": row["sad"], "mse": row["mse"], "mad": row["mad"], "grad": row["grad"], "conn": row["conn_port"]}
    assert found == pytest.approx({name: theirs[name] for name in found}, rel=1e-5)

    photo = read_sized_photo(written(tmp_path / "photo.png", drawn_photo(height, width, seed)), (height, width))
    rows, columns = size[0] * np.arange(1, 9) // 9, size[1] * np.arange(1, 7) // 7
    seen = resize_photo(photo, size)[rows][:, columns].reshape(-1, 3) / 255
    np.testing.assert_allclose(seen, theirs["photo"], atol=1e-6)

    box = box_of((read_truth(truth, protocol)[0] > 0).view(np.uint8))
    assert prepare_box(box, *size, 1024, "released").tolist() == theirs["box"]


@pytest.mark.parametrize("seed", range(len(AUTHORS["vitmatte"])))
def test_vitmattes_and_diffmattes_quick_evaluation(seed: int, tmp_path: Path) -> None:
    theirs = AUTHORS["vitmatte"][seed]
    height, width = theirs["size"]
    grey = drawn_truth(height, width, seed)
    truth, trimap = written(tmp_path / "truth.png", grey), written(tmp_path / "t.png", drawn_trimap(height, width))
    prediction = written(tmp_path / "prediction.png", drawn_prediction(grey, (height, width), seed))
    task = Task(Sample("a", "a", (truth,), trimap=trimap), (prediction,))
    (row,) = judge(task, PROTOCOLS["composition-1k"])
    assert (row["sad"], row["mse"]) == pytest.approx((theirs["sad"], theirs["mse"]), rel=1e-5)
