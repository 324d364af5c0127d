"""The job with networks in it: tiny random ones from disk through the real loading code."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from flows.workers.worker import agreement_for, backend_for, check_models
from pipelines.errors import UserError
from tests.conftest import Dataset, mattes, rejects, square, tree
from tests.tiny_models import save_diffmatte, save_net_m, save_sam, save_vitmatte

Run = Callable[..., dict[str, Any]]
OPEN = {"min_mask_iou": 0.0}
SAVE = {"diffmatte": save_diffmatte, "net-m": save_net_m, "vitmatte": save_vitmatte}


@pytest.fixture
def people(dataset: Dataset) -> Dataset:
    for image in range(1, 6):
        dataset.person(image)
    dataset.annotate(2, square(8, 10, 60))
    return dataset


@pytest.fixture(autouse=True)
def fresh_models() -> None:
    backend_for.cache_clear()
    agreement_for.cache_clear()


@pytest.mark.parametrize("backend", ["diffmatte", "net-m", "vitmatte"])
def test_networks_that_start_from_trimaps(people: Dataset, run: Run, tmp_path: Path, backend: str) -> None:
    weights = str(SAVE[backend](tmp_path / "tiny"))
    settings = {"backend": backend, "weights": weights, "device": "cpu", "batch_size": 2}
    config = people.config(matting=settings, quality=OPEN)
    assert check_models(config).startswith(f"{backend} (tiny@")
    run(config)
    rows = mattes(config)
    assert len(rows) == 6
    assert {r.matting_backend for r in rows} == {backend} and "tiny@" in str(rows[0].matting_revision)
    for row in rows:
        alpha = cv2.imread(str(config.out / str(row.alpha_path)), cv2.IMREAD_UNCHANGED)
        trimap = cv2.imread(str(config.out / str(row.trimap_path)), cv2.IMREAD_UNCHANGED)
        assert alpha is not None and trimap is not None
        assert (alpha[trimap == 255] == 255).all() and (alpha[trimap == 0] == 0).all()
        assert len(np.unique(alpha[trimap == 128])) > 3
    again = config.model_copy(update={"out": tmp_path / "again"})
    run(again)
    assert tree(again.out) == tree(config.out)


def test_agreement_gate(people: Dataset, run: Run, tmp_path: Path) -> None:
    weights = str(save_sam(tmp_path / "tiny-sam"))
    keep = people.config(quality=OPEN | {"sam_weights": weights, "min_sam_iou": 0.0}, matting={"device": "cpu"})
    run(keep)
    scores = [r.sam_iou for r in mattes(keep)]
    assert len(scores) == 6 and all(s is not None and 0 <= s <= 1 for s in scores)
    strict = people.config(quality=OPEN | {"sam_weights": weights, "min_sam_iou": 1.0}, matting={"device": "cpu"})
    run(strict)
    assert {r.reason for r in rejects(strict)} == {"sam_disagrees"}
    assert [r.sam_iou for r in rejects(strict)] == scores


@pytest.mark.parametrize(
    ("backend", "device", "message"),
    [
        ("vitmatte", "cpu", "architecture 'sam', expected 'vitmatte'"),
        ("vitmatte", "cuda", "CUDA was asked for, but torch sees no GPU; use device cpu or auto"),
    ],
)
def test_wrong_weights_and_absent_gpu(
    people: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, backend: str, device: str, message: str
) -> None:
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    weights = str(save_sam(tmp_path / "tiny-sam"))
    config = people.config(matting={"backend": backend, "weights": weights, "device": device})
    with pytest.raises(UserError) as error:
        check_models(config)
    assert message in str(error.value)
