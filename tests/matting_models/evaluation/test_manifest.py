from datetime import UTC, datetime
from pathlib import Path

import cv2
import numpy as np
import pytest

from matting_models.evaluate import main
from matting_models.evaluation.manifest import is_manifest, read_manifest
from pipelines.config import CocoMattingConfig
from pipelines.review.decisions import Decision, Ledger
from pipelines.review.mended import keep_mended
from tests.conftest import Dataset, label, mattes


@pytest.fixture
def config(dataset: Dataset) -> CocoMattingConfig:
    for image in (1, 2, 3):
        dataset.person(image)
    config = dataset.config(matting={"backend": "closed-form"})
    label(config)
    return config


def test_mattes_that_people_accepted_are_the_truth(config: CocoMattingConfig, tmp_path: Path) -> None:
    rows = mattes(config)
    trimap = np.zeros((rows[1].image_height, rows[1].image_width), np.uint8)
    trimap[20:40, 20:40] = 255
    mended = keep_mended(config.out, rows[1], trimap, trimap)
    ledger, now = Ledger(config.out), datetime.now(UTC)
    ledger.add(Decision(rows[0].sample_id, str(rows[0].alpha_sha256), "accepted", "ann", now))
    ledger.add(Decision(rows[1].sample_id, str(rows[1].alpha_sha256), "accepted", "ann", now, mended=mended))
    manifest = config.out / "manifest"
    samples = read_manifest(manifest, config.images, "accepted")
    assert is_manifest(manifest) and not is_manifest(config.images)
    assert [sample.id for sample in samples] == [rows[0].sample_id, rows[1].sample_id]
    assert samples[1].truths == (config.out.resolve() / mended.alpha_path,)
    for sample in samples:
        truth = cv2.imread(str(sample.truths[0]), cv2.IMREAD_UNCHANGED)
        (tmp_path / "pred").mkdir(exist_ok=True)
        cv2.imwrite(str(tmp_path / "pred" / f"{sample.id}.png"), truth)
    words = ["--pred", str(tmp_path / "pred"), "--gt", str(manifest), "--image", str(config.images)]
    more = ["--out", str(tmp_path / "evaluation"), "--processes", "1"]
    assert main([*words, "--reviewed", "accepted", *more]) == 0
    assert "| 0" in (tmp_path / "evaluation" / "table.md").read_text()


@pytest.mark.parametrize(
    "words, sentence",
    [
        ([], "is a labelling manifest: give --image, the folder of its photos"),
        (["--image", "IMAGES", "--reviewed", "accepted"], "nobody has reviewed it yet"),
        (["--image", "IMAGES", "--trimap", "IMAGES"], "has trimaps of its own; leave out --trimap"),
    ],
)
def test_mistakes(
    config: CocoMattingConfig, capsys: pytest.CaptureFixture[str], words: list[str], sentence: str
) -> None:
    given = [str(config.images) if word == "IMAGES" else word for word in words]
    assert main(["--pred", str(config.out / "alphas"), "--gt", str(config.out / "manifest"), *given]) == 2
    assert sentence in capsys.readouterr().err


def test_reviews_are_of_manifests(config: CocoMattingConfig, capsys: pytest.CaptureFixture[str]) -> None:
    folder = str(config.out / "alphas")
    assert main(["--pred", folder, "--gt", folder, "--reviewed", "accepted"]) == 2
    assert "--reviewed goes with a labelling manifest" in capsys.readouterr().err
