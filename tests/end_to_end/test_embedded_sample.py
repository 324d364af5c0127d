"""The job on the embedded sample, whose true alpha is known."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from pipelines.config import CocoMattingConfig
from pipelines.sample import build_sample
from tests.conftest import mattes

Run = Callable[..., dict[str, Any]]


@pytest.mark.slow
def test_mattes_are_closer_to_the_truth_than_masks(run: Run, tmp_path: Path) -> None:
    sample = build_sample(tmp_path / "sample")
    config = CocoMattingConfig(
        annotations=sample.annotations, images=sample.images, truth=sample.truth, out=tmp_path / "out"
    )
    summary = run(config, report=True)
    assert summary["counts"]["accepted"] >= 40
    assert summary["truth"]["instances"] == summary["counts"]["accepted"]
    assert summary["truth"]["matte"]["mse"] < 0.9 * summary["truth"]["mask"]["mse"]
    assert set(summary["rejects_by_reason"]) >= {"too_small", "crowd", "mask_degenerate"}
    assert {"tie", "wine glass", "handbag"} <= {c for r in mattes(config) for c in r.accessory_categories}
    page = tmp_path / "out" / "report" / "index.html"
    assert "wine glass" in page.read_text()
    for picture in (tmp_path / "out" / "report" / "assets").iterdir():
        with Image.open(picture) as image:
            image.verify()
