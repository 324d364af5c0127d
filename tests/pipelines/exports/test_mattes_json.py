"""mattes.json: the bytes that dumping everything at once gives, from any number of parts, on a disk and on a store."""

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import orjson
import pytest

from pipelines.exports import mattes_json
from pipelines.exports.mattes_json import write_mattes_json
from pipelines.records import Instance
from pipelines.storage.files import make_folder, names, read_whole
from pipelines.storage.manifest import MANIFEST_SCHEMA, SchemaVersionError, part_name, write_part
from pipelines.storage.stores import place


def _row(number: int, image: int, **fields: Any) -> Instance:
    basis: dict[str, Any] = {
        "sample_id": f"toy-{number}",
        "dataset": "toy",
        "split": "val",
        "image_id": image,
        "annotation_id": number,
        "category": "person",
        "image_path": f"a folder/{image}.png",
        "image_width": 8,
        "image_height": 6,
        "image_sha256": "0" * 64,
        "bbox": (1, 2, 3, number),
        "mask_rle": {"size": [6, 8], "counts": f'"\\{number}'},
        "mask_area": number,
        "alpha_path": f"alphas/{number}.png",
        "trimap_path": f"trimaps/{number}.png",
        "alpha_sha256": "1" * 64,
        "trimap_sha256": "2" * 64,
        "kernel_size": 5,
        "unknown_fraction": 0.5,
        "mask_iou": 0.9,
        "soft_fraction": 0.1,
        "matting_backend": "closed-form",
        "matting_revision": "1",
        "accessory_annotation_ids": [number + 1000] * (number % 3),
    }
    return Instance(**(basis | fields))


def _at_once(rows: list[Instance]) -> bytes:
    """The file made from whole rows in a list."""
    images = {r.image_id: r for r in rows}
    numbers = {name: i for i, name in enumerate(sorted({r.category for r in rows}), 1)}
    body = {
        "images": [
            {"id": i, "file_name": r.image_path, "width": r.image_width, "height": r.image_height}
            for i, r in sorted(images.items())
        ],
        "categories": [{"id": i, "name": name} for name, i in numbers.items()],
        "annotations": [
            {
                "id": i,
                "image_id": r.image_id,
                "category_id": numbers[r.category],
                "iscrowd": 0,
                "bbox": r.bbox,
                "area": r.mask_area,
                "segmentation": r.mask_rle,
                "alpha_path": r.alpha_path,
                "trimap_path": r.trimap_path,
                "source_annotation_id": r.annotation_id,
                "accessory_annotation_ids": r.accessory_annotation_ids,
            }
            for i, r in enumerate(rows, 1)
        ],
    }
    return orjson.dumps(body) + b"\n"


def _save(out: Path, rows: list[Instance], per_part: int = 7) -> None:
    make_folder(out / "manifest")
    for part, start in enumerate(range(0, max(len(rows), 1), per_part)):
        write_part(out / "manifest" / part_name(part), rows[start : start + per_part], MANIFEST_SCHEMA)


@pytest.fixture(params=["disk", "memory"])
def out(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Path]:
    """A fresh output folder, on a disk and on a store."""
    if request.param == "disk":
        yield tmp_path
        return
    folder = place(f"memory://{uuid4()}")
    yield folder
    folder.rmdir(recursive=True)  # type: ignore[call-arg]


@pytest.mark.parametrize("count", [0, 1, 7, 50])
def test_as_dumped_at_once(out: Path, count: int) -> None:
    rng = random.Random(count)
    names = ["person", "dog", "é", "\U0001f600", "\uffff", '"']
    rows = [
        _row(i, rng.randrange(20), category=rng.choice(names), image_path=f"{rng.choice(names)}/{i}.png")
        for i in range(count)
    ]
    _save(out, rows)
    assert write_mattes_json(out) == out / "mattes.json"
    assert read_whole(out / "mattes.json") == _at_once(rows)


def test_the_last_entry_of_an_image_counts_across_parts(out: Path) -> None:
    rows = [_row(1, 5, image_path="old.png"), _row(2, 3), _row(3, 5, image_path="new.png")]
    _save(out, rows, per_part=1)
    images = orjson.loads(read_whole(write_mattes_json(out)))["images"]
    assert [image["file_name"] for image in images] == ["a folder/3.png", "new.png"]


def test_rows_may_stand_elsewhere(out: Path, tmp_path: Path) -> None:
    rows = [_row(1, 1)]
    _save(tmp_path / "parts", rows)
    assert read_whole(write_mattes_json(out, tmp_path / "parts")) == _at_once(rows)


def test_a_failure_leaves_the_old_list(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _save(out, [_row(1, 1)])
    before = read_whole(write_mattes_json(out))

    def fail(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(mattes_json, "_annotations", fail)
    with pytest.raises(OSError, match="No space"):
        write_mattes_json(out)
    assert read_whole(out / "mattes.json") == before
    assert sorted(names(out)) == ["manifest", "mattes.json"]


def test_another_schema_version_is_refused(out: Path) -> None:
    make_folder(out / "manifest")
    write_part(out / "manifest" / part_name(0), [_row(1, 1)], MANIFEST_SCHEMA, {"schema_version": "999"})
    with pytest.raises(SchemaVersionError):
        write_mattes_json(out)
    assert list(names(out)) == ["manifest"]
