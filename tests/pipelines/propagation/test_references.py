import hashlib
import re
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from pipelines.errors import UserError
from pipelines.propagation.cache import FeatureCache
from pipelines.propagation.config import Mark, SearchConfig
from pipelines.propagation.features import View
from pipelines.propagation.prompts import spread_points
from pipelines.propagation.references import PROMPTS, Reference, prepare
from tests.pipelines.propagation.planted import VECTORS, Planted, Scripted, field, pasted, picture

PIXELS = picture(pasted(field(10, 15), np.arange(1, 13).reshape(3, 4), 2, 5))
"""(40, 60): the object is x 20 to 35, y 8 to 19."""
OBJECT = np.zeros((40, 60), np.bool_)
OBJECT[8:20, 20:36] = True


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    Image.fromarray(PIXELS).save(tmp_path / "a.png")
    save_mask(tmp_path, OBJECT)
    return tmp_path


def save_mask(folder: Path, mask: NDArray) -> None:
    pixels = mask.astype(np.uint8) * 255 if mask.dtype == np.bool_ else mask
    Image.fromarray(pixels).save(folder / "m.png")


def ready(folder: Path, *, segmenter: Scripted | None = None, max_pixels: int = 10**6, count: int = 5, **marked):
    segmenter = segmenter or Scripted(lambda prompt: OBJECT)
    cache = FeatureCache(folder / "cache", 10**9, 0.0)
    mark = Mark(**({"image": folder / "a.png"} | marked))
    return prepare(mark, Planted(), segmenter, cache, SearchConfig(points=count), max_pixels)


def refused(folder: Path, **options) -> str:
    with pytest.raises(UserError) as caught:
        ready(folder, **options)
    return str(caught.value)


def test_points(folder: Path) -> None:
    segmenter = Scripted(lambda prompt: OBJECT)
    made = ready(folder, segmenter=segmenter, points="30,12 5,5:-")
    assert made.name == str(folder / "a.png") and made.box is None
    assert made.photo.sha256 == hashlib.sha256((folder / "a.png").read_bytes()).hexdigest()
    assert (made.photo.pixels == PIXELS).all() and (made.mask == OBJECT).all()
    assert made.points.tolist() == [[30, 12], [5, 5], *spread_points(OBJECT, 5).tolist()]
    assert made.positive.tolist() == [True, False, True, True, True, True, True]
    assert (made.prompts, made.marked) == (2, 2)
    (prompt,) = segmenter.prompts
    assert prompt.points.tolist() == [[30, 12], [5, 5]] and prompt.positive.tolist() == [True, False]
    assert prompt.box is None and prompt.outline is None


def test_the_object_that_is_looked_for(folder: Path) -> None:
    made = ready(folder, mask=folder / "m.png", points="30,12 5,5:-").object
    assert made.extent == 16 and made.work == 1
    assert made.positive.tolist() == [True, False, True, True, True, True, True]
    np.testing.assert_allclose(made.centre, made.points[made.positive].mean(axis=0))
    # (30, 12) is 0.125 cells right of label 7's centre and 0.375 above it: between 7 and 8, and 3 and 4 above them.
    weights = np.array([0.875 * 0.625, 0.125 * 0.625, 0.875 * 0.375, 0.125 * 0.375])
    cosines = made.descriptors(View())[0] @ VECTORS[[7, 8, 3, 4]].T
    np.testing.assert_allclose(cosines, weights / np.linalg.norm(weights), atol=2e-3)


def test_a_mask_alone(folder: Path) -> None:
    segmenter = Scripted()
    made = ready(folder, segmenter=segmenter, mask=folder / "m.png", count=20)
    assert segmenter.prompts == [] and (made.mask == OBJECT).all()
    assert len(made.points) == 20 and made.positive.all()
    assert (made.prompts, made.marked) == (PROMPTS, 0)


def test_fewer_points_than_prompts(folder: Path) -> None:
    assert ready(folder, mask=folder / "m.png", count=3).prompts == 3


def test_negatives_with_a_mask(folder: Path) -> None:
    made = ready(folder, mask=folder / "m.png", points="5,5:- 50,30:-", count=20)
    assert made.positive.tolist() == [False] * 2 + [True] * 20
    assert (made.prompts, made.marked) == (2 + PROMPTS, 2)


def test_positives_with_a_mask_are_the_prompts(folder: Path) -> None:
    made = ready(folder, mask=folder / "m.png", points="25,12", count=20)
    assert (len(made.points), made.prompts, made.marked) == (21, 1, 1)


@pytest.mark.parametrize(
    ("box", "clipped"),
    [
        ("20,8,16,12", (20, 8, 16, 12)),
        ("-10,-5,40.5,20", (0, 0, 30.5, 15)),
        ("50,30,100,100", (50, 30, 10, 10)),
        ("-5,-5,500,500", (0, 0, 60, 40)),
    ],
)
def test_a_box(folder: Path, box, clipped) -> None:
    segmenter = Scripted(lambda prompt: OBJECT)
    made = ready(folder, segmenter=segmenter, box=box, points="3,3:-")
    (prompt,) = segmenter.prompts
    assert prompt.box == clipped and prompt.positive.tolist() == [False]
    assert made.box == tuple(map(float, box.split(",")))
    assert made.prompts == min(1 + PROMPTS, 6)


@pytest.mark.parametrize("box", ["60,0,5,5", "0,40,5,5", "-5,0,5,5", "0,-5,5,5", "100,100,1,1"])
def test_a_box_outside(folder: Path, box) -> None:
    expected = f"{folder}/a.png: box {box} is outside the reference, which has 60x40 pixels"
    assert refused(folder, box=box) == expected


@pytest.mark.parametrize(("points", "named"), [("60,5", "60,5"), ("3,3 5,39.6:-", "5,39.6"), ("-0.6,0", "-0.6,0")])
def test_a_point_outside(folder: Path, points, named) -> None:
    expected = f"{folder}/a.png: point {named} is outside the reference, which has 60x40 pixels"
    assert refused(folder, points=points) == expected
    assert refused(folder, points=points, mask=folder / "m.png") == expected


@pytest.mark.parametrize("points", ["-0.5,-0.5", "59.5,39.5", "0,39"])
def test_a_point_on_the_frame(folder: Path, points) -> None:
    assert ready(folder, points=points).marked == 1


def test_a_mask_of_another_size(folder: Path) -> None:
    save_mask(folder, np.ones((60, 40), np.bool_))
    expected = f"{folder}/m.png: the mask has 40x60 pixels, the reference {folder}/a.png has 60x40"
    assert refused(folder, mask=folder / "m.png") == expected


@pytest.mark.parametrize(("level", "word"), [(0, "no"), (127, "no"), (128, "all"), (255, "all")])
def test_a_mask_of_none_or_all(folder: Path, level, word) -> None:
    save_mask(folder, np.full((40, 60), level, np.uint8))
    expected = f"{folder}/m.png: the mask is {word} object, expected some of both"
    assert refused(folder, mask=folder / "m.png") == expected


def test_levels_of_a_mask(folder: Path) -> None:
    levels = np.zeros((40, 60), np.uint8)
    levels[0, :4] = [127, 128, 129, 255]
    save_mask(folder, levels)
    assert np.argwhere(ready(folder, mask=folder / "m.png").mask).tolist() == [[0, 1], [0, 2], [0, 3]]


def test_a_coloured_mask(folder: Path) -> None:
    save_mask(folder, OBJECT[..., None] * np.array([0, 0, 200], np.uint8))
    assert (ready(folder, mask=folder / "m.png").mask == OBJECT).all()


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (None, "{} is not in the image folder"),
        (b"", "{} has no bytes"),
        (b"text", "{} is none of JPEG, PNG, WEBP, BMP, TIFF, GIF, AVIF, HEIF, or its header is damaged"),
    ],
    ids=["missing", "empty", "text"],
)
@pytest.mark.parametrize("broken", ["a.png", "m.png"])
def test_what_cannot_be_read(folder: Path, broken, content, why) -> None:
    (folder / broken).unlink()
    if content is not None:
        (folder / broken).write_bytes(content)
    what = "the reference" if broken == "a.png" else "the mask"
    expected = f"{folder}/{broken}: {what} cannot be used: {why.format(broken)}"
    assert refused(folder, mask=folder / "m.png") == expected


def test_a_reference_that_is_too_large(folder: Path) -> None:
    expected = f"{folder}/a.png: the reference cannot be used: a.png has 60x40 pixels, which is above the limit of 2399"
    assert refused(folder, points="3,3", max_pixels=2399) == expected
    assert ready(folder, points="3,3", max_pixels=2400).marked == 1


def test_no_object_at_the_marks(folder: Path) -> None:
    nothing = Scripted(lambda prompt: np.zeros((40, 60), np.bool_))
    expected = f"{folder}/a.png: scripted finds no object at the marks; mark more of it, or give a mask"
    assert refused(folder, segmenter=nothing, points="3,3") == expected


def turned(folder: Path, name: str, orientation: int, pixels: NDArray[np.uint8]) -> None:
    """Save upright pixels as a camera that was held sideways does."""
    image = Image.fromarray(pixels)
    undo = {3: Image.Transpose.ROTATE_180, 6: Image.Transpose.ROTATE_90, 8: Image.Transpose.ROTATE_270}
    exif = image.getexif()
    exif[0x0112] = orientation
    image.transpose(undo[orientation]).save(folder / name, exif=exif)


@pytest.mark.parametrize("orientation", [3, 6, 8])
def test_a_turned_reference_is_marked_upright(folder: Path, orientation) -> None:
    turned(folder, "a.png", orientation, PIXELS)
    made = ready(folder, mask=folder / "m.png", points="30,12")
    assert made.photo.exif_orientation == orientation
    assert (made.photo.pixels == PIXELS).all() and (made.mask == OBJECT).all()
    message = refused(folder, points="39,59")
    assert re.fullmatch(r".*: point 39,59 is outside the reference, which has 60x40 pixels", message)


def test_a_turned_mask_is_turned_too(folder: Path) -> None:
    turned(folder, "m.png", 6, np.dstack([OBJECT.astype(np.uint8) * 255] * 3))
    assert (ready(folder, mask=folder / "m.png").mask == OBJECT).all()


def test_what_was_computed_is_kept(folder: Path) -> None:
    cache = FeatureCache(folder / "cache", 10**9, 0.0)
    mark = Mark(image=folder / "a.png", points="30,12")
    method, segmenter = Planted(), Scripted(lambda prompt: OBJECT)
    one, other = (prepare(mark, method, segmenter, cache, SearchConfig(), 10**6) for _ in range(2))
    assert (method.extracted, segmenter.encoded) == (1, 1)
    assert isinstance(one, Reference) and (one.points == other.points).all()
