import shutil
from pathlib import Path

import pytest

from pipelines.records import Instance
from pipelines.review.board import Board
from pipelines.storage.manifest import MANIFEST_SCHEMA, REJECTS_SCHEMA, working, write_part
from pipelines.storage.publishing import publish


def instance(number: int, **fields: object) -> Instance:
    """A matte of a made-up photo."""
    known: dict[str, object] = {
        "sample_id": f"set-{number}", "dataset": "set", "split": "test", "image_id": number, "annotation_id": number,
        "category": "person", "image_path": f"{number}.png", "image_width": 20, "image_height": 20,
        "image_sha256": "0", "bbox": (0, 0, 20, 20), "mask_rle": {"size": [20, 20], "counts": "0"}, "mask_area": 100,
        "alpha_path": f"alphas/{number}.png", "trimap_path": f"trimaps/{number}.png", "kernel_size": 0,
        "unknown_fraction": 0.1, "mask_iou": 0.9, "soft_fraction": 0.1, "matting_backend": "b",
        "matting_revision": "1", "alpha_sha256": f"digest-{number}", "trimap_sha256": "t",
    }  # fmt: skip
    return Instance(**(known | fields))  # type: ignore[arg-type]


def manifest(out: Path, rows: list[Instance], size: int = 2) -> None:
    """Make the rows the current version, so many to a part."""
    shards = [rows[start : start + size] for start in range(0, len(rows), size)] or [[]]
    for kind, schema in (("manifest", MANIFEST_SCHEMA), ("rejects", REJECTS_SCHEMA)):
        shutil.rmtree(working(out, kind), ignore_errors=True)
        working(out, kind).mkdir(parents=True)
        for shard, some in enumerate(shards):
            write_part(working(out, kind) / f"part-{shard:05d}.parquet", some if kind == "manifest" else [], schema)
    publish(out, {}, [{}] * len(shards))


@pytest.fixture
def board(tmp_path: Path) -> Board:
    """Five mattes; the third is the most doubtful, then the first; the fourth is a dog, the fifth has a tie."""
    doubts = [0.3, 0.1, 0.5, 0.1, 0.1]
    rows = [instance(number, unknown_fraction=doubt) for number, doubt in enumerate(doubts, 1)]
    rows[3].category = "dog"
    rows[4].accessory_annotation_ids, rows[4].accessory_categories = [9], ["tie"]
    manifest(tmp_path, rows)
    return Board(tmp_path)
