from pathlib import Path

import cv2
import numpy as np
import pytest

from matting_models.data.photographs import Photographs
from matting_models.pictures import PictureProblem


def test_the_latest_are_kept_within_the_bound(tmp_path: Path) -> None:
    for name in "abc":
        cv2.imwrite(str(tmp_path / f"{name}.png"), np.full((10, 10, 3), ord(name), np.uint8))
    photos = Photographs(600)  # two of 300 bytes
    first = photos.read(tmp_path / "a.png")
    photos.read(tmp_path / "b.png")
    assert photos.read(tmp_path / "a.png") is first
    photos.read(tmp_path / "c.png")  # b was used longest ago
    assert photos.size == 600
    assert photos.read(tmp_path / "a.png") is first
    (tmp_path / "b.png").unlink()
    with pytest.raises(PictureProblem, match="b.png does not exist"):
        photos.read(tmp_path / "b.png")


def test_one_larger_than_the_bound_is_read_but_not_kept(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "a.png"), np.full((10, 10, 3), 7, np.uint8))
    photos = Photographs(299)
    assert (photos.read(tmp_path / "a.png") == 7).all()
    assert photos.size == 0
