"""The report of a run whose output, photos or both are on a store."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from pipelines import report
from pipelines.config import ReportConfig
from pipelines.errors import StoreError
from pipelines.report import CardAssets, render_card, write_report
from pipelines.report.references import read_references, render_reference
from pipelines.storage import stores
from pipelines.storage.files import names, read_whole, remove, write_whole
from pipelines.storage.manifest import KINDS
from pipelines.storage.stores import place

from .conftest import Folder, instance

SETTINGS = ReportConfig()


@pytest.fixture
def store() -> Iterator[Path]:
    """A fresh folder on a store."""
    folder = place(f"memory://{uuid4()}")
    yield folder
    if folder.exists():
        folder.rmdir(recursive=True)  # type: ignore[call-arg]


def _upload(source: Path, target: Path) -> Path:
    for path in sorted(source.rglob("*")):
        if path.is_file():
            write_whole(target / path.relative_to(source).as_posix(), path.read_bytes())
    return target


def _report(out: Path) -> dict[str, bytes]:
    """Every file of the report and its bytes."""
    folder = out / "report"
    files = ["index.html", *(f"assets/{name}" for name in names(folder / "assets"))]
    return {name: read_whole(folder / name) for name in sorted(files)}


def _why(assets: CardAssets) -> dict[str, str]:
    return {picture.kind: picture.missing for picture in assets.pictures if picture.missing}


@pytest.mark.parametrize("photos", ["disk", "memory"])
@pytest.mark.parametrize("rows", ["beside", "disk", "memory"])
def test_same_files_as_on_a_disk(folder: Folder, store: Path, photos: str, rows: str) -> None:
    write_report(folder.out, folder.images, SETTINGS, folder.summary())
    expected = _report(folder.out)
    out = _upload(folder.out, store / "out")
    images = _upload(folder.images, store / "images") if photos == "memory" else folder.images
    elsewhere = {"beside": None, "disk": folder.out, "memory": store / "versions" / "000001"}[rows]
    for kind in KINDS if elsewhere is not None else ():
        if rows == "memory":
            _upload(folder.out / kind, elsewhere / kind)
        for name in list(names(out / kind)):
            remove(out / kind / name)
    for name in list(names(out / "report" / "assets")):
        remove(out / "report" / "assets" / name)
    path = write_report(out, images, SETTINGS, folder.summary(), rows=elsewhere)
    assert path == out / "report" / "index.html"
    assert _report(out) == expected


def test_photos_on_a_store_and_the_rest_on_a_disk(folder: Folder, store: Path) -> None:
    write_report(folder.out, folder.images, SETTINGS, folder.summary())
    expected = _report(folder.out)
    write_report(folder.out, _upload(folder.images, store), SETTINGS, folder.summary())
    assert _report(folder.out) == expected


def test_a_propagation_run(propagation: Folder, store: Path) -> None:
    summary = propagation.summary() | {"references": [propagation.reference(8), propagation.reference(9, mask=None)]}
    write_report(propagation.out, propagation.images, SETTINGS, summary)
    out, images = _upload(propagation.out, store / "out"), _upload(propagation.images, store / "images")
    write_report(out, images, SETTINGS, summary)
    assert _report(out) == _report(propagation.out)


def test_nothing_at_all(store: Path) -> None:
    write_report(store / "out", store / "images", SETTINGS, {})
    assert list(_report(store / "out")) == ["index.html"]


def test_missing_pictures_say_so(folder: Folder, store: Path) -> None:
    out, images = _upload(folder.out, store / "out"), _upload(folder.images, store / "images")
    remove(images / "1.png")
    remove(out / "alphas" / "2.png")
    remove(out / "trimaps" / "2.png")
    first, second = (render_card(row, out, images, SETTINGS) for row in folder.accepted[:2])
    assert _why(first) == dict.fromkeys(("photo", "mask", "cutout"), "image missing")
    assert _why(second) == dict.fromkeys(("trimap", "matte", "cutout"), "file missing")
    write_report(out, images, SETTINGS, folder.summary())
    assert b"image missing" in read_whole(out / "report" / "index.html")


@pytest.mark.parametrize(
    "name",
    ["../images/1.png", "/images/1.png", "..\\1.png", "", "s3://bucket/1.png", "file:///etc/hostname", "local:/1.png"],
)
def test_names_from_strangers_do_not_leave_the_folder(folder: Folder, store: Path, name: str) -> None:
    out, images = _upload(folder.out, store / "out"), _upload(folder.images, store / "images")
    row = instance(4, image_path=name, alpha_path=name, trimap_path=name)
    escapes = dict.fromkeys(("photo", "mask"), "path escapes")
    leaves = dict.fromkeys(("trimap", "matte", "cutout"), "path leaves its folder")
    assert _why(render_card(row, out, images, SETTINGS)) == escapes | leaves
    reference = read_references({"references": [{"name": "r", "picture": name}]})[0]
    assert set(_why(render_reference(reference, out, SETTINGS)).values()) == {"path escapes"}


def test_the_page_comes_last_and_old_pictures_go_after_it(
    folder: Folder, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = _upload(folder.out, store / "out")
    write_report(out, folder.images, SETTINGS, folder.summary())
    before = _report(out)
    done: list[tuple[str, str]] = []
    put, drop = stores.write, stores.remove

    def write(path: Path, content: bytes) -> None:
        done.append(("put", path.name))
        put(path, content)

    def away(path: Path) -> None:
        done.append(("remove", path.name))
        drop(path)

    monkeypatch.setattr(stores, "write", write)
    monkeypatch.setattr(stores, "remove", away)
    write_report(out, folder.images, ReportConfig(max_instances=2), folder.summary())
    page = done.index(("put", "index.html"))
    assert {kind for kind, _ in done[:page]} == {"put"} and {kind for kind, _ in done[page + 1 :]} == {"remove"}
    after = _report(out)
    assert len(before) > len(after) == page + 1


def _failing_map(error: BaseException) -> Callable[..., Iterable[CardAssets]]:
    def fail(function: Callable[[Any], CardAssets], rows: Iterable[Any]) -> Iterable[CardAssets]:
        yield function(next(iter(rows)))
        raise error

    return fail


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_a_failure_while_rendering_leaves_the_old_report(folder: Folder, store: Path, error: BaseException) -> None:
    out = _upload(folder.out, store / "out")
    write_report(out, folder.images, SETTINGS, folder.summary())
    before = _report(out)
    with pytest.raises(type(error)):
        write_report(out, folder.images, SETTINGS, {}, _failing_map(error))
    assert _report(out) == before


def test_a_failure_while_putting_leaves_the_old_page(
    folder: Folder, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = _upload(folder.out, store / "out")
    write_report(out, folder.images, SETTINGS, folder.summary())
    before = _report(out)

    def write(path: Path, content: bytes) -> None:
        raise StoreError(f"{path}: the store does not answer")

    monkeypatch.setattr(stores, "write", write)
    with pytest.raises(StoreError):
        write_report(out, folder.images, SETTINGS, {})
    assert _report(out) == before


@pytest.mark.parametrize("part", ["out", "images"])
def test_a_store_that_does_not_answer_is_no_missing_picture(
    folder: Folder, store: Path, monkeypatch: pytest.MonkeyPatch, part: str
) -> None:
    out, images = _upload(folder.out, store / "out"), _upload(folder.images, store / "images")
    read = stores.read

    def broken(path: Path) -> bytes:
        if f"/{part}/" in str(path):
            raise StoreError(f"{path}: the store does not answer")
        return read(path)

    monkeypatch.setattr(stores, "read", broken)
    with pytest.raises(StoreError):
        render_card(folder.accepted[0], out, images, SETTINGS)


def test_no_temporary_folder_is_left(
    folder: Folder, store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(report.tempfile, "tempdir", str(tmp_path / "temporary"))
    write_report(_upload(folder.out, store / "out"), folder.images, SETTINGS, folder.summary())
    assert list((tmp_path / "temporary").iterdir()) == []
