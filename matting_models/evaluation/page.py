"""A page of the worst cases: photo, truth, prediction, error map."""

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from jinja2 import Environment, PackageLoader, StrictUndefined
from numpy.typing import NDArray

from matting_models.evaluation.error_map import error_map
from matting_models.evaluation.judge import INSTANCE_KINDS, Row
from matting_models.evaluation.protocols import Protocol
from matting_models.evaluation.reading import read_grey_like, resize_alpha
from matting_models.evaluation.summary import heading
from matting_models.evaluation.tables import Table
from matting_models.metrics import unknown_region
from matting_models.metrics._pair import extent
from matting_models.pictures import PictureProblem, read_alpha, read_grey, read_photo, size_text
from pipelines.storage.files import PARTIAL, write_whole

WORST = 24
"""Cases shown of each metric, and of missed and of invented instances."""

LONGEST = 1400
"""Long side of the pictures in pixels; larger crops are reduced."""

CONTEXT = 0.08
"""Share of the box around truth, prediction and errors that is added on every side of the crop."""

_HIGHER_IS_BETTER = ("accuracy", "iou_background", "iou_unknown", "iou_foreground", "miou", "iou")
_INSTANCE_COLUMNS = ("mad", "mse", "grad", "conn", "iou")

Picture = NDArray[np.uint8]

View = tuple[str, Picture | None]
"""Caption and picture; the caption says why where there is none."""


@dataclass(frozen=True, slots=True)
class Card:
    """One matte on the page.

    Attributes:
        title: sample, and which of its instances.
        kind: one of ``INSTANCE_KINDS``, or empty.
        numbers: heading, text, and a key by which larger is worse; None where the metric has no value.
        pictures: caption and path below the page's folder; the caption says why where the path is empty.
    """

    title: str
    kind: str
    numbers: tuple[tuple[str, str, float | None], ...]
    pictures: tuple[tuple[str, str], ...]


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
    columns = _INSTANCE_COLUMNS if any("instance" in row for row in rows) else protocol.columns
    beside = out / f".pictures{PARTIAL}"
    shutil.rmtree(beside, ignore_errors=True)
    beside.mkdir(parents=True)
    cards = []
    for index, row in enumerate(worst(rows, columns)):
        cards.append(_card(row, columns, protocol, trimaps.get(row["sample_id"]), beside, f"{index:03d}"))
        progress()
    template = Environment(
        loader=PackageLoader("matting_models.evaluation"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    ).get_template("page.html.j2")
    html = template.render(
        table=table,
        cards=cards,
        columns=[heading(column, protocol.mse_factor) for column in columns],
        kinds=[kind for kind in INSTANCE_KINDS if any(card.kind == kind for card in cards)],
        worst=WORST,
        reasons=[(row["sample_id"], row["reason"]) for row in rows if row.get("reason")],
    )
    shutil.rmtree(out / "pictures", ignore_errors=True)
    beside.replace(out / "pictures")
    write_whole(out / "index.html", html.encode())
    return out / "index.html"


def worst(rows: Sequence[Row], columns: Sequence[str]) -> list[Row]:
    """The worst ``WORST`` of each column, the worst by the first column first; then missed and invented instances.

    Of those there are no metrics: the largest ``WORST`` of each kind.
    """
    judged = [row for row in rows if not row.get("reason")]
    chosen: dict[int, Row] = {}
    for column in columns:
        measured = [(key, row) for row in judged if (key := badness(row, column)) is not None]
        ordered = sorted(measured, key=lambda pair: (-pair[0], pair[1]["sample_id"], pair[1]["truth"]))
        chosen |= {id(row): row for _, row in ordered[:WORST]}
    first = sorted(chosen.values(), key=lambda row: (-(badness(row, columns[0]) or 0), row["sample_id"], row["truth"]))
    for kind in INSTANCE_KINDS[1:]:
        of_kind = [row for row in judged if row.get("instance") == kind]
        first += sorted(of_kind, key=lambda row: (-row["pixels"], row["sample_id"]))[:WORST]
    return first


def badness(row: Row, column: str) -> float | None:
    """A key by which larger is worse; None where there is no value."""
    value = row.get(column)
    if value is None:
        return None
    return -float(value) if column in _HIGHER_IS_BETTER else float(value)


def _card(row: Row, columns: Sequence[str], protocol: Protocol, trimap: Path | None, folder: Path, name: str) -> Card:
    kind = row.get("instance") or ""
    title = f"{row['sample_id']}, {Path(row['truth'] or row['prediction']).stem}" if kind else row["sample_id"]
    title += f": {row['text']}" if row.get("text") else ""
    # Instances without metrics stand in the order of their size.
    lost = float(row["pixels"]) if kind in INSTANCE_KINDS[1:] else None
    numbers = tuple(
        (heading(c, protocol.mse_factor), _text(row.get(c), c, protocol), badness(row, c) if lost is None else lost)
        for c in columns
    )
    try:
        views = _trimap_views(row) if protocol.of_trimaps else _views(row, protocol, trimap)
    except PictureProblem as problem:
        views = [(str(problem), None)]
    pictures = [
        (caption, "" if view is None else f"pictures/{_write(folder / f'{name}-{caption}', view)}")
        for caption, view in views
    ]
    return Card(title, kind, numbers, tuple(pictures))


def _text(value: Any, column: str, protocol: Protocol) -> str:
    if value is None:
        return "-"
    return f"{value * (protocol.mse_factor if column == 'mse' else 1):.4g}"


def _views(row: Row, protocol: Protocol, trimap: Path | None) -> list[View]:
    """Pictures of the same crop."""
    size = row["height"], row["width"]
    nothing = np.zeros(size)
    truth, prediction = (
        resize_alpha(read_alpha(Path(row[name])), size) if row[name] else nothing for name in ("truth", "prediction")
    )
    region = unknown_region(read_grey_like(trimap, size)) if protocol.unknown_only and trimap else None
    crop = _crop((truth > 0) | (prediction > 0))
    mattes = [("truth", _bytes(truth)), ("prediction", _bytes(prediction))]
    views: list[View] = [(name, _shrunk(view[crop])) for name, view in mattes]
    views.append(("error", _shrunk(error_map(prediction, truth, region)[crop])))
    if row["image"]:
        try:
            views.insert(0, ("photo", _shrunk(_photo(Path(row["image"]), protocol, size)[crop])))
        except PictureProblem as problem:  # scores do not need it
            views.insert(0, (str(problem), None))
    return views


def _photo(path: Path, protocol: Protocol, size: tuple[int, int]) -> Picture:
    """A photo at the protocol's scale, turned as EXIF says if it fits so, else as stored."""
    for orientation in (None, 1):
        photo = read_photo(path, orientation)
        if protocol.size(*photo.shape[:2]) == size:
            return cv2.resize(photo, size[::-1], interpolation=cv2.INTER_LINEAR).astype(np.uint8, copy=False)
    raise PictureProblem(f"{path} is {size_text(photo)}, which does not fit the matte")


def _trimap_views(row: Row) -> list[View]:
    truth, prediction = (read_grey(Path(row[name])) for name in ("truth", "prediction"))
    kinds = [np.where((t > 0) & (t < 255), 0.5, t / 255.0) for t in (prediction, truth)]
    return [
        ("truth", _shrunk(truth)),
        ("prediction", _shrunk(prediction)),
        ("error", _shrunk(error_map(*kinds))),
    ]


def _crop(mask: NDArray[np.bool_]) -> tuple[slice, slice]:
    """The box around what is there with some context; everything if nothing is."""
    rows, columns = extent(mask.view(np.uint8))
    if not rows.stop:
        return slice(None), slice(None)
    margin = max(8, round(CONTEXT * max(rows.stop - rows.start, columns.stop - columns.start)))
    return (
        slice(max(0, rows.start - margin), rows.stop + margin),
        slice(max(0, columns.start - margin), columns.stop + margin),
    )


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
