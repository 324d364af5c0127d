"""The whole labelling on real COCO images and real panoptic files."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from matting_models.networks.semat.tiny import save_tiny
from matting_models.predict import main as predict
from matting_models.train import main as train
from pipelines.config import CocoMattingConfig
from tests.conftest import SHARED, mattes, rejects

pytestmark = pytest.mark.skipif(not SHARED.is_dir(), reason="needs the shared COCO samples")
Run = Callable[..., dict[str, Any]]


@pytest.mark.parametrize(
    ("split", "subjects", "fused"),
    [pytest.param("train2017", 182, 37, marks=pytest.mark.slow), ("val2017", 150, 27)],
)
def test_instances(split: str, subjects: int, fused: int, run: Run, tmp_path: Any) -> None:
    sample = SHARED / "coco-sample"
    config = CocoMattingConfig(
        annotations=sample / "annotations" / f"instances_{split}.json", images=sample / "images" / split, out=tmp_path
    )
    summary = run(config)
    counts = summary["counts"]
    assert (counts["subjects"], counts["accessories_fused"]) == (subjects, fused)
    assert counts["subjects"] == counts["accepted"] + counts["subjects_rejected"]
    assert set(summary["rejects_by_reason"]) <= {"too_small", "crowd", "matte_disagrees", "mostly_unknown"}
    assert counts["accepted"] == len(mattes(config)) > subjects / 3
    for row in mattes(config):
        alpha = cv2.imread(str(config.out / str(row.alpha_path)), cv2.IMREAD_UNCHANGED)
        trimap = cv2.imread(str(config.out / str(row.trimap_path)), cv2.IMREAD_UNCHANGED)
        assert alpha is not None and trimap is not None
        assert alpha.shape == (row.image_height, row.image_width)
        assert (alpha[trimap == 255] == 255).all() and (alpha[trimap == 0] == 0).all()
        # A matte, not a mask: some of the unknown region lies between the two.
        assert ((alpha > 12) & (alpha < 243)).any()


@pytest.mark.parametrize(
    ("annotations", "pngs"),
    [
        ("panoptic_examples.json", "panoptic_examples"),
        ("panoptic_coco_detection_format.json", None),
    ],
)
def test_panoptic_and_its_detection_form(annotations: str, pngs: str | None, run: Run, tmp_path: Any) -> None:
    data = SHARED / "coco-panoptic-sample" / "sample_data"
    config = CocoMattingConfig(
        annotations=data / annotations, images=data / "input_images", panoptic=pngs and data / pngs, out=tmp_path
    )
    counts = run(config)["counts"]
    assert counts["subjects"] == 28 and counts["accepted"] > 5


def test_both_forms_give_the_same_mattes(run: Run, tmp_path: Any) -> None:
    data = SHARED / "coco-panoptic-sample" / "sample_data"
    alphas = []
    for annotations, pngs in (
        ("panoptic_examples.json", "panoptic_examples"),
        ("panoptic_coco_detection_format.json", ""),
    ):
        config = CocoMattingConfig(
            annotations=data / annotations,
            images=data / "input_images",
            panoptic=data / pngs if pngs else None,
            out=tmp_path / annotations,
        )
        run(config)
        pictures = [cv2.imread(str(config.out / str(r.alpha_path)), cv2.IMREAD_UNCHANGED) for r in mattes(config)]
        alphas.append(sorted(p.tobytes() for p in pictures if p is not None))
        assert all(r.reason for r in rejects(config))
    assert len(alphas[0]) == len(alphas[1]) and np.mean([a == b for a, b in zip(*alphas, strict=True)]) == 1.0


@pytest.mark.slow
@pytest.mark.usefixtures("one_thread")
def test_training_straight_from_the_manifest(run: Run, tmp_path: Path) -> None:
    sample = SHARED / "coco-sample"
    images = sample / "images" / "train2017"
    config = CocoMattingConfig(
        annotations=sample / "annotations" / "instances_train2017.json", images=images, out=tmp_path / "out"
    )
    run(config)
    given = {
        "manifest": config.out / "manifest", "images": images, "backbone": save_tiny("sam2", tmp_path / "sam2"),
        "out": tmp_path / "run", "iterations": 60, "batch-size": 4, "learning-rate": 1e-3, "warmup": 2, "log-every": 1,
        "validation-fraction": 0.1, "device": "cpu", "workers": 1,
    }  # fmt: skip
    flags = [str(word) for name, value in given.items() for word in (f"--{name}", value)]
    assert train(["semat", *flags, "--decoder-channels", "4", "8", "8", "16"]) == 0
    rows = [json.loads(line) for line in (tmp_path / "run" / "metrics.jsonl").read_text().splitlines()]
    known = [row["known_l1"] for row in rows if "known_l1" in row]  # the whole loss is mostly how soft a batch is
    assert np.mean(known[-20:]) < np.mean(known[:20])
    assert not (tmp_path / "run" / "skipped.json").exists()
    mean_sad = {row["step"]: row["validation_sad"] for row in rows if "validation_sad" in row}
    assert mean_sad[60] < mean_sad[0]
    row = mattes(config)[0]
    x, y, width, height = row.bbox
    box = [str(v) for v in (x, y, x + width, y + height)]
    words = ["--weights", str(tmp_path / "run"), "--image", str(images / row.image_path), "--box", *box]
    assert predict(["semat", *words, "--out", str(tmp_path / "alpha.png"), "--device", "cpu"]) == 0
    alpha = cv2.imread(str(tmp_path / "alpha.png"), cv2.IMREAD_UNCHANGED)
    assert alpha is not None and alpha.shape == (row.image_height, row.image_width)
