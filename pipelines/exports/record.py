"""What a shared row says, whatever the format."""

from dataclasses import fields
from pathlib import PureWindowsPath
from typing import Any

from pipelines.exports.choice import Chosen
from pipelines.records import Instance

_OURS = {"alpha_path", "trimap_path", "cutout_path", "similarity_path", "cutout_sha256", "similarity_sha256",
         "alpha_sha256", "trimap_sha256", "composed_path", "composed_sha256", "reason", "detail",
         "prompts"}  # fmt: skip
"""Columns that name files of the output folder, or that a shared matte does not have."""
_MEASURED = ("bbox", "kernel_size", "unknown_fraction", "mask_iou", "soft_fraction")
"""Columns that were measured on the machine's matte, null where a mended one has taken its place."""
COLUMNS = tuple(f.name for f in fields(Instance) if f.name not in _OURS)
"""Columns of the manifest that every format carries; docs/manifest.md says what they mean."""


def record(item: Chosen) -> dict[str, Any]:
    """The manifest's columns, digests of the shared files, and what people said."""
    row = {name: getattr(item.row, name) for name in COLUMNS}
    row["bbox"] = list(item.row.bbox or ())
    if item.row.reference_path:  # on the maker's machine
        row["reference_path"] = PureWindowsPath(item.row.reference_path).name
    if item.mended:
        row |= dict.fromkeys(_MEASURED)
    return row | {
        "alpha_sha256": item.alpha_sha256,
        "trimap_sha256": item.trimap_sha256,
        "review": item.state,
        "mended": item.mended,
    }
