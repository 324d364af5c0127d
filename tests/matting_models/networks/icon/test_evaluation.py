"""The real command line on a miniature ICM-57."""

import json
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest

from matting_models.evaluate import main
from matting_models.networks.icon.model import IconMatting
from matting_models.pictures import read_grey, read_photo
from tests.matting_models.evaluation import trees

pytestmark = pytest.mark.usefixtures("one_thread")


def evaluate(weights: Path, out: Path, *more: object) -> int:
    words = ["--model", "icon", "--weights", weights, "--device", "cpu", "--processes", 1, "--out", out, *more]
    return main([str(word) for word in words])


def test_several_references_give_a_mean_and_its_spread(
    weights: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root, out = trees.icm57(tmp_path / "root"), tmp_path / "out"
    assert evaluate(weights, out, "--dataset", "icm-57", "--root", root, "--references", 2) == 0
    rows = pd.read_parquet(out / "rows.parquet").set_index("sample_id")
    assert len(rows) == 12
    sads = [rows.sad[[f"{draw}/" in name for name in rows.index]].mean() for draw in (0, 1)]
    summary = json.loads((out / "summary.json").read_text())
    assert summary["values"]["sad"] == pytest.approx(np.mean(sads))
    assert summary["spread"]["sad"] == pytest.approx(np.std(sads, ddof=1))
    said = capsys.readouterr().out
    assert f"2 reference(s) drawn for each photo; spread of their means: SAD {np.std(sads, ddof=1):.2g}" in said
    assert "12 samples, while the published test set has 57" in said

    # The only one of its kind is found by itself.
    model = IconMatting.from_pretrained(weights, device="cpu")
    photo, alpha = (root / "ICM57" / name for name in ("image/red cup.jpg", "alpha/red cup.png"))
    tokens = model.tokens(model.reference_features(read_photo(photo)), read_grey(alpha))
    expected = model.predict(read_photo(photo), tokens).alpha
    written = cv2.imread(str(out / "predictions" / "0" / "red cup.png"), cv2.IMREAD_UNCHANGED)
    np.testing.assert_array_equal(written, np.floor(expected * 255 + 0.5))


def test_mistakes_are_said(weights: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = trees.icm57(tmp_path / "root")
    aim = trees.aim(tmp_path / "aim")
    of_icm = ("--dataset", "icm-57", "--root", root)
    cases = [
        (
            ("--dataset", "aim-500", "--root", aim),
            "--model icon starts from references, which only --dataset icm-57 has",
        ),
        ((*of_icm, "--references", 0), "--references is 0; expected at least 1"),
        ((*of_icm, "--mask", root), "--mask: not with a network that starts from references"),
    ]
    for given, message in cases:
        assert evaluate(weights, tmp_path / "out", *given) == 2
        assert message in capsys.readouterr().err
    assert main(["--model", "icon", *map(str, of_icm)]) == 2
    assert "--model icon needs --weights: a folder that training wrote" in capsys.readouterr().err
