from hashlib import sha256
from pathlib import Path

import cv2
import numpy as np

from pipelines.review.mended import keep_mended

from .conftest import instance


def test_both_are_kept_beside_the_machines_and_another_try_beside_the_first(tmp_path: Path) -> None:
    trimap, alpha = np.full((20, 20), 128, np.uint8), np.full((20, 20), 77, np.uint8)
    first = keep_mended(tmp_path, instance(1), trimap, alpha)
    assert first.alpha_path.startswith("reviews/mended/alphas/000000000001_1-")
    content = (tmp_path / first.alpha_path).read_bytes()
    assert sha256(content).hexdigest() == first.alpha_sha256
    np.testing.assert_array_equal(cv2.imread(str(tmp_path / first.trimap_path), cv2.IMREAD_UNCHANGED), trimap)
    second = keep_mended(tmp_path, instance(1), trimap, alpha + 1)
    assert second.trimap_path == first.trimap_path and second.alpha_path != first.alpha_path
    assert (tmp_path / first.alpha_path).read_bytes() == content
