"""Points and similarity maps on targets and references: the pictures, and what the page says of them."""

import io
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from pipelines.config import ReportConfig
from pipelines.report import CardAssets, Picture, render_card, write_report
from pipelines.report.prompts import NEGATIVE, POSITIVE, Mark, draw_marks, locate
from pipelines.report.references import Reference, describe, read_references, render_reference

from .conftest import EVIL, HEIGHT, QUOTES, WIDTH, Folder, prompt

SETTINGS = ReportConfig()
TIMES = 7
"""The 56 x 56 crop of a made-up instance is drawn this many times larger."""


def _picture(assets: CardAssets, kind: str = "points") -> Picture:
    return next(picture for picture in assets.pictures if picture.kind == kind)


def _pixels(picture: Picture) -> NDArray[np.int64]:
    return np.asarray(Image.open(io.BytesIO(picture.data)), np.int64)


def _near(pixel: NDArray[Any], colour: tuple[int, int, int], tolerance: int = 24) -> bool:
    return bool(np.abs(np.asarray(pixel, np.int64) - colour).max() <= tolerance)


def _at(picture: NDArray[np.int64], x: float, y: float) -> tuple[int, int]:
    """Row and column where pixel (x, y) of the image is in the drawing of the crop from (22, 12)."""
    place = locate(x, y, (22, 12, 78, 68), (picture.shape[1], picture.shape[0]))
    assert place is not None
    return int(place[1]), int(place[0])


def _card(folder: Folder, number: int = 0) -> CardAssets:
    return render_card(folder.accepted[number], folder.out, folder.images, SETTINGS)


# ---- geometry and drawing


def test_pixel_centres_fall_on_pixel_centres() -> None:
    assert locate(0, 0, (0, 0, 10, 20), (10, 20)) == (0.5, 0.5)
    assert locate(12, 24, (10, 20, 20, 40), (100, 200)) == (25.0, 45.0)


@pytest.mark.parametrize("x", [-0.6, 9.6, float("nan"), float("inf"), -1e308])
def test_what_is_outside_is_nowhere(x: float) -> None:
    assert locate(x, 5, (0, 0, 10, 10), (10, 10)) is None
    assert locate(5, x, (0, 0, 10, 10), (10, 10)) is None


@pytest.mark.parametrize(("positive", "colour"), [(True, POSITIVE), (False, NEGATIVE)])
def test_a_used_point_is_solid_and_an_unused_one_hollow(positive: bool, colour: tuple[int, int, int]) -> None:
    gray = np.full((400, 400, 3), 100, np.uint8)
    solid = draw_marks(gray, [Mark(1, 200, 200, positive)])
    hollow = draw_marks(gray, [Mark(1, 200, 200, positive, used=False)])
    radius = 0.026 * 400
    inside, rim = int(200 + 0.55 * radius), int(200 + (0.92 if positive else 0.79) * radius)
    assert _near(solid[200, inside], colour) and solid[200, rim].min() > 180
    assert not _near(hollow[200, inside], colour, 40) and hollow[200, inside].max() <= 100
    assert _near(hollow[200, int(200 + 0.82 * radius)], colour, 40)
    assert (gray == 100).all()
    changed = np.argwhere((solid != 100).any(axis=2))
    assert changed.min() >= 200 - 1.3 * radius and changed.max() <= 200 + 1.3 * radius


def test_shapes_differ_too() -> None:
    """Green and red look alike to many."""
    gray = np.full((400, 400, 3), 100, np.uint8)
    disc, square = (draw_marks(gray, [Mark(1, 200, 200, positive)]) for positive in (True, False))
    corner = int(200 + 0.85 * 0.026 * 400)
    assert (disc[corner, corner] == 100).all() and (square[corner, corner] != 100).any()


def test_numbers_are_drawn_and_low_ones_lie_on_top() -> None:
    gray = np.full((400, 400, 3), 100, np.uint8)
    one, two = (draw_marks(gray, [Mark(number, 200, 200, True)]) for number in (1, 2))
    assert (one != two).any()
    pile = [Mark(1, 200, 200, True), Mark(2, 200, 200, True), Mark(3, 200, 200, False, used=False)]
    top = draw_marks(gray, pile)
    assert np.array_equal(top[195:206, 195:206], one[195:206, 195:206])


def test_points_at_the_border_are_cut_off() -> None:
    gray = np.full((60, 60, 3), 100, np.uint8)
    drawn = draw_marks(gray, [Mark(1, 0, 0, True), Mark(123, 60, 60, False)])
    assert drawn.shape == gray.shape and (drawn != gray).any()


# ---- targets


def test_points_follow_the_mask(propagation: Folder) -> None:
    kinds = [picture.kind for picture in _card(propagation).pictures]
    assert kinds == ["photo", "mask", "points", "trimap", "matte", "cutout"]
    assert not [picture for picture in _card(propagation).pictures if picture.missing]


def test_points_are_where_they_were_found(propagation: Folder) -> None:
    drawn = _pixels(_picture(_card(propagation)))
    assert drawn.shape == (56 * TIMES, 56 * TIMES, 3)
    off = int(0.55 * 0.026 * 56 * TIMES)
    row, column = _at(drawn, 40, 30)
    assert _near(drawn[row, column + off], POSITIVE)
    row, column = _at(drawn, 24, 14)
    assert _near(drawn[row + off, column + off], NEGATIVE)
    row, column = _at(drawn, 60, 50)
    assert not _near(drawn[row, column + off], POSITIVE, 40)  # hollow: not used
    assert _near(drawn[row, column + int(0.82 * 0.026 * 56 * TIMES)], POSITIVE, 45)


def test_the_similarity_map_lies_where_it_belongs(propagation: Folder) -> None:
    """The peak covers the pixels from (44, 36) to (56, 48); its colour is magma's brightest, the rest is near black."""
    drawn = _pixels(_picture(_card(propagation)))
    peak, beside = drawn[_at(drawn, 50, 42)], drawn[_at(drawn, 36, 56)]
    gray = 180  # about what the bright square is
    assert _near(peak, tuple(round(0.6 * c + 0.4 * gray) for c in (252, 253, 191)), 30)  # type: ignore[arg-type]
    assert _near(beside, tuple(round(0.6 * c + 0.4 * gray) for c in (0, 0, 4)), 30)  # type: ignore[arg-type]
    assert drawn[_at(drawn, 42, 42)].sum() < peak.sum() - 100 > drawn[_at(drawn, 58, 42)].sum()
    assert _picture(_card(propagation)).note == "similarity 0.20 to 0.80"


def test_a_flat_map_is_dark(propagation: Folder) -> None:
    assert cv2.imwrite(str(propagation.out / "similarity" / "1.png"), np.full((1, 1), 200, np.uint8))
    picture = _picture(_card(propagation))
    assert picture.note == "similarity 0.78 to 0.78"
    drawn = _pixels(picture)
    assert drawn[_at(drawn, 50, 42)].max() < 120


@pytest.mark.parametrize("size", [(37, 28), (160, 120), (3, 200), (96, 80), (500, 500)])
def test_maps_of_any_size_cover_the_image(empty: Folder, size: tuple[int, int]) -> None:
    row = empty.accept(1, prompts=[], bbox=(0, 0, WIDTH, HEIGHT), similarity_path="s.png")
    assert cv2.imwrite(str(empty.out / "s.png"), np.random.default_rng(0).integers(0, 256, size[::-1], np.uint8))
    picture = _picture(render_card(row, empty.out, empty.images, SETTINGS))
    assert picture.note.startswith("similarity") and picture.data


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (lambda path: path.unlink(), "file missing"),
        (lambda path: path.write_bytes(b"junk"), "file does not decode"),
    ],
)
def test_without_the_map_the_points_are_still_there(
    propagation: Folder, spoil: Callable[[Path], object], why: str
) -> None:
    spoil(propagation.out / "similarity" / "1.png")
    picture = _picture(_card(propagation))
    assert picture.note == f"no similarity map: {why}"
    drawn = _pixels(picture)
    row, column = _at(drawn, 40, 30)
    assert _near(drawn[row, column + int(0.55 * 0.026 * 56 * TIMES)], POSITIVE)


@pytest.mark.parametrize("name", ["../images/1.png", "/etc/hostname", "a\0b", None])
def test_maps_are_read_below_the_folder_only(propagation: Folder, name: str | None) -> None:
    propagation.accepted[0].similarity_path = name
    why = "not written" if name is None else "path leaves its folder"
    assert _picture(_card(propagation)).note == f"no similarity map: {why}"


def test_without_the_photo_there_are_no_points(propagation: Folder) -> None:
    (propagation.images / "1.png").unlink()
    assert _picture(_card(propagation)).missing == "image missing"


def test_points_outside_the_crop_are_left_out(propagation: Folder) -> None:
    row = propagation.accepted[0]
    row.prompts = []
    bare = _picture(_card(propagation)).data
    row.prompts = [prompt(5, 5), prompt(94, 40, used=False), prompt(float("nan"), 40)]
    assert _picture(_card(propagation)).data == bare


def test_where_nothing_was_found_the_whole_image_is_shown(propagation: Folder) -> None:
    assets = render_card(propagation.rejected[0], propagation.out, propagation.images, SETTINGS)
    assert [picture.kind for picture in assets.pictures] == ["photo", "mask", "points"]
    assert (assets.width, assets.height) == (WIDTH, HEIGHT)
    assert _pixels(_picture(assets)).shape == (HEIGHT * 4, WIDTH * 4, 3)


# ---- references


def test_the_mask_the_box_and_the_points_are_on_the_reference(empty: Folder) -> None:
    assets = render_reference(Reference(**empty.reference(0)), empty.out, SETTINGS)
    assert [(picture.kind, picture.missing) for picture in assets.pictures] == [("mask", ""), ("points", "")]
    assert (assets.width, assets.height) == (WIDTH * 4, HEIGHT * 4)
    marked, similar = (_pixels(picture) for picture in assets.pictures)
    off = int(0.55 * 0.026 * WIDTH * 4)
    for drawn in (marked, similar):
        assert _near(drawn[4 * 30 + 2, 4 * 40 + 2 + off], POSITIVE)
        assert _near(drawn[4 * 10 + 2 + off, 4 * 10 + 2], NEGATIVE)
    inside, outside = marked[4 * 40, 4 * 36], marked[4 * 70, 4 * 80]
    assert inside[0] > inside[1] + 40 and outside.max() < 45  # tinted; dimmed
    assert marked[4 * 20, 4 * 36 : 4 * 60].min() > 200  # the box: a white line at the top of the square
    assert similar[4 * 42, 4 * 50].min() > similar[4 * 42, 4 * 80].max()


def test_the_picture_may_be_smaller_than_the_reference(empty: Folder) -> None:
    points = [{"x": 405.0, "y": 305.0}]
    entry = empty.reference(0, width=WIDTH * 10, height=HEIGHT * 10, points=points, box=None)
    drawn = _pixels(_picture(render_reference(Reference(**entry), empty.out, SETTINGS)))
    assert _near(drawn[122, 162 + int(0.55 * 0.026 * WIDTH * 4)], POSITIVE)


def test_large_references_are_shrunk(empty: Folder) -> None:
    entry = empty.reference(0)
    assert cv2.imwrite(str(empty.out / entry["picture"]), np.zeros((2000, 2400, 3), np.uint8))
    assets = render_reference(Reference(**entry), empty.out, SETTINGS)
    assert (assets.width, assets.height) == (880, 733)
    assert _picture(assets, "mask").note == f"no mask: mask is {WIDTH} x {HEIGHT} px, expected 2400 x 2000"


@pytest.mark.parametrize("content", [None, b"", b"junk"])
def test_damaged_references_say_why(empty: Folder, content: bytes | None) -> None:
    entry = empty.reference(0)
    for name in (entry["picture"], entry["mask"], entry["similarity"]):
        if content is None:
            (empty.out / name).unlink()
        else:
            (empty.out / name).write_bytes(content)
    assets = render_reference(Reference(**entry), empty.out, SETTINGS)
    assert all(picture.missing.startswith("image ") for picture in assets.pictures)
    empty.photo("0.png").rename(empty.out / entry["picture"])
    mask, points = render_reference(Reference(**entry), empty.out, SETTINGS).pictures
    assert mask.data and mask.note.startswith("no mask: file ")
    assert points.data and points.note.startswith("no similarity map: file ")


@pytest.mark.parametrize("name", ["../images/1.png", "/etc/hostname", None])
def test_references_are_read_below_the_folder_only(empty: Folder, name: str | None) -> None:
    empty.photo("1.png")
    assets = render_reference(Reference(name="r", picture=name, mask=name), empty.out, SETTINGS)
    assert [p.missing for p in assets.pictures] == [("not written" if name is None else "path escapes")] * 2


@pytest.mark.parametrize(
    "fields",
    [
        {"width": 0, "height": -3},
        {"width": 10**30, "height": 10**30},
        {"box": [-1e300, 5, 1e300, 1e300]},
        {"box": [40, 40, -10, -10]},
        {"points": [{"x": 1e300, "y": -1e300}]},
        {"points": []},
    ],
)
def test_odd_numbers_do_not_stop_the_report(empty: Folder, fields: dict[str, Any]) -> None:
    assets = render_reference(Reference(**empty.reference(0, **fields)), empty.out, SETTINGS)
    assert all(picture.data for picture in assets.pictures)


@pytest.mark.parametrize(
    "listed", [None, 3, "x", {}, [1, "x", None, {}, {"name": "a", "points": 3}, {"name": "a", "box": [1, 2]}]]
)
def test_entries_that_are_none_are_left_out(listed: Any) -> None:
    assert read_references({"references": listed}) == []


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, "marked with a box and 1 point · 3 points: 2 on the object, 1 beside it"),
        ({"box": None}, "marked with 1 point · 3 points: 2 on the object, 1 beside it"),
        ({"points": ()}, "marked with a box"),
        ({"box": None, "points": [{"x": 1, "y": 1}]}, "marked with a mask · 1 point on the object"),
    ],
)
def test_what_was_marked_is_told(empty: Folder, fields: dict[str, Any], expected: str) -> None:
    assert describe(Reference(**empty.reference(0, **fields))) == expected


# ---- the page


class _Page(HTMLParser):
    """The page's tags and its text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)
        self.text = " ".join(self.text.split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self.text += " "

    def handle_data(self, data: str) -> None:
        self.text += data

    def having(self, name: str, value: str) -> list[dict[str, str | None]]:
        return [attributes for _, attributes in self.tags if attributes.get(name) == value]


def _html(folder: Folder, *references: Any, **config: Any) -> str:
    summary = folder.summary()
    summary["config"] |= config
    if references:
        summary["references"] = list(references)
    return write_report(folder.out, folder.images, SETTINGS, summary).read_text("utf-8")


def test_the_references_stand_on_the_page(propagation: Folder) -> None:
    page = _Page(_html(propagation, propagation.reference(8), propagation.reference(9)))
    assert [a["data-name"] for a in page.having("class", "reference")] == ["ref8.jpg", "ref9.jpg"]
    assert "marked with a box and 1 point · 3 points: 2 on the object, 1 beside it" in page.text
    sources = {str(a["src"]) for tag, a in page.tags if tag == "img"}
    shown = {f"assets/f000{i}-{kind}.jpg" for i in (0, 1) for kind in ("mask", "points")}
    assert shown <= sources
    assert all((propagation.out / "report" / source).is_file() for source in sources)
    assert all(a.get("alt") for tag, a in page.tags if tag == "img" and "/f0" in str(a["src"]))


def test_missing_references_leave_placeholders(propagation: Folder) -> None:
    page = _Page(_html(propagation, {"name": "gone.jpg", "picture": "references/7.jpg"}))
    assert page.text.count("no picture image missing") == 2


def test_cards_name_their_reference_and_their_score(propagation: Folder) -> None:
    page = _Page(_html(propagation, propagation.reference(8)))
    cards = {str(a["data-id"]): a for tag, a in page.tags if tag == "article" and "data-id" in a}
    assert "from ref1.jpg" in page.text and "ref1.jpg" in str(cards["1.1"]["data-search"])
    assert [cards[key]["data-object-score"] for key in ("1.1", "2.2", "3.3", "4.4")] == ["0.75", "0.5", "0.25", "0.6"]
    assert "object score 0.750" in page.text
    assert page.having("aria-label", "Histogram of object score from 0.25 to 0.75")


def test_points_on_the_page(propagation: Folder) -> None:
    page = _Page(_html(propagation))
    points = [str(a["src"]) for tag, a in page.tags if tag == "img" and "-points" in str(a["src"])]
    assert points == [f"assets/{stem}-points.jpg" for stem in ("a0000", "a0001", "r0000", "r0001")]
    assert "points similarity 0.20 to 0.80" in page.text
    assert not page.having("class", "reference")


def test_an_object_that_was_not_found_shows_what_was_tried(propagation: Folder) -> None:
    html = _html(propagation)
    not_found, too_small = html.split('<section id="rejected"')[1].split("<article")[1:]
    assert "r0000-points.jpg" in not_found and "-photo.jpg" not in not_found and "no mask" not in not_found
    assert "r0001-mask.png" in too_small and "r0001-points.jpg" in too_small
    (propagation.images / "3.png").unlink()
    not_found = _html(propagation).split('<section id="rejected"')[1].split("<article")[1]
    assert "no photo" in not_found and "image missing" in not_found


def test_settings_of_the_search(propagation: Folder) -> None:
    config = {"search": {"min_score": 0.4}, "features": "dinov2", "features_weights": None, "segmenter": "sam2"}
    text = _Page(_html(propagation, **config)).text
    assert "features dinov2 features_weights none segmenter sam2 search.min_score 0.4 quality.min_area 1024" in text
    assert "gate: at least 0.4" in text


def test_pages_without_propagation_do_not_mention_it(folder: Folder) -> None:
    html = _html(folder, references=None)
    for word in ("object score", "object-score", "points", "eferences", ".reference", "propagat", "similar"):
        assert word not in html


def test_names_from_strangers_stay_text(propagation: Folder) -> None:
    for row in (*propagation.accepted, *propagation.rejected):
        row.reference_path, row.features, row.segmenter = EVIL + QUOTES, EVIL, QUOTES
    propagation.save()
    evil = propagation.reference(8, name=EVIL + QUOTES)
    html = _html(propagation, evil, {"name": QUOTES, "picture": EVIL}, features=EVIL, segmenter_weights=QUOTES)
    page = _Page(html)
    assert EVIL not in html and QUOTES not in html
    assert EVIL in page.text and QUOTES in page.text
    assert len([tag for tag, _ in page.tags if tag == "script"]) == 1
    assert not [a for _, attributes in page.tags for a in attributes if a.startswith("on")]


def test_same_bytes_every_time(propagation: Folder) -> None:
    entry = propagation.reference(8)
    report = propagation.out / "report"
    made = []
    for _ in range(2):
        _html(propagation, entry)
        made.append({p.name: p.read_bytes() for p in report.rglob("*") if p.is_file()})
    assert made[0] == made[1]
