"""The report as files: what is written, what is not, and what the HTML says. The page's behaviour: test_browser.py."""

import io
import os
import re
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from pipelines import report
from pipelines.config import ReportConfig
from pipelines.report import CardAssets, render_card, write_report
from pipelines.storage.manifest import MANIFEST_SCHEMA, SchemaVersionError, part_name, write_part

from .conftest import EVIL, HEIGHT, QUOTES, WIDTH, Folder, instance

SETTINGS = ReportConfig()


class _Page(HTMLParser):
    """Every tag with its attributes, and the text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self.text += " "

    def handle_data(self, data: str) -> None:
        self.text += data

    def sources(self) -> list[str]:
        return [str(a["src"]) for tag, a in self.tags if tag == "img"]

    def cards(self) -> list[dict[str, str | None]]:
        return [a for tag, a in self.tags if tag == "article"]


def _write(folder: Folder, settings: ReportConfig = SETTINGS) -> Path:
    return write_report(folder.out, folder.images, settings, folder.summary())


def _page(folder: Folder, settings: ReportConfig = SETTINGS) -> _Page:
    return _Page(_write(folder, settings).read_text("utf-8"))


def _files(root: Path) -> dict[str, bytes]:
    return {str(p.relative_to(root)): p.read_bytes() for p in sorted(root.rglob("*")) if p.is_file()}


def _pixels(data: bytes) -> NDArray[np.uint8]:
    return np.asarray(Image.open(io.BytesIO(data)))


def _shot(assets: CardAssets, kind: str) -> bytes:
    return next(picture.data for picture in assets.pictures if picture.kind == kind)


def _why(assets: CardAssets) -> dict[str, str]:
    return {picture.kind: picture.missing for picture in assets.pictures if picture.missing}


# ---- the page


def test_every_picture_on_the_page_is_a_file_and_every_file_is_on_the_page(folder: Folder) -> None:
    page = _page(folder)
    assets = {str(p.relative_to(folder.out / "report")) for p in (folder.out / "report" / "assets").iterdir()}
    assert set(page.sources()) <= assets
    assert len([s for s in assets if "/a" in s]) == 3 * 5
    assert all(attributes.get("loading") == "lazy" for tag, attributes in page.tags if tag == "img")


def test_cards(folder: Folder) -> None:
    cards = _page(folder).cards()
    assert [(card["data-kind"], card["data-id"]) for card in cards] == [
        ("accepted", "1.1"), ("accepted", "2.2"), ("accepted", "3.3"),
        ("rejected", "4.4"), ("rejected", "5.5"), ("rejected", "6.6"), ("rejected", "7.7"),
    ]  # fmt: skip
    assert "handbag" in str(cards[1]["data-search"])
    assert cards[5]["data-mask-area"] == ""


def test_nothing_from_outside_and_nothing_absolute(folder: Folder, tmp_path: Path) -> None:
    html = _write(folder).read_text("utf-8")
    page = _Page(html)
    for tag, attributes in page.tags:
        for name in ("src", "href", "action", "srcset", "poster"):
            value = attributes.get(name)
            assert value is None or re.fullmatch(r"#\w+|data:,|assets/[\w.-]+", value), (tag, name, value)
    assert not re.search(r"https?:|url\(|@import", html)
    assert str(tmp_path) not in html


def test_strings_from_strangers_stay_text(folder: Folder) -> None:
    html = _write(folder).read_text("utf-8")
    page = _Page(html)
    assert EVIL not in html and QUOTES not in html
    assert len([tag for tag, _ in page.tags if tag == "script"]) == 1
    assert not [a for _, attributes in page.tags for a in attributes if a.startswith("on")]
    assert EVIL in page.text and QUOTES in page.text


def test_hostile_names_everywhere(empty: Folder) -> None:
    names = {"sample_id": QUOTES, "dataset": EVIL, "split": QUOTES, "category": EVIL, "config_hash": EVIL}
    empty.accept(1, **names, accessory_categories=[EVIL, QUOTES], matting_backend=EVIL, matting_revision=QUOTES)
    empty.reject(2, QUOTES, EVIL, **names)
    empty.save()
    html = _write(empty).read_text("utf-8")
    assert EVIL not in html and QUOTES not in html
    assert {str(card["data-reason"]) for card in _Page(html).cards()} == {"", QUOTES}


def test_reasons_details_and_totals_are_told(folder: Folder) -> None:
    text = _page(folder).text
    for wanted in ("too_small", "mask area 12 px, expected at least 1024", "6.png is not in the image folder", "1,234"):
        assert wanted in text
    assert "showing 3 of 3" in text and "showing 4 of 4" in text
    assert text.count("no photo") == 2  # image missing, and a name that leaves the folder


def test_truth_table(folder: Folder) -> None:
    text = " ".join(_page(folder).text.split())
    assert "mask matte SAD 512.2 211.5 MSE 0.0123 0.0042" in text
    assert "mean of 3 instances matte closer than mask: 2 of 3 whole image" in text


def test_no_truth_no_table(folder: Folder) -> None:
    summary = folder.summary()
    del summary["truth"]
    page = write_report(folder.out, folder.images, SETTINGS, summary).read_text("utf-8")
    assert "true alpha" not in page


@pytest.mark.parametrize("summary", [{}, {"counts": None, "truth": [], "config": 3, "rejects_by_reason": "x"}])
def test_a_summary_that_says_little_is_enough(folder: Folder, summary: dict[str, Any]) -> None:
    page = _Page(write_report(folder.out, folder.images, SETTINGS, summary).read_text("utf-8"))
    assert len(page.cards()) == 7


def test_nothing_at_all(empty: Folder) -> None:
    empty.save()
    page = _page(empty)
    assert page.cards() == []
    assert "Nothing was rejected." in page.text and "toy" in page.text


def test_capped(folder: Folder) -> None:
    page = _page(folder, ReportConfig(max_instances=4))
    # The lowest and the highest mask IoU, and one of each of two reasons.
    assert [card["data-id"] for card in page.cards()] == ["2.2", "3.3", "6.6", "7.7"]
    assert "showing 2 of 3" in page.text and "showing 2 of 4" in page.text


def test_capped_at_nothing_still_tells_the_totals(folder: Folder) -> None:
    page = _page(folder, ReportConfig(max_instances=0))
    assert page.cards() == []
    assert "showing 0 of 3" in page.text
    assert "too_small" in page.text


# ---- the folder


def test_same_bytes_every_time_and_with_any_map(folder: Folder) -> None:
    _write(folder)
    first = _files(folder.out / "report")
    _write(folder)
    assert _files(folder.out / "report") == first
    with ThreadPoolExecutor(1) as pool:
        write_report(folder.out, folder.images, SETTINGS, folder.summary(), pool.map)
    assert _files(folder.out / "report") == first


def test_stale_files_vanish_and_nothing_is_left_beside(folder: Folder) -> None:
    _write(folder)
    stale = folder.out / "report" / "assets" / "a9999-photo.jpg"
    stale.write_bytes(b"old")
    for leftover in (".report.partial", ".report.old"):
        (folder.out / leftover / "assets").mkdir(parents=True)
    _write(folder)
    assert not stale.exists()
    assert sorted(p.name for p in folder.out.iterdir()) == ["alphas", "manifest", "rejects", "report", "trimaps"]


def _failing_map(after: int, error: BaseException) -> Callable[..., Iterable[CardAssets]]:
    def fail(function: Callable[[Any], CardAssets], rows: Iterable[Any]) -> Iterable[CardAssets]:
        for number, row in enumerate(rows):
            if number >= after:
                raise error
            yield function(row)

    return fail


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_a_failure_leaves_the_old_report(folder: Folder, error: BaseException) -> None:
    _write(folder)
    before = _files(folder.out)
    with pytest.raises(type(error)):
        write_report(folder.out, folder.images, SETTINGS, {}, _failing_map(2, error))
    assert _files(folder.out) == before
    assert not (folder.out / ".report.partial").exists()


def test_a_failed_swap_leaves_the_old_report(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    _write(folder)
    before = _files(folder.out)
    real = Path.replace

    def replace(self: Path, target: str | os.PathLike[str]) -> Path:
        if self.name == ".report.partial":
            raise PermissionError("no")
        return real(self, target)

    monkeypatch.setattr(Path, "replace", replace)
    with pytest.raises(PermissionError):
        write_report(folder.out, folder.images, SETTINGS, {})
    assert _files(folder.out) == before


def test_many_cards_are_rendered_in_portions(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    _write(folder)
    expected = _files(folder.out)
    sizes: list[int] = []

    def counting(function: Callable[[Any], CardAssets], rows: Iterable[Any]) -> Iterable[CardAssets]:
        rows = list(rows)
        sizes.append(len(rows))
        return map(function, rows)

    monkeypatch.setattr(report, "CARDS_AT_A_TIME", 2)
    write_report(folder.out, folder.images, SETTINGS, folder.summary(), counting)
    assert sizes == [2, 1, 2, 2]
    assert _files(folder.out) == expected


def test_another_schema_version_is_refused(folder: Folder) -> None:
    path = folder.out / "manifest" / part_name(0)
    write_part(path, folder.accepted, MANIFEST_SCHEMA, {"schema_version": "999"})
    with pytest.raises(SchemaVersionError):
        _write(folder)


# ---- the pictures


def test_the_five_pictures_share_one_crop(folder: Folder) -> None:
    assets = render_card(folder.accepted[0], folder.out, folder.images, SETTINGS)
    # The box is 40 x 40; its context of 8 on every side fits into the image.
    assert (assets.width, assets.height) == (56, 56)
    assert [picture.kind for picture in assets.pictures] == ["photo", "mask", "trimap", "matte", "cutout"]
    for kind in ("photo", "trimap", "matte", "cutout"):
        assert _pixels(_shot(assets, kind)).shape[:2] == (56, 56)
    alpha = _pixels((folder.out / "alphas" / "1.png").read_bytes())
    assert np.array_equal(_pixels(_shot(assets, "matte")), alpha[12:68, 22:78])
    assert np.array_equal(_pixels(_shot(assets, "cutout"))[..., 3], alpha[12:68, 22:78])
    assert set(np.unique(_pixels(_shot(assets, "trimap")))) == {0, 128, 255}


def test_the_mask_layer_is_clear_about_the_mask(folder: Folder) -> None:
    layer = Image.open(io.BytesIO(_shot(render_card(folder.accepted[0], folder.out, folder.images, SETTINGS), "mask")))
    times = layer.width // 56
    assert layer.size == (56 * times, 56 * times) and times > 1
    rgba = np.asarray(layer.convert("RGBA"))
    inside, outside = rgba[28 * times, 28 * times], rgba[0, 0]
    assert tuple(outside) == (0, 0, 0, 120)
    assert tuple(inside) == (232, 28, 140, 96)
    assert (rgba[..., 3] == 255).any()


def test_large_instances_are_shrunk(empty: Folder) -> None:
    row = empty.accept(1)
    assets = render_card(row, empty.out, empty.images, ReportConfig(thumbnail=32))
    assert (assets.width, assets.height) == (56, 56)
    row.bbox = (0, 0, WIDTH, HEIGHT)
    assets = render_card(row, empty.out, empty.images, ReportConfig(thumbnail=32))
    assert (assets.width, assets.height) == (64, 53)


def test_missing_photo_keeps_trimap_and_matte(folder: Folder) -> None:
    (folder.images / "1.png").unlink()
    assets = render_card(folder.accepted[0], folder.out, folder.images, SETTINGS)
    assert _why(assets) == dict.fromkeys(("photo", "mask", "cutout"), "image missing")
    assert _shot(assets, "matte") and _shot(assets, "trimap")


@pytest.mark.parametrize("content", [b"", b"not a picture", b"\x89PNG\r\n\x1a\n cut off"])
def test_damaged_photo(folder: Folder, content: bytes) -> None:
    (folder.images / "1.png").write_bytes(content)
    why = _why(render_card(folder.accepted[0], folder.out, folder.images, SETTINGS))
    assert why["photo"] in ("image empty", "image unreadable")


@pytest.mark.parametrize("name", ["../out/alphas/1.png", "/etc/hostname", "..\\x.png", "", "a\0b", "x" * 5000])
def test_names_that_no_photo_can_have(folder: Folder, name: str) -> None:
    row = instance(4, reason="path_escapes", detail="", image_path=name)
    assert "photo" in _why(render_card(row, folder.out, folder.images, SETTINGS))


def test_photos_may_be_links_to_other_disks(folder: Folder, tmp_path: Path) -> None:
    photo = folder.images / "1.png"
    photo.symlink_to(photo.rename(tmp_path / "elsewhere.png"))
    assert _why(render_card(folder.accepted[0], folder.out, folder.images, SETTINGS)) == {}


@pytest.mark.parametrize("kind", ["alphas", "trimaps"])
def test_missing_and_damaged_mattes(folder: Folder, kind: str) -> None:
    path = folder.out / kind / "1.png"
    expected = {"alphas": {"matte", "cutout"}, "trimaps": {"trimap"}}[kind]
    for spoil in (path.unlink, lambda: path.write_bytes(b"junk"), lambda: cv2.imwrite(str(path), np.zeros((3, 3)))):
        spoil()
        assert set(_why(render_card(folder.accepted[0], folder.out, folder.images, SETTINGS))) == expected


def test_a_photo_of_another_size_is_shown_whole_without_mask(empty: Folder) -> None:
    empty.photo("1.png", 50, 70)
    row = instance(1, reason="image_wrong_size", detail="")
    assets = render_card(row, empty.out, empty.images, SETTINGS)
    assert (assets.width, assets.height) == (50, 70)
    assert _why(assets) == {"mask": f"mask is {WIDTH} x {HEIGHT} px, expected 50 x 70"}


def test_the_photo_is_turned_as_it_was_matted(empty: Folder) -> None:
    """Annotated upright, stored sideways: the report shows it upright, so that the mask fits."""
    empty.accept(1, image_path="1.jpg", exif_orientation=6)
    exif = Image.Exif()
    exif[0x112] = 6
    stored = Image.new("RGB", (HEIGHT, WIDTH), (10, 10, 10))
    stored.paste((250, 250, 250), (0, 0, HEIGHT, WIDTH // 2))
    stored.save(empty.images / "1.jpg", exif=exif)
    assets = render_card(empty.accepted[0], empty.out, empty.images, SETTINGS)
    photo = _pixels(_shot(assets, "photo"))
    assert _why(assets) == {}
    assert photo[:, 45:].min() > 200 and photo[:, :10].max() < 60  # the stored top is the upright right


@pytest.mark.parametrize(
    "bbox", [(-500, -500, 10, 10), (95, 79, 1, 1), (0, 0, 2**31 - 1, 2**31 - 1), (30, 20, 0, 0), None]
)
def test_odd_boxes(empty: Folder, bbox: tuple[int, int, int, int] | None) -> None:
    empty.photo("1.png")
    row = instance(1, reason="mask_empty", detail="", bbox=bbox, mask_rle=None)
    assets = render_card(row, empty.out, empty.images, SETTINGS)
    assert assets.width > 0 and "photo" not in _why(assets)


def test_a_trimap_that_a_network_drew_has_no_kernel(empty: Folder) -> None:
    empty.accept(1, kernel_size=0)
    empty.save()
    assert "kernel" not in _page(empty).text
    empty.accept(2)
    empty.save()
    text = " ".join(_page(empty).text.split())
    assert "kernel 7 px" in text and "kernel 0 px" not in text
