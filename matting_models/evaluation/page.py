"""A page of the worst cases: photo, truth, prediction, error map."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from jinja2 import Environment, PackageLoader, StrictUndefined
from numpy.typing import NDArray

from matting_models.evaluation.error_map import error_map
from matting_models.evaluation.judge import Row
from matting_models.evaluation.protocols import Protocol
from matting_models.evaluation.reading import (
    read_prediction,
    read_sized_photo,
    read_trimap,
    read_truth,
    resize_photo,
)
from matting_models.evaluation.summary import heading
from matting_models.evaluation.tables import Table
from matting_models.metrics import unknown_region
from matting_models.pictures import PictureProblem, read_grey
from pipelines.files import write_whole

WORST = 24
"""Cases shown of each metric."""

LONGEST = 720
"""Long side of the pictures in pixels."""

CONTEXT = 0.08
"""Share of the box around truth, prediction and errors that is added on every side of the crop."""

_HIGHER_IS_BETTER = ("accuracy", "iou_background", "iou_unknown", "iou_foreground", "miou")
_INSTANCE_COLUMNS = ("mad", "mse", "grad", "conn", "iou")

Picture = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Card:
    """One matte on the page.

    Attributes:
        title: sample, and which of its instances.
        numbers: heading, text, and a key by which larger is worse.
        pictures: caption and path below the page's folder; an empty path has a reason in the caption's place.
    """

    title: str
    numbers: tuple[tuple[str, str, float], ...]
    pictures: tuple[tuple[str, str], ...]
    note: str = ""


def write_page(
    out: Path,
    rows: Sequence[Row],
    protocol: Protocol,
    table: Table,
    trimaps: dict[str, Path | None],
    progress: Callable[[], object] = lambda: None,
) -> Path:
    """Write ``index.html`` and ``pictures/``.

    Args:
        out: folder of both.
        rows: all of them.
        protocol: by which they were judged.
        table: shown on top.
        trimaps: by sample id.
        progress: called after every card.

    Returns:
        The page.
    """
    instances = any("instance" in row for row in rows)
    columns = _INSTANCE_COLUMNS if instances else protocol.columns
    folder = out / "pictures"
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("[0-9][0-9][0-9]-*"):  # an earlier run may have had more
        old.unlink()
    cards = []
    for index, row in enumerate(worst(rows, columns)):
        cards.append(_card(row, columns, protocol, trimaps.get(row["sample_id"]), folder, f"{index:03d}"))
        progress()
    template = Environment(
        loader=PackageLoader("matting_models.evaluation"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    ).get_template("page.html.j2")
    reasons = [(row["sample_id"], row["reason"]) for row in rows if row.get("reason")]
    html = template.render(
        table=table, cards=cards, columns=[heading_of(c) for c in columns], worst=WORST, reasons=reasons
    )
    write_whole(out / "index.html", html.encode())
    return out / "index.html"


def worst(rows: Sequence[Row], columns: Sequence[str]) -> list[Row]:
    """The worst ``WORST`` of each column, the worst by the first column first."""
    judged = [row for row in rows if not row.get("reason")]
    chosen: dict[int, Row] = {}
    for column in columns:
        ordered = sorted(judged, key=lambda row, c=column: (-badness(row, c), row["sample_id"]))  # type: ignore[misc]
        chosen |= {id(row): row for row in ordered[:WORST]}
    return sorted(chosen.values(), key=lambda row: (-badness(row, columns[0]), row["sample_id"], row["truth"] or "~"))


def badness(row: Row, column: str) -> float:
    """A key by which larger is worse; what has no value is worst: an instance that was missed or invented."""
    value = row.get(column)
    if value is None:
        return math.inf
    return -float(value) if column in (*_HIGHER_IS_BETTER, "iou") else float(value)


def heading_of(column: str) -> str:
    """How the page heads a column."""
    return "IoU" if column == "iou" else heading(column)


def _card(row: Row, columns: Sequence[str], protocol: Protocol, trimap: Path | None, folder: Path, name: str) -> Card:
    numbers = tuple((heading_of(c), _text(row.get(c)), badness(row, c)) for c in columns)
    title = row["sample_id"]
    instance = Path(row["truth"] or row["prediction"]).stem if row.get("instance") else ""
    try:
        views = _trimap_views(row) if protocol.of_trimaps else _views(row, protocol, trimap)
    except PictureProblem as problem:
        return Card(title, numbers, (), str(problem))
    written = tuple((caption, _write(folder / f"{name}-{caption}", view)) for caption, view in views)
    note = f"{row['instance']} ({instance})" if instance else ""
    return Card(title, numbers, tuple((caption, f"pictures/{file}") for caption, file in written), note)


def _text(value: Any) -> str:
    return "-" if value is None else f"{value:.4g}"


def _views(row: Row, protocol: Protocol, trimap: Path | None) -> list[tuple[str, Picture]]:
    """Captions and pictures, all of the same crop."""
    nothing = np.zeros((row["height"], row["width"]))
    truth, native = nothing, nothing.shape
    if row["truth"]:
        truth, native = read_truth(Path(row["truth"]), protocol)
    prediction = read_prediction(Path(row["prediction"]), protocol, native) if row["prediction"] else nothing
    region = unknown_region(read_trimap(trimap, native)) if protocol.unknown_only and trimap else None
    errors = error_map(prediction, truth, region)
    crop = _crop((truth > 0) | (prediction > 0))
    views = [*_photo(row, native, truth.shape), ("truth", _bytes(truth)), ("prediction", _bytes(prediction))]
    return [(caption, _shrunk(view[crop])) for caption, view in (*views, ("error", errors))]


def _photo(row: Row, native: tuple[int, int], size: tuple[int, int]) -> list[tuple[str, Picture]]:
    """The photo, if there is one that fits: scores do not need it."""
    if not row["image"]:
        return []
    try:
        return [("photo", resize_photo(read_sized_photo(Path(row["image"]), native), size))]
    except PictureProblem:
        return []


def _trimap_views(row: Row) -> list[tuple[str, Picture]]:
    truth, prediction = (read_grey(Path(row[name])) for name in ("truth", "prediction"))
    kinds = [np.where((t > 0) & (t < 255), 0.5, t / 255.0) for t in (prediction, truth)]
    views = [("truth", truth), ("prediction", prediction), ("error", error_map(*kinds))]
    return [(caption, _shrunk(view)) for caption, view in views]


def _crop(mask: NDArray[np.bool_]) -> tuple[slice, slice]:
    """The box around what is there with some context; everything if nothing is."""
    x, y, width, height = cv2.boundingRect(mask.view(np.uint8))
    if not width:
        return slice(None), slice(None)
    margin = max(8, round(CONTEXT * max(width, height)))
    return slice(max(0, y - margin), y + height + margin), slice(max(0, x - margin), x + width + margin)


def _bytes(alpha: NDArray[np.floating]) -> Picture:
    values: Picture = np.rint(alpha * 255).astype(np.uint8)
    return values


def _shrunk(view: Picture) -> Picture:
    scale = LONGEST / max(view.shape[:2])
    if scale >= 1:
        return view
    size = max(1, round(view.shape[1] * scale)), max(1, round(view.shape[0] * scale))
    small: Picture = cv2.resize(view, size, interpolation=cv2.INTER_AREA)  # type: ignore[assignment]
    return small


def _write(path: Path, view: Picture) -> str:
    """Write a picture, colours as JPEG if it is a photo, else as PNG; returns its name."""
    photo = path.name.endswith("photo")
    suffix = ".jpg" if photo else ".png"
    pixels = view[:, :, ::-1] if view.ndim == 3 else view
    _, encoded = cv2.imencode(suffix, pixels, [cv2.IMWRITE_JPEG_QUALITY, 90] if photo else [])
    write_whole(path.with_suffix(suffix), encoded.tobytes(), durable=False)
    return path.with_suffix(suffix).name
