import hashlib
import io
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image, ImageOps

from matting_models.pictures import PictureProblem, below, list_pictures, read_grey, read_photo, turn

PIXELS = np.arange(2 * 3 * 3, dtype=np.uint8).reshape(2, 3, 3) * 10


@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_orientation_is_turned_as_pillow_does(tmp_path: Path, orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = tmp_path / "a.png"
    Image.fromarray(PIXELS).save(path, exif=exif)
    upright = np.asarray(ImageOps.exif_transpose(Image.open(path)))
    np.testing.assert_array_equal(turn(PIXELS, orientation), upright)
    np.testing.assert_array_equal(read_photo(path, orientation), upright)
    np.testing.assert_array_equal(read_photo(path), upright)
    np.testing.assert_array_equal(read_photo(path, 1), PIXELS)


def test_photos_are_rgb_also_when_stored_grey(tmp_path: Path) -> None:
    Image.fromarray(PIXELS).save(tmp_path / "a.png")
    np.testing.assert_array_equal(read_photo(tmp_path / "a.png"), PIXELS)
    Image.fromarray(PIXELS[:, :, 0]).save(tmp_path / "g.png")
    np.testing.assert_array_equal(read_photo(tmp_path / "g.png"), PIXELS[:, :, :1].repeat(3, 2))


def test_mattes_of_8_bits_16_bits_and_colour(tmp_path: Path) -> None:
    alpha = np.array([[0, 127, 255]], np.uint8)
    for name, stored in (
        ("8.png", alpha),
        ("16.png", alpha.astype(np.uint16) * 257),
        ("colour.png", alpha[:, :, None].repeat(3, 2)),
    ):
        cv2.imwrite(str(tmp_path / name), stored)
        read = read_grey(tmp_path / name)
        assert read.dtype == np.uint8
        np.testing.assert_array_equal(read, alpha)


def test_what_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "empty.png").touch()
    (tmp_path / "text.jpg").write_text("no picture")
    (tmp_path / "folder.png").mkdir()
    cv2.imwrite(str(tmp_path / "float.tiff"), np.zeros((2, 2), np.float32))
    with pytest.raises(PictureProblem, match="gone.jpg does not exist"):
        read_photo(tmp_path / "gone.jpg")
    with pytest.raises(PictureProblem, match="empty.png cannot be decoded \\(0 bytes\\)"):
        read_photo(tmp_path / "empty.png")
    with pytest.raises(PictureProblem, match="text.jpg cannot be decoded \\(10 bytes\\)"):
        read_grey(tmp_path / "text.jpg")
    with pytest.raises(PictureProblem, match="folder.png cannot be read: Is a directory"):
        read_grey(tmp_path / "folder.png")
    with pytest.raises(PictureProblem, match="float.tiff has float32 samples, expected 8 or 16 bits"):
        read_grey(tmp_path / "float.tiff")


@pytest.mark.parametrize("channels", [3, 4])
def test_photos_and_cutouts_are_no_mattes(tmp_path: Path, channels: int) -> None:
    picture = np.random.default_rng(0).integers(0, 256, (8, 8, channels), np.uint8)
    cv2.imwrite(str(tmp_path / "a.png"), picture)
    with pytest.raises(PictureProblem, match="a.png has colours, expected a grey picture"):
        read_grey(tmp_path / "a.png")


def test_a_grey_jpeg_with_three_channels_is_a_matte(tmp_path: Path) -> None:
    grey = cv2.GaussianBlur(np.random.default_rng(0).integers(0, 256, (32, 32), np.uint8), (0, 0), 2)
    cv2.imwrite(str(tmp_path / "a.jpg"), cv2.merge([grey, grey, grey]))
    assert np.abs(read_grey(tmp_path / "a.jpg").astype(int) - grey).max() < 20


def test_a_cut_short_png_is_no_matte(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (64, 64), np.uint8)
    cv2.imwrite(str(tmp_path / "a.png"), noise)
    data = (tmp_path / "a.png").read_bytes()
    (tmp_path / "a.png").write_bytes(data[: len(data) // 2])
    with pytest.raises(PictureProblem, match="a.png cannot be decoded"):
        read_grey(tmp_path / "a.png")


@pytest.mark.parametrize("name", ["../a.png", "/etc/passwd", "x/../../a.png", "C:\\a.png", "..\\a.png", "", "a\0.png"])
def test_names_do_not_lead_out_of_their_folder(tmp_path: Path, name: str) -> None:
    with pytest.raises(PictureProblem, match="does not name a file below"):
        below(tmp_path, name)


def test_names_below_a_folder(tmp_path: Path) -> None:
    assert below(tmp_path, "0001/a b.png") == tmp_path / "0001" / "a b.png"


def test_listing_leaves_out_what_is_no_picture(tmp_path: Path) -> None:
    for name in ("b.PNG", "a.jpg", ".hidden.jpg", "notes.txt"):
        (tmp_path / name).touch()
    assert {k: v.name for k, v in list_pictures(tmp_path).items()} == {"a": "a.jpg", "b": "b.PNG"}


@pytest.mark.parametrize("progressive", [False, True])
def test_a_cut_short_jpeg_is_no_photo(tmp_path: Path, progressive: bool) -> None:
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8))
    thumbnail = io.BytesIO()
    noise.resize((16, 16)).save(thumbnail, "JPEG")
    exif = b"Exif\0\0" + thumbnail.getvalue()  # with start and end markers of its own
    noise.save(tmp_path / "a.jpg", progressive=progressive, exif=exif)
    assert read_photo(tmp_path / "a.jpg").shape == (64, 64, 3)
    data = (tmp_path / "a.jpg").read_bytes()
    (tmp_path / "a.jpg").write_bytes(data + b"appended by a phone")
    assert read_photo(tmp_path / "a.jpg").shape == (64, 64, 3)
    (tmp_path / "a.jpg").write_bytes(data[:-5])
    with pytest.raises(PictureProblem, match=f"a.jpg is cut short \\({len(data) - 5} bytes\\)"):
        read_photo(tmp_path / "a.jpg")


def test_a_photo_that_changed_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    Image.fromarray(PIXELS).save(path)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    np.testing.assert_array_equal(read_photo(path, 1, digest), PIXELS)
    path.write_bytes(path.read_bytes() + b"x")
    with pytest.raises(PictureProblem, match=f"a.png has SHA-256 [0-9a-f]{{12}}, expected {digest[:12]}: it changed"):
        read_photo(path, 1, digest)
