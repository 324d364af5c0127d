from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pycocotools import mask as coco_mask

from pipelines.annotations.masks import to_rle
from pipelines.records import Instance
from pipelines.storage.manifest import (
    MANIFEST_SCHEMA,
    REJECTS_SCHEMA,
    SchemaVersionError,
    part_name,
    pictures_root,
    read_folder,
    read_metadata,
    read_part,
    write_part,
)
from tests.conftest import square


def matte(ident: int) -> Instance:
    rle = to_rle(square(1, 1, 3), 8, 6)
    return Instance(
        sample_id=f"coco-val-{ident}", dataset="coco", split="val", image_id=1, annotation_id=ident, category="person",
        image_path="1.jpg", image_width=8, image_height=6, image_sha256="ab", accessory_annotation_ids=[4],
        accessory_categories=["tie"], bbox=(1, 1, 3, 3), mask_rle=rle, mask_area=9, alpha_path=f"alphas/{ident}.png",
        trimap_path=f"trimaps/{ident}.png", kernel_size=5, unknown_fraction=0.5, mask_iou=0.9, soft_fraction=0.4,
        matting_backend="closed-form", matting_revision="1", input_hash="1", config_hash="2",
        alpha_sha256="cd", trimap_sha256="ef",
    )  # fmt: skip


def reject(ident: int) -> Instance:
    row = Instance("s", "coco", "val", 1, ident, "person", "1.jpg", 8, 6)
    row.reason, row.detail = "too_small", "mask area 3 px"
    return row


def test_round_trip(tmp_path: Path) -> None:
    write_part(tmp_path / part_name(0), [matte(1), matte(2)], MANIFEST_SCHEMA, {"note": "x"})
    assert read_part(tmp_path / "part-00000.parquet") == [matte(1), matte(2)]
    assert read_metadata(tmp_path / "part-00000.parquet")["note"] == "x"


def test_a_flipped_bit_is_never_read_as_data(tmp_path: Path) -> None:
    path, rows = tmp_path / part_name(0), [matte(1), matte(2)]
    write_part(path, rows, MANIFEST_SCHEMA)
    whole = path.read_bytes()
    footer = len(whole) - 8 - int.from_bytes(whole[-8:-4], "little")
    found = 0
    for place in range(4, footer, 5):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 16]) + whole[place + 1 :])
        try:
            assert read_part(path) == rows, place  # the bit was not of a value
        except (pa.ArrowException, OSError):
            found += 1
    assert found > 100


def test_rejects_round_trip_and_may_lack_fields(tmp_path: Path) -> None:
    write_part(tmp_path / part_name(0), [reject(5)], REJECTS_SCHEMA)
    assert read_part(tmp_path / part_name(0)) == [reject(5)]


@pytest.mark.parametrize(
    ("manifest", "root"),
    [
        ("out/versions/000003/manifest", "out"),
        ("out/manifest", "out"),
        ("out/rejects", "out"),
        ("versions/manifest", "versions"),
    ],
)
def test_where_a_manifests_pictures_are(manifest: str, root: str) -> None:
    assert pictures_root(Path("/a") / manifest) == Path("/a") / root


def test_parts_of_older_schemas_lack_columns(tmp_path: Path) -> None:
    row: dict[str, Any] = dict.fromkeys(("sample_id", "dataset", "split", "category", "image_path", "alpha_path"), "x")
    row |= dict.fromkeys(("image_id", "annotation_id", "image_width", "image_height"), 1)
    table = pa.Table.from_pylist([row | {"bbox": None, "schema_version": 2}])
    pq.write_table(table.replace_schema_metadata({"schema_version": "2"}), tmp_path / part_name(0))
    (found,) = read_part(tmp_path / part_name(0))
    assert (found.alpha_path, found.alpha_sha256, found.similarity_path) == ("x", None, None)


def test_a_matte_without_a_required_field_is_refused(tmp_path: Path) -> None:
    row = matte(1)
    row.alpha_path = None
    with pytest.raises(ValueError, match="part-00000.parquet: column alpha_path must not be null"):
        write_part(tmp_path / part_name(0), [matte(2), row], MANIFEST_SCHEMA)
    assert list(tmp_path.iterdir()) == []


def test_same_rows_same_bytes(tmp_path: Path) -> None:
    for name in ("a", "b"):
        write_part(tmp_path / name, [matte(1)], MANIFEST_SCHEMA, {"k": "v"})
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a", "b"]


def test_folder_in_part_order(tmp_path: Path) -> None:
    write_part(tmp_path / part_name(1), [matte(2)], MANIFEST_SCHEMA)
    write_part(tmp_path / part_name(0), [matte(1)], MANIFEST_SCHEMA)
    assert [r.annotation_id for r in read_folder(tmp_path)] == [1, 2]


@pytest.mark.parametrize(("version", "found"), [({"schema_version": "99"}, "99"), ({}, "none")])
def test_unknown_schema_version(tmp_path: Path, version: dict[str, str], found: str) -> None:
    table = pa.table({"a": [1]}).replace_schema_metadata(version)
    pq.write_table(table, tmp_path / "part-00000.parquet")
    with pytest.raises(SchemaVersionError, match=f"manifest schema version {found}, this code reads 1 and 2 and 3"):
        read_part(tmp_path / "part-00000.parquet")


def test_other_tools_read_it(tmp_path: Path) -> None:
    datasets = pytest.importorskip("datasets")
    folder = tmp_path / "manifest"
    folder.mkdir()
    write_part(folder / part_name(0), [matte(1), matte(2)], MANIFEST_SCHEMA)
    write_part(folder / part_name(1), [], MANIFEST_SCHEMA)
    frame = pd.read_parquet(folder)
    assert frame["sample_id"].tolist() == ["coco-val-1", "coco-val-2"]
    assert int(coco_mask.decode(frame["mask_rle"][0]).sum()) == 9
    query = f"select sum(mask_area), max(mask_rle.counts), max(bbox[3]) from '{folder}/*.parquet'"
    counts = to_rle(square(1, 1, 3), 8, 6)["counts"]
    assert duckdb.sql(query).fetchall() == [(18, counts, 3)]
    loaded = datasets.load_dataset("parquet", data_dir=str(folder), split="train", cache_dir=str(tmp_path / "cache"))
    assert loaded["annotation_id"][:] == [1, 2]
    assert loaded[0]["mask_rle"]["size"] == [6, 8]


def test_every_column_is_documented() -> None:
    text = (Path(__file__).parents[3] / "docs" / "manifest.md").read_text()
    missing = [n for n in REJECTS_SCHEMA.names if f"`{n}`" not in text]
    assert missing == []
