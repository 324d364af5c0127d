from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
import torch.nn.functional as F

from matting_models.evaluation.protocols import PROTOCOLS
from matting_models.evaluation.reading import read_prediction, read_sized_photo, read_truth, resize_alpha
from matting_models.pictures import PictureProblem, read_alpha
from tests.matting_models.evaluation.trees import disc, write

GREY = np.array([[0, 51, 102], [153, 204, 255]], np.uint8)


def test_eight_and_sixteen_bits(tmp_path: Path) -> None:
    np.testing.assert_array_equal(read_alpha(write(tmp_path / "a.png", GREY)), GREY / 255)
    fine = np.array([[0, 1, 65535]], np.uint16)
    np.testing.assert_array_equal(read_alpha(write(tmp_path / "b.png", fine)), fine / 65535)


def test_rgb_rgba_and_cutouts(tmp_path: Path) -> None:
    opaque, varied = np.full_like(GREY, 255), GREY
    photo = np.random.default_rng(0).integers(0, 255, (2, 3, 3), np.uint8)
    for name, pixels in {
        "rgb": np.dstack([GREY] * 3),
        "rgba, opaque": np.dstack([GREY, GREY, GREY, opaque]),
        "cutout": np.dstack([photo, varied]),
        "cutout, 16 bits": np.dstack([photo, varied]).astype(np.uint16) * 257,
    }.items():
        np.testing.assert_array_equal(read_alpha(write(tmp_path / f"{name}.png", pixels)), GREY / 255, err_msg=name)


def test_one_bit(tmp_path: Path) -> None:
    mask = np.array([[0, 255, 255]], np.uint8)
    cv2.imwrite(str(tmp_path / "a.png"), mask, [cv2.IMWRITE_PNG_BILEVEL, 1])
    np.testing.assert_array_equal(read_alpha(tmp_path / "a.png"), mask / 255)


@pytest.mark.parametrize(
    ("pixels", "ending", "message"),
    [
        (np.dstack([GREY, GREY // 2, GREY]), "png", "has colours, expected a grey picture"),
        (np.dstack([GREY, GREY // 2, GREY]).astype(np.uint16) * 257, "png", "has colours, expected a grey picture"),
        (GREY.astype(np.float32) / 255, "tiff", "has float32 samples, expected 8 or 16 bits"),
    ],
)
def test_other_pictures_are_one_sentence(pixels: np.ndarray, ending: str, message: str, tmp_path: Path) -> None:
    path = write(tmp_path / f"a.{ending}", pixels)
    with pytest.raises(PictureProblem) as caught:
        read_alpha(path)
    assert str(caught.value) == f"{path} {message}"


def test_resizing_is_torchs_at_any_size() -> None:
    large = np.random.default_rng(0).integers(0, 256, (1333, 2000)) / 255
    small = disc(3) / 255
    for alpha, size in ((small, (100, 64)), (small, (31, 17)), (large, (682, 1024)), (large, (2, 3001))):
        tensor = torch.from_numpy(alpha.astype(np.float32))[None, None]
        expected = F.interpolate(tensor, size, mode="bilinear", align_corners=False)[0, 0].numpy()
        np.testing.assert_allclose(resize_alpha(alpha, size), expected, atol=1e-6)


def test_truth_at_the_protocols_scale(tmp_path: Path) -> None:
    path = write(tmp_path / "a.png", disc(0))
    truth, native = read_truth(path, PROTOCOLS["semat"])
    assert (truth.shape, native) == ((768, 1024), (48, 64))
    assert read_truth(path, PROTOCOLS["whole-image"])[0].shape == (48, 64)


def test_prediction_of_either_size(tmp_path: Path) -> None:
    semat = PROTOCOLS["semat"]
    small, large = write(tmp_path / "a.png", disc(0)), cv2.resize(disc(0), (1024, 768))
    resized = read_prediction(small, semat, (48, 64))
    assert resized.shape == (768, 1024)
    np.testing.assert_array_equal(resized * 255, np.rint(resized * 255))  # 8 bits
    as_is = read_prediction(write(tmp_path / "b.png", large), semat, (48, 64))
    np.testing.assert_array_equal(as_is, large / 255)


def test_prediction_of_another_size_is_one_sentence(tmp_path: Path) -> None:
    path = write(tmp_path / "a.png", disc(0)[:40])
    with pytest.raises(PictureProblem) as caught:
        read_prediction(path, PROTOCOLS["semat"], (48, 64))
    assert str(caught.value) == f"{path} is 64x40, expected 64x48 (the truth) or 1024x768"
    with pytest.raises(PictureProblem) as caught:
        read_prediction(path, PROTOCOLS["whole-image"], (48, 64))
    assert str(caught.value) == f"{path} is 64x40, expected 64x48"


def test_photo_is_turned_only_if_it_fits_so(tmp_path: Path) -> None:
    # EXIF orientation 6, which turns by a quarter.
    pixels = np.zeros((48, 64, 3), np.uint8)
    pixels[:8] = 255
    data = cv2.imencode(".jpg", pixels)[1].tobytes()
    exif = bytes.fromhex("ffe1002245786966000049492a00080000000100120103000100000006000000") + bytes(4)
    path = tmp_path / "a.jpg"
    path.write_bytes(data[:2] + exif + data[2:])
    assert read_sized_photo(path, (48, 64))[2].mean() > 200
    assert read_sized_photo(path, (64, 48))[:, -3].mean() > 200
    with pytest.raises(PictureProblem, match=r"is 64x48, expected 10x10 \(the truth\)"):
        read_sized_photo(path, (10, 10))
