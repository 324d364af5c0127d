from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matting_models.data.composite_source import CompositeSource, composite, cover
from matting_models.data.sample import BadSample
from matting_models.errors import MissingError
from tests.matting_models.data.conftest import rng, write_pairs


def test_the_compositing_equation() -> None:
    foreground, background = np.array([[[200, 100, 0]]], np.uint8), np.array([[[100, 200, 10]]], np.uint8)
    for alpha, expected in ((0, [100, 200, 10]), (255, [200, 100, 0]), (51, [120, 180, 8])):
        mixed = composite(foreground, np.array([[alpha]], np.uint8), background)
        assert mixed.tolist() == [[expected]]


@given(st.integers(1, 40), st.integers(1, 40), st.integers(1, 40), st.integers(1, 40), st.integers(0, 9))
def test_backgrounds_cover(height: int, width: int, rows: int, columns: int, seed: int) -> None:
    background = np.full((rows, columns, 3), 77, np.uint8)
    covering = cover(background, height, width, rng(seed))
    assert covering.shape == (height, width, 3)
    assert (covering == 77).all()


@pytest.fixture
def source(tmp_path: Path) -> CompositeSource:
    root = write_pairs(tmp_path)
    (root / "backgrounds").mkdir()
    for grey in (0, 90, 180):
        cv2.imwrite(str(root / "backgrounds" / f"{grey}.png"), np.full((30, 80, 3), grey, np.uint8))
    return CompositeSource(root / "image", root / "alpha", root / "backgrounds")


def test_known_background_shows_the_background_known_foreground_the_foreground(
    source: CompositeSource, tmp_path: Path
) -> None:
    sample = source.load(0, rng(3))
    foreground = cv2.imread(str(tmp_path / "image" / "a.jpg"))[:, :, ::-1]
    np.testing.assert_array_equal(sample.image[sample.alpha == 255], foreground[sample.alpha == 255])
    shown = set(sample.image[sample.alpha == 0].ravel().tolist())
    assert len(shown) == 1
    assert sample.sample_id == f"{tmp_path / 'image/a.jpg'} on {tmp_path / 'backgrounds'}/{shown.pop()}.png"


def test_the_generator_decides_the_background(source: CompositeSource) -> None:
    ids = [source.load(0, rng(seed)).sample_id for seed in range(12)]
    assert len(set(ids)) == 3
    assert ids == [source.load(0, rng(seed)).sample_id for seed in range(12)]
    assert source.subset([2]).group(0) == "c"
    assert len(source) == 4


def test_a_torn_background_is_named_with_the_foreground(source: CompositeSource, tmp_path: Path) -> None:
    for path in (tmp_path / "backgrounds").iterdir():
        path.write_bytes(b"torn")
    with pytest.raises(BadSample, match="a.jpg on .*png: .*png cannot be decoded \\(4 bytes\\)"):
        source.load(0, rng())


def test_missing_backgrounds(tmp_path: Path) -> None:
    root = write_pairs(tmp_path)
    with pytest.raises(MissingError, match="backgrounds folder .*gone does not exist"):
        CompositeSource(root / "image", root / "alpha", root / "gone")
