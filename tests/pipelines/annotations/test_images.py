import hashlib
import io
import os
import pickle
import zlib

import cv2
import numpy as np
import pytest
from PIL import Image

from pipelines.annotations import images
from pipelines.annotations.images import read_cutout, read_photo
from pipelines.storage.safe_paths import ImageProblem, safe_path

PLENTY = 10**8
RAMP = np.stack(np.broadcast_arrays(np.arange(12)[:, None] * 20, np.arange(16) * 15, 128), axis=-1).astype(np.uint8)
"""(12, 16, 3): no turn maps it to itself."""


def saved(folder, image, name, **options):
    path = folder / name
    image.save(path, **options)
    return path


def problem(path, width=0, height=0, max_pixels=PLENTY):
    with pytest.raises(ImageProblem) as caught:
        read_photo(path, width, height, max_pixels)
    return caught.value


@pytest.mark.parametrize("kind", ["PNG", "BMP", "TIFF", "WEBP"])
def test_lossless_formats_come_back_exactly(tmp_path, kind):
    # Named .jpg throughout: the content decides.
    path = saved(tmp_path, Image.fromarray(RAMP), "a.jpg", format=kind, lossless=True)
    photo = read_photo(path, 16, 12, PLENTY)
    np.testing.assert_array_equal(photo.pixels, RAMP)
    assert photo.pixels.dtype == np.uint8
    assert photo.pixels.flags.c_contiguous
    assert photo.pixels.flags.writeable
    assert photo.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert photo.exif_orientation == 1


def test_jpeg(tmp_path):
    path = saved(tmp_path, Image.fromarray(RAMP), "a.jpg", quality=95, subsampling=0)
    assert np.abs(read_photo(path, 16, 12, PLENTY).pixels.astype(int) - RAMP).max() < 12


@pytest.mark.parametrize("kind", ["AVIF", "HEIF"])
def test_photos_of_phones(tmp_path, kind, monkeypatch):
    assert kind in images._readable()
    file = tmp_path / "a.heic"
    Image.fromarray(np.full((64, 48, 3), (200, 100, 50), np.uint8)).save(file, kind, quality=95)
    found = read_photo(file, 48, 64, 10_000)
    assert np.abs(found.pixels.astype(int) - (200, 100, 50)).max() < 6
    lacking = tuple(name for name in images._readable() if name != kind)
    monkeypatch.setattr(images, "_readable", lambda: lacking)
    install = {"AVIF": "pip install 'pillow>=11.3'", "HEIF": "pip install pillow-heif"}[kind]
    with pytest.raises(ImageProblem, match=f"a.heic is .*: {install}$"):
        read_photo(file, 48, 64, 10_000)


@pytest.mark.parametrize("mode", ["L", "P", "1", "RGBA", "LA"])
def test_modes_become_rgb(tmp_path, mode):
    image = Image.fromarray(RAMP)
    image = image.convert("L").convert(mode) if mode in ("LA", "1") else image.convert(mode)
    path = saved(tmp_path, image, "a.png")
    np.testing.assert_array_equal(read_photo(path, 16, 12, PLENTY).pixels, np.asarray(image.convert("RGB")))


def test_transparency_is_dropped_rather_than_composited(tmp_path):
    path = saved(tmp_path, Image.new("RGBA", (4, 4), (200, 100, 50, 0)), "a.png")
    assert (read_photo(path, 4, 4, PLENTY).pixels == (200, 100, 50)).all()


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P"])
def test_a_cutout_keeps_its_transparency_and_the_colours_below(tmp_path, mode):
    image = Image.new("RGBA", (4, 2), (90, 90, 90, 0))
    image.putpixel((3, 0), (90, 90, 90, 255))
    options = {}
    if mode == "P":  # one colour of the palette is clear
        image, options = Image.new("P", (4, 2), 0), {"transparency": 0}
        image.putpalette([90, 90, 90, 90, 90, 90])
        image.putpixel((3, 0), 1)
    cutout = read_cutout(saved(tmp_path, image.convert(mode), "a.png", **options), PLENTY)
    assert cutout.pixels[..., :3].tolist() == [[[90, 90, 90]] * 4] * 2
    assert cutout.pixels[..., 3].tolist() == [[0, 0, 0, 255], [0, 0, 0, 0]]


def test_a_cutout_is_turned_upright_with_its_transparency(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 3
    image = Image.fromarray(np.dstack([RAMP, RAMP[..., 0]]))
    cutout = read_cutout(saved(tmp_path, image, "a.png", exif=exif), PLENTY)
    np.testing.assert_array_equal(cutout.pixels, np.dstack([RAMP, RAMP[..., 0]])[::-1, ::-1])
    assert cutout.exif_orientation == 3


def test_no_cutout_without_transparency(tmp_path):
    assert read_cutout(saved(tmp_path, Image.fromarray(RAMP), "a.png"), PLENTY) is None


def test_cmyk_jpeg_is_not_inverted(tmp_path):
    path = saved(tmp_path, Image.new("CMYK", (16, 16), (0, 255, 255, 0)), "a.jpg", quality=100)
    assert b"Adobe" in path.read_bytes()
    assert read_photo(path, 16, 16, PLENTY).pixels[8, 8] == pytest.approx((255, 0, 0), abs=3)


@pytest.mark.parametrize("suffix", ["png", "tif"])
@pytest.mark.parametrize("channels", [1, 3])
def test_sixteen_bits_keep_the_upper_eight(tmp_path, suffix, channels):
    values = np.array([[0, 255, 256, 0x1234, 65535]], np.uint16)
    samples = values if channels == 1 else np.repeat(values[..., None], 3, axis=2)
    assert cv2.imwrite(str(tmp_path / f"a.{suffix}"), samples)
    photo = read_photo(tmp_path / f"a.{suffix}", 5, 1, PLENTY)
    assert photo.pixels[0].tolist() == [[v] * 3 for v in (0, 0, 1, 0x12, 255)]


def test_samples_without_a_range_are_refused(tmp_path):
    found = problem(saved(tmp_path, Image.fromarray(np.ones((4, 4), np.float32)), "a.tif"))
    assert found.reason == "image_unreadable"
    assert found.detail == "a.tif cannot be decoded: 32-bit samples have no agreed range"


def oriented(folder, orientation, suffix):
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = folder / f"a.{suffix}"
    Image.fromarray(RAMP).save(path, exif=exif, **({"lossless": True} if suffix == "webp" else {}))
    return path


UPRIGHT = {
    2: RAMP[:, ::-1],
    3: RAMP[::-1, ::-1],
    4: RAMP[::-1],
    5: RAMP.transpose(1, 0, 2),
    6: np.rot90(RAMP, -1),
    7: np.rot90(RAMP, 2).transpose(1, 0, 2),
    8: np.rot90(RAMP),
}


@pytest.mark.parametrize("suffix", ["png", "tif", "webp"])
@pytest.mark.parametrize("orientation", sorted(UPRIGHT))
def test_orientation_is_applied_where_the_annotated_size_fits_it(tmp_path, orientation, suffix):
    path = oriented(tmp_path, orientation, suffix)
    upright = UPRIGHT[orientation]
    for width, height in (upright.shape[1::-1], (0, 0)):
        photo = read_photo(path, width, height, PLENTY)
        np.testing.assert_array_equal(photo.pixels, upright)
        assert photo.exif_orientation == orientation
        assert photo.pixels.flags.c_contiguous


@pytest.mark.parametrize("suffix", ["png", "tif", "webp"])
@pytest.mark.parametrize("orientation", [5, 6, 7, 8])
def test_orientation_is_left_where_only_the_stored_size_fits(tmp_path, orientation, suffix):
    photo = read_photo(oriented(tmp_path, orientation, suffix), 16, 12, PLENTY)
    np.testing.assert_array_equal(photo.pixels, RAMP)
    assert photo.exif_orientation == 1


def test_orientation_of_a_jpeg(tmp_path):
    path = oriented(tmp_path, 6, "jpg")
    assert read_photo(path, 12, 16, PLENTY).exif_orientation == 6
    assert read_photo(path, 16, 12, PLENTY).exif_orientation == 1


@pytest.mark.parametrize("value", [0, 9, 1])
def test_nonsense_orientation_is_none(tmp_path, value):
    assert read_photo(oriented(tmp_path, value, "png"), 16, 12, PLENTY).exif_orientation == 1


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_damaged_exif_does_not_make_a_photo_unusable(tmp_path):
    path = saved(tmp_path, Image.fromarray(RAMP), "a.jpg", exif=b"Exif\0\0MM\0*\xff\xff\xff\xff")
    assert read_photo(path, 16, 12, PLENTY).exif_orientation == 1


@pytest.mark.parametrize("suffix", ["png", "tif"])
def test_wrong_size_names_both_sizes_as_stored(tmp_path, suffix):
    found = problem(oriented(tmp_path, 6, suffix), 640, 480)
    assert found.reason == "image_wrong_size"
    assert found.detail == f"a.{suffix} is annotated as 640x480 but has 16x12 (EXIF orientation 6) pixels"
    found = problem(oriented(tmp_path, 1, suffix), 12, 16)
    assert found.detail == f"a.{suffix} is annotated as 12x16 but has 16x12 pixels"


@pytest.mark.parametrize("cut", [3, 20, 200, 2000])
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF", "BMP"])
def test_truncated_files_are_problems_rather_than_grey(tmp_path, kind, cut):
    noise = np.random.default_rng(0).integers(0, 255, (60, 80, 3), np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(noise).save(buffer, kind)
    path = tmp_path / "a.jpg"
    path.write_bytes(buffer.getvalue()[:-cut])
    if kind == "PNG" and cut <= 20:  # only checksums and the end marker are gone
        np.testing.assert_array_equal(read_photo(path, 80, 60, PLENTY).pixels, noise)
        return
    assert problem(path, 80, 60).reason == "image_unreadable"


@pytest.mark.filterwarnings("ignore::UserWarning")  # Pillow grumbles about damaged tags
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF", "BMP", "GIF"])
def test_damaged_files_are_photos_or_problems(tmp_path, kind):
    buffer = io.BytesIO()
    Image.fromarray(RAMP).save(buffer, kind)
    good, rng, path = buffer.getvalue(), np.random.default_rng(1), tmp_path / "a.jpg"
    for _ in range(300):
        bad = bytearray(good)
        for at in rng.integers(0, len(bad), rng.integers(1, 6)):
            bad[at] = rng.integers(256)
        path.write_bytes(bytes(bad))
        try:
            photo = read_photo(path, 16, 12, 10**6)
        except ImageProblem as found:
            assert "\n" not in found.detail
        else:
            assert photo.pixels.shape == (12, 16, 3)


@pytest.mark.parametrize(
    "content", [b"not an image", b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n", b"\xff\xd8"]
)
def test_other_files_are_unreadable(tmp_path, content):
    path = tmp_path / "a.jpg"
    path.write_bytes(content)
    found = problem(path)
    assert found.reason == "image_unreadable"
    assert found.detail.startswith("a.jpg is none of JPEG, PNG, WEBP, BMP, TIFF, GIF")


def test_missing_empty_and_folder(tmp_path):
    (tmp_path / "empty.jpg").touch()
    assert problem(tmp_path / "none.jpg").reason == "image_missing"
    assert problem(tmp_path / "empty.jpg" / "a.jpg").detail == "a.jpg is not in the image folder"
    assert problem(tmp_path / "empty.jpg").reason == "image_empty"
    assert problem(tmp_path).reason == "image_unreadable"


def test_names_no_file_can_have_are_missing(tmp_path):
    (tmp_path / "loop.jpg").symlink_to("loop.jpg")
    assert problem(tmp_path / "loop.jpg").reason == "image_missing"
    assert problem(tmp_path / ("a" * 300)).detail == f"{'a' * 80} cannot be found: File name too long"


def test_pipe_does_not_block(tmp_path):
    os.mkfifo(tmp_path / "a.jpg")
    assert problem(tmp_path / "a.jpg").detail == "a.jpg is not a regular file"


def test_limit_is_judged_from_the_header(tmp_path):
    path = saved(tmp_path, Image.fromarray(RAMP), "a.png")
    assert read_photo(path, 16, 12, 16 * 12).pixels.shape == (12, 16, 3)
    for limit in (16 * 12 - 1, 50):
        assert problem(path, 16, 12, limit).reason == "image_too_large"
    assert problem(path, 16, 12, 191).detail == "a.png has 16x12 pixels, which is above the limit of 191"


def bomb(width, height):
    """A PNG whose header claims a size that its few bytes of pixels do not fill."""

    def chunk(kind, data):
        return len(data).to_bytes(4) + kind + data + zlib.crc32(kind + data).to_bytes(4)

    header = width.to_bytes(4) + height.to_bytes(4) + b"\x08\x02\0\0\0"
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0")) + chunk(b"IEND", b"")


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("side", [10_001, 20_000, 2**31 - 1])
def test_bomb_is_refused_unopened_and_pillows_own_limit_stays(tmp_path, side):
    (tmp_path / "a.png").write_bytes(bomb(side, side))
    before = Image.MAX_IMAGE_PIXELS
    assert problem(tmp_path / "a.png", side, side).reason == "image_too_large"
    assert before == Image.MAX_IMAGE_PIXELS


@pytest.mark.filterwarnings("error")
def test_limit_above_pillows_own_holds(tmp_path, monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 10)
    path = saved(tmp_path, Image.fromarray(RAMP), "a.png")
    assert read_photo(path, 16, 12, PLENTY).pixels.shape == (12, 16, 3)


@pytest.mark.parametrize("name", ["a.jpg", "train/a b.jpg", "..a.jpg", "a..jpg", "ä/Ö.png", "./a.jpg", "a\udc80.jpg"])
def test_safe_path_allows(tmp_path, name):
    assert safe_path(tmp_path, name) == tmp_path / name


@pytest.mark.parametrize(
    "name",
    ["../a.jpg", "x/../../a.jpg", "x/../a.jpg", "/etc/passwd", "..", ".", "", "..\\a.jpg", "\\a.jpg", "C:\\a.jpg",
     "c:a.jpg", "\\\\host\\share\\a.jpg", "a\0.jpg", "a\ud800.jpg"],
)  # fmt: skip
def test_safe_path_refuses(tmp_path, name):
    with pytest.raises(ImageProblem, match="does not name a file inside the image folder") as caught:
        safe_path(tmp_path, name)
    assert caught.value.reason == "path_escapes"
    assert str(caught.value).isascii()


def test_links_inside_the_folder_may_lead_elsewhere(tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "root").mkdir()
    saved(tmp_path / "elsewhere", Image.fromarray(RAMP), "a.png")
    (tmp_path / "root" / "train").symlink_to(tmp_path / "elsewhere")
    assert read_photo(safe_path(tmp_path / "root", "train/a.png"), 16, 12, PLENTY).pixels.shape == (12, 16, 3)


def test_problem_survives_a_process_boundary():
    found = pickle.loads(pickle.dumps(ImageProblem("image_empty", "a.jpg has no bytes")))
    assert (found.reason, found.detail, str(found)) == ("image_empty", "a.jpg has no bytes", "a.jpg has no bytes")
