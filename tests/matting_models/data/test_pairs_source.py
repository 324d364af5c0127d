from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from matting_models.data.pairs_source import PairsSource
from matting_models.data.sample import BadSample
from matting_models.errors import InputError, MissingError
from tests.matting_models.data.conftest import rng, write_pairs


def test_pairs_by_stem(tmp_path: Path) -> None:
    root = write_pairs(tmp_path, ("b", "a", "lonely"))
    (root / "alpha" / "lonely.png").unlink()
    source = PairsSource(root / "image", root / "alpha")
    assert [source.group(i) for i in range(len(source))] == ["a", "b"]
    assert source.unmatched == 1
    sample = source.load(1, rng())
    assert sample.sample_id == str(root / "image" / "b.jpg")
    assert sample.trimap is None
    np.testing.assert_array_equal(sample.alpha, cv2.imread(str(root / "alpha" / "b.png"), 0))
    np.testing.assert_array_equal(sample.image, cv2.imread(str(root / "image" / "b.jpg"))[:, :, ::-1])
    assert source.subset([1]).load(0, rng()).sample_id == sample.sample_id


def test_trimaps_are_taken_where_there_are_some(tmp_path: Path) -> None:
    root = write_pairs(tmp_path, ("a", "b"))
    (root / "trimap").mkdir()
    trimap = np.full((40, 60), 128, np.uint8)
    cv2.imwrite(str(root / "trimap" / "b.png"), trimap)
    source = PairsSource(root / "image", root / "alpha", root / "trimap")
    assert len(source) == 1
    np.testing.assert_array_equal(source.load(0, rng()).trimap, trimap)


def test_an_alpha_drawn_on_the_photo_as_stored(tmp_path: Path) -> None:
    root = write_pairs(tmp_path, ("a",))
    exif = Image.Exif()
    exif[0x0112] = 6
    photo = np.random.default_rng(0).integers(0, 256, (40, 60, 3), np.uint8)
    Image.fromarray(photo).save(root / "image" / "a.png", exif=exif)
    (root / "image" / "a.jpg").unlink()
    np.testing.assert_array_equal(PairsSource(root / "image", root / "alpha").load(0, rng()).image, photo)


@pytest.mark.parametrize("what", ["alpha", "image"])
def test_missing_and_empty_folders(tmp_path: Path, what: str) -> None:
    root = write_pairs(tmp_path, ("a",))
    for path in (root / what).iterdir():
        path.unlink()
    with pytest.raises(InputError, match=f"{what}s folder {root / what} has no pictures, expected .jpg"):
        PairsSource(root / "image", root / "alpha")
    (root / what).rmdir()
    with pytest.raises(MissingError, match=f"{what}s folder {root / what} does not exist"):
        PairsSource(root / "image", root / "alpha")


def test_nothing_matches(tmp_path: Path) -> None:
    root = write_pairs(tmp_path, ("a",))
    (root / "alpha" / "a.png").rename(root / "alpha" / "a_alpha.png")
    with pytest.raises(InputError, match="none of the 1 images in .* \\(such as a\\) .* 1 alphas in .* "):
        PairsSource(root / "image", root / "alpha")


def bad(root: Path) -> str:
    with pytest.raises(BadSample) as caught:
        PairsSource(root / "image", root / "alpha").load(0, rng())
    return caught.value.reason


def test_an_alpha_of_another_size(tmp_path: Path) -> None:
    root = write_pairs(tmp_path, ("a",))
    cv2.imwrite(str(root / "alpha" / "a.png"), np.full((7, 5), 255, np.uint8))
    assert bad(root) == f"alpha {root / 'alpha/a.png'} is 5x7, expected 60x40 as {root / 'image/a.jpg'}"


def test_an_alpha_of_nothing_and_a_torn_photo(tmp_path: Path) -> None:
    root = write_pairs(tmp_path, ("a",))
    cv2.imwrite(str(root / "alpha" / "a.png"), np.zeros((40, 60), np.uint8))
    assert bad(root) == f"alpha {root / 'alpha/a.png'} has no foreground"
    (root / "image" / "a.jpg").write_bytes(b"torn")
    assert bad(root) == f"{root / 'image/a.jpg'} cannot be decoded (4 bytes)"
