"""The propagation job with networks in it: tiny random ones from disk through the real loading code."""

from collections.abc import Callable
from pathlib import Path

import pytest

from pipelines.storage.manifest import read_folder
from tests.conftest import tree
from tests.tiny_models import save_dinov2, save_dinov3, save_sam2, save_sam_hq
from tests.views import Views, propagate

CASES = [("dinov2", save_dinov2, "sam2", save_sam2), ("dinov3", save_dinov3, "hq-sam", save_sam_hq)]


@pytest.mark.parametrize(("features", "save_features", "segmenter", "save_segmenter"), CASES)
def test_networks(
    tmp_path: Path,
    one_thread: None,
    features: str,
    save_features: Callable[[Path], Path],
    segmenter: str,
    save_segmenter: Callable[[Path], Path],
) -> None:
    views = Views(tmp_path / "views")
    views.target("a.png", (70, 50))
    views.target("b.png", (20, 30), background=10)
    settings = {
        "features": features,
        "features_weights": str(save_features(tmp_path / "features")),
        "segmenter": segmenter,
        "segmenter_weights": str(save_segmenter(tmp_path / "segmenter")),
        "device": "cpu",
        # Random networks segment anything: every gate is open, so that the whole way is gone.
        "search": {"min_score": 0, "min_similarity": -1, "min_agreement": 0},
        "quality": {"min_area": 1, "min_mask_iou": 0, "max_unknown_fraction": 1},
    }
    config = views.config(marks=[{"image": views.reference, "points": "80,70 20,20:-"}], **settings)
    summary = propagate(config)
    assert summary["counts"]["images"] == 2
    rows = [*read_folder(config.out / "manifest"), *read_folder(config.out / "rejects")]
    assert {row.image_path for row in rows} == {"a.png", "b.png"}
    for row in rows:
        assert str(row.features).startswith("dino (features@") and str(row.segmenter).startswith("sam (segmenter@")
        assert row.prompts is not None and [p["positive"] for p in row.prompts[:2]] == [True, False]
    assert (config.out / "report" / "index.html").is_file()
    cached = sorted((views.root / "cache").rglob("*.npz"))
    assert len(cached) == 4  # features and encodings of two targets
    again = config.model_copy(update={"out": tmp_path / "again"})
    propagate(again)
    assert tree(again.out) == tree(config.out)
