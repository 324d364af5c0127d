"""The browsable report: one offline HTML page that shows what a run made, and what it rejected and why."""

import shutil
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from pipelines.config import ReportConfig
from pipelines.manifest import read_folder
from pipelines.records import Instance
from pipelines.report.cards import CardAssets, render_card
from pipelines.report.page import Card, ReferenceCard, Shot, render_page
from pipelines.report.pictures import Picture
from pipelines.report.references import describe, read_references, render_reference
from pipelines.report.select import select

__all__ = ["CardAssets", "Picture", "render_card", "write_report"]

CARDS_AT_A_TIME = 64
"""Cards handed to ``map_fn`` at once; bounds the encoded pictures held in memory."""


def write_report(
    out: Path,
    images: Path,
    settings: ReportConfig,
    summary: dict[str, Any],
    map_fn: Callable[[Callable[[Instance], CardAssets], Iterable[Instance]], Iterable[CardAssets]] = map,
) -> Path:
    """Write ``out/report/index.html`` and the pictures it shows; replace the report that is there.

    The same rows, files, settings and summary give the same bytes. The report is made beside its place and put
    there by renaming; it can always be made again from ``out``, so its many small files are not fsynced.

    Args:
        out: folder of manifest/, rejects/ and the mattes.
        images: folder that image paths are below.
        settings: how many instances, and how large.
        summary: "counts", "rejects_by_reason", "config", with ground truth "truth", and of a
            propagation run "references"; each may be missing.
        map_fn: like ``map``, in order; give a process pool's to render in parallel.

    Returns:
        Path of index.html.

    Raises:
        SchemaVersionError: the manifest was written with another schema version.
        OSError: a file could not be written; the report that was there is still there then.
    """
    accepted, rejected = read_folder(out / "manifest"), read_folder(out / "rejects")
    shown = select(accepted, rejected, settings.max_instances)
    beside = out / ".report.partial"
    shutil.rmtree(beside, ignore_errors=True)
    (beside / "assets").mkdir(parents=True)
    try:
        render = partial(render_card, out=out, images=images, settings=settings)
        cards = [_write_cards(beside, rows, render, map_fn) for rows in shown]
        references = _write_references(beside, out, settings, summary)
        page = render_page(cards[0], cards[1], accepted, rejected, settings, summary, references)
        (beside / "index.html").write_text(page, encoding="utf-8", newline="\n")
        _swap(beside, out / "report")
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    return out / "report" / "index.html"


def _write_cards(
    folder: Path,
    rows: Sequence[Instance],
    render: Callable[[Instance], CardAssets],
    map_fn: Callable[[Callable[[Instance], CardAssets], Iterable[Instance]], Iterable[CardAssets]],
) -> list[Card]:
    """Render the rows and write their pictures below ``folder``."""
    cards = []
    for start in range(0, len(rows), CARDS_AT_A_TIME):
        part = rows[start : start + CARDS_AT_A_TIME]
        for number, (row, assets) in enumerate(zip(part, map_fn(render, part), strict=True), start):
            letter = "r" if row.reason else "a"
            shots = [_write_picture(folder, f"{letter}{number:04d}", picture) for picture in assets.pictures]
            cards.append(Card(row, assets.width, assets.height, tuple(shots)))
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
