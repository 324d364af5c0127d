"""The browsable report: one offline HTML page that shows what a run made, and what it rejected and why."""

import shutil
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from pipelines.config import ReportConfig
from pipelines.records import Instance
from pipelines.report.cards import CardAssets, render_card
from pipelines.report.page import Card, ReferenceCard, Shot, render_page
from pipelines.report.pictures import Picture
from pipelines.report.references import describe, read_references, render_reference
from pipelines.report.select import select
from pipelines.report.survey import survey
from pipelines.storage.files import is_local, names, read_whole, remove, spread, write_whole
from pipelines.storage.manifest import KINDS

__all__ = ["CardAssets", "Picture", "render_card", "write_report"]

MapFn = Callable[[Callable[[Instance], CardAssets], Iterable[Instance]], Iterable[CardAssets]]
"""``map``, or what renders in parallel in its place."""
CARDS_AT_A_TIME = 64
"""Cards handed to ``map_fn`` at once; bounds the encoded pictures held in memory."""


def write_report(
    out: Path,
    images: Path,
    settings: ReportConfig,
    summary: dict[str, Any],
    map_fn: MapFn = map,
    rows: Path | None = None,
    verdicts: Mapping[str, str] | None = None,
) -> Path:
    """Write ``out/report/index.html`` and the pictures it shows; replace the report that is there.

    The same rows, files, settings and summary give the same bytes. A local report is made beside its place and put
    there by renaming; it can always be made again from ``out``, so its many small files are not fsynced. On a store
    the pictures are put first and the page last, then pictures that the page no longer shows are removed.

    Args:
        out: folder of the mattes and of the report, locally or on a store.
        images: folder that image paths are below, locally or on a store.
        settings: how many instances, and how large.
        summary: "counts", "rejects_by_reason", "config", with ground truth "truth", and of a
            propagation run "references"; each may be missing.
        map_fn: like ``map``, in order; give a process pool's to render in parallel.
        rows: folder of manifest/ and rejects/, locally or on a store; by default ``out``.
        verdicts: what people said of a matte, by ``sample_id``. The labelling job gives none, since its bytes do not
            depend on reviews.

    Returns:
        Path of index.html.

    Raises:
        SchemaVersionError: the manifest was written with another schema version.
        OSError: a file could not be written; the report that was there is still there then, on a store with some of
            the new pictures if they were being put.
    """

    def make(folder: Path) -> None:
        (folder / "assets").mkdir()
        accepted, rejected = (survey((rows or out) / kind) for kind in KINDS)
        shown = select(accepted, rejected, settings.max_instances)
        render = partial(render_card, out=out, images=images, settings=settings)
        both = zip((accepted, rejected), shown, strict=True)
        cards = [_write_cards(folder, known.read(numbers), render, map_fn, verdicts or {}) for known, numbers in both]
        references = _write_references(folder, out, settings, summary)
        page = render_page(cards[0], cards[1], accepted, rejected, settings, summary, references)
        (folder / "index.html").write_text(page, encoding="utf-8", newline="\n")

    if not is_local(out):
        with tempfile.TemporaryDirectory(prefix="report-") as temporary:
            make(Path(temporary))
            _put(Path(temporary), out / "report")
        return out / "report" / "index.html"
    beside = out / ".report.partial"
    shutil.rmtree(beside, ignore_errors=True)
    try:
        beside.mkdir(parents=True)
        make(beside)
        _swap(beside, out / "report")
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    return out / "report" / "index.html"


def _write_cards(
    folder: Path,
    rows: Sequence[Instance],
    render: Callable[[Instance], CardAssets],
    map_fn: MapFn,
    verdicts: Mapping[str, str],
) -> list[Card]:
    """Render the rows and write their pictures below ``folder``."""
    cards = []
    for start in range(0, len(rows), CARDS_AT_A_TIME):
        part = rows[start : start + CARDS_AT_A_TIME]
        for number, (row, assets) in enumerate(zip(part, map_fn(render, part), strict=True), start):
            letter = "r" if row.reason else "a"
            shots = [_write_picture(folder, f"{letter}{number:04d}", picture) for picture in assets.pictures]
            cards.append(Card(row, assets.width, assets.height, tuple(shots), verdicts.get(row.sample_id, "")))
    return cards


def _write_references(folder: Path, out: Path, settings: ReportConfig, summary: dict[str, Any]) -> list[ReferenceCard]:
    """Render the references of a propagation run and write their pictures below ``folder``."""
    cards = []
    for number, reference in enumerate(read_references(summary)):
        assets = render_reference(reference, out, settings)
        shots = [_write_picture(folder, f"f{number:04d}", picture) for picture in assets.pictures]
        cards.append(ReferenceCard(reference.name, describe(reference), assets.width, assets.height, tuple(shots)))
    return cards


def _write_picture(folder: Path, stem: str, picture: Picture) -> Shot:
    """Names are numbers, never taken from a row: a row's strings are data from strangers."""
    if not picture.data:
        return Shot(picture.kind, missing=picture.missing)
    name = f"assets/{stem}-{picture.kind}{picture.suffix}"
    (folder / name).write_bytes(picture.data)
    return Shot(picture.kind, name, note=picture.note)


def _swap(fresh: Path, place: Path) -> None:
    """Put a folder where another may stand. A folder cannot be renamed over a full one, hence the step aside."""
    old = place.with_name(".report.old")
    shutil.rmtree(old, ignore_errors=True)
    if place.exists():
        place.replace(old)
    try:
        fresh.replace(place)
    except BaseException:
        if old.exists():
            old.replace(place)
        raise
    shutil.rmtree(old, ignore_errors=True)


def _put(folder: Path, place: Path) -> None:
    """Copy a finished report to a store, where another may stand, so that the page never lacks a picture for long."""
    fresh = sorted(names(folder / "assets"))

    def copy(name: str) -> None:
        write_whole(place / name, read_whole(folder / name))

    for _ in spread(place, copy, [f"assets/{name}" for name in fresh]):
        pass
    copy("index.html")
    stale = sorted(set(names(place / "assets")) - set(fresh))
    for _ in spread(place, lambda name: remove(place / "assets" / name), stale):
        pass
