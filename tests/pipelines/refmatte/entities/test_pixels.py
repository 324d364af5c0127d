import hashlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pipelines.refmatte.entities import pixels
from pipelines.refmatte.entities.pixels import EntityProblem, read_pixels
from pipelines.refmatte.records import Entity
from tests.pipelines.refmatte.entities.pictures import write


def entity(colours: Path, alpha: Path | None = None, straight: bool = True) -> Entity:
    return Entity("set/a", "set", "object", "vase", colours, alpha, straight, "a")


def rgba(height: int, width: int) -> np.ndarray:
    """A red box of 2 x 3 in the third row and second column, the rest green where alpha is 0."""
    picture = np.zeros((height, width, 4), np.uint8)
    picture[..., 1] = 255
    picture[2:4, 1:4] = (200, 10, 20, 255)
    picture[3, 3, 3] = 100
    return picture


def test_a_cutout_is_cut_to_its_extent(tmp_path: Path) -> None:
    path = write(tmp_path / "a.png", rgba(6, 8))
    found = read_pixels(entity(path))
    assert found.alpha.tolist() == [[255, 255, 255], [255, 255, 100]]
    assert found.colours.tolist() == [[[200, 10, 20]] * 3] * 2
    assert found.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


def test_colours_and_alpha_in_two_files(tmp_path: Path) -> None:
    picture = rgba(6, 8)
    colours, alpha = write(tmp_path / "a.png", picture[..., :3]), write(tmp_path / "m.png", picture[..., 3])
    found = read_pixels(entity(colours, alpha))
    assert found.alpha.tolist() == [[255, 255, 255], [255, 255, 100]]
    assert found.colours.tolist() == [[[200, 10, 20]] * 3] * 2
    digests = [hashlib.sha256(path.read_bytes()).digest() for path in (colours, alpha)]
    assert found.sha256 == hashlib.sha256(b"".join(digests)).hexdigest()


def test_a_photo_loses_its_background(tmp_path: Path) -> None:
    """A white disc on blue, half of which shows through at its right side."""
    alpha = np.zeros((40, 40), np.uint8)
    alpha[10:30, 10:20], alpha[10:30, 20:30] = 255, 128
    share = alpha[..., None] / 255
    photo = np.rint(share * (255, 255, 255) + (1 - share) * (0, 0, 255))
    found = read_pixels(entity(write(tmp_path / "a.png", photo), write(tmp_path / "m.png", alpha), straight=False))
    assert found.alpha.shape == (20, 20)
    assert found.colours[10, 15].min() > 225  # in the photo red and green are 128


def test_a_photo_is_turned_as_its_alpha_lies(tmp_path: Path) -> None:
    picture = rgba(6, 8)
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was turned: upright is a quarter turn to the right
    Image.fromarray(np.rot90(picture[..., :3]).copy()).save(tmp_path / "a.png", exif=exif)
    found = read_pixels(entity(tmp_path / "a.png", write(tmp_path / "m.png", picture[..., 3])))
    assert found.colours.tolist() == [[[200, 10, 20]] * 3] * 2


def test_large_ones_are_shrunk_and_what_is_clear_has_no_say(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pixels, "LONGEST", 2)
    picture = np.zeros((2, 4, 4), np.uint8)
    picture[:, 0] = (90, 0, 0, 255)
    picture[:, 1] = (0, 255, 0, 0)
    picture[:, 2:] = (30, 0, 0, 255)
    picture = np.pad(picture, ((1, 1), (1, 1), (0, 0)))
    found = read_pixels(entity(write(tmp_path / "a.png", picture)))
    assert found.alpha.tolist() == [[128, 255]]
    assert found.colours.tolist() == [[[90, 0, 0], [30, 0, 0]]]


def test_a_large_photo_is_shrunk_before_its_colours_are_estimated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pixels, "LONGEST", 20)
    alpha = np.zeros((60, 60), np.uint8)
    alpha[20:40, 20:40] = 255
    colours = write(tmp_path / "a.png", np.full((60, 60, 3), 77))
    found = read_pixels(entity(colours, write(tmp_path / "m.png", alpha), straight=False))
    assert max(found.alpha.shape) <= 10  # of 52 pixels with the margin 20 are left
    assert (found.colours == 77).all()


def problem(given: Entity) -> tuple[str, str]:
    with pytest.raises(EntityProblem) as caught:
        read_pixels(given)
    assert str(caught.value) == caught.value.detail
    return caught.value.reason, caught.value.detail


def test_a_picture_that_is_gone(tmp_path: Path) -> None:
    missing = ("entity_missing", "set/a: gone.png is not in the image folder")
    assert problem(entity(tmp_path / "gone.png")) == missing
    assert problem(entity(write(tmp_path / "a.png", rgba(6, 8)), tmp_path / "gone.png")) == missing


def test_a_picture_that_is_damaged(tmp_path: Path) -> None:
    path = write(tmp_path / "a.png", rgba(60, 80))
    path.write_bytes(path.read_bytes()[:-40])
    reason, detail = problem(entity(path))
    assert reason == "entity_unreadable"
    assert detail.startswith("set/a: a.png cannot be decoded: ")


def test_colours_alone(tmp_path: Path) -> None:
    path = write(tmp_path / "a.png", rgba(6, 8)[..., :3])
    assert problem(entity(path)) == ("entity_without_alpha", "set/a: a.png has colours alone, expected RGBA")


@pytest.mark.parametrize(
    ("value", "found"),
    [(0, "0 everywhere, expected a foreground"), (255, "255 everywhere, expected a foreground cut out")],
)
def test_alpha_that_cuts_nothing_out(tmp_path: Path, value: int, found: str) -> None:
    picture = rgba(6, 8)
    picture[..., 3] = value
    path = write(tmp_path / "a.png", picture)
    assert problem(entity(path)) == ("entity_without_alpha", f"set/a: alpha of a.png is {found}")


def test_alpha_that_vanishes_when_it_is_shrunk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pixels, "LONGEST", 1)
    picture = np.zeros((8, 8, 4), np.uint8)
    picture[0, 0, 3] = picture[7, 7, 3] = 1
    reason, detail = problem(entity(write(tmp_path / "a.png", picture)))
    assert (reason, detail) == ("entity_without_alpha", "set/a: alpha of a.png is too faint for its size")


def test_alpha_of_another_size(tmp_path: Path) -> None:
    picture = rgba(6, 8)
    colours, alpha = write(tmp_path / "a.png", picture[..., :3]), write(tmp_path / "m.png", picture[:5, :, 3])
    assert problem(entity(colours, alpha)) == (
        "entity_wrong_size",
        "set/a: a.png is not of the size of its alpha, 8x5 pixels",
    )
