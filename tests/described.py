"""Small runs of the RefMatte engine: coloured shapes on grey, described in words."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.storage.manifest import MANIFEST_SCHEMA

COLOURS = {"red": (220, 40, 40), "blue": (40, 60, 220)}


def entity(image_id: int, number: int, **values: Any) -> dict[str, Any]:
    """A row with what a description needs; the rest of the manifest is absent."""
    row = {
        "sample_id": f"refmatte/{image_id}/{number}",
        "split": "train",
        "image_path": f"{image_id}.png",
        "alpha_path": f"alpha/{image_id}_{number}.png",
        "keyword": None,
        "expressions": [],
    }
    return row | values


def expression(kind: str, text: str) -> dict[str, Any]:
    """As a manifest has it."""
    return {"kind": kind, "text": text, "relation": None, "words": None, "other": None}


def write_manifest(root: Path, rows: Sequence[dict[str, Any]], version: str = "5") -> None:
    """One part."""
    (root / "manifest").mkdir(parents=True, exist_ok=True)
    fields = [MANIFEST_SCHEMA.field(name) for name in rows[0]]
    schema = pa.schema(fields, metadata={"schema_version": version})
    pq.write_table(pa.Table.from_pylist(list(rows), schema=schema), root / "manifest" / "part-00000.parquet")


def write_run(root: Path, images: int = 6, side: int = 80) -> Path:
    """Images of a red disc and a blue square side by side, in either order; the last two are the test split.

    Each entity has its shape as keyword, a basic and a relative expression.
    """
    for folder in ("images", "alpha"):
        (root / folder).mkdir(parents=True)
    rows = []
    for image_id in range(1, images + 1):
        first = ("disc", "red") if image_id % 2 else ("square", "blue")
        pair = [first, ("square", "blue") if image_id % 2 else ("disc", "red")]
        picture = np.full((side, side, 3), 90 + 10 * image_id, np.float64)
        for number, (shape, colour) in enumerate(pair, 1):
            alpha = _alpha(shape, side, column=side * (2 * number - 1) // 4)
            picture += alpha[..., None] * (np.array(COLOURS[colour]) - picture)
            cv2.imwrite(str(root / "alpha" / f"{image_id}_{number}.png"), np.rint(alpha * 255).astype(np.uint8))
            where, (other, other_colour) = ("left" if number == 1 else "right"), pair[2 - number]
            said = [
                expression("basic", f"the {colour} {shape}"),
                expression("relative-1", f"the {shape} to the {where} of the {other_colour} {other}"),
            ]
            split = "train" if image_id <= images - 2 else "test"
            rows.append(entity(image_id, number, split=split, keyword=shape, expressions=said))
        cv2.imwrite(str(root / "images" / f"{image_id}.png"), np.rint(picture).astype(np.uint8)[..., ::-1])
    write_manifest(root, rows)
    return root


def _alpha(shape: str, side: int, column: int) -> np.ndarray[Any, np.dtype[np.float64]]:
    rows, columns = np.mgrid[:side, :side].astype(np.float64)
    down, across = np.abs(rows - side // 2), np.abs(columns - column)
    distance = np.hypot(down, across) if shape == "disc" else np.maximum(down, across)
    return np.clip((side / 6 - distance) / 2 + 0.5, 0, 1)
