import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pipelines.annotations import index as index_module
from pipelines.annotations.index import build_index, read_shard, shard_count, shard_of
from pipelines.config import CocoMattingConfig
from pipelines.errors import UserError
from pipelines.records import ImageRecord, Rights
from tests.conftest import SHARED, Dataset


def rows(config: CocoMattingConfig, tmp_path: Path) -> list[ImageRecord]:
    summary = build_index(config, tmp_path / "index")
    return [
        r for shard, (digest, _) in enumerate(summary.shards) for r in read_shard(tmp_path / "index", shard, digest)
    ]


def test_shard_count_is_a_power_of_two() -> None:
    assert [shard_count(n, 64) for n in (0, 1, 64, 65, 128, 129)] == [1, 1, 1, 2, 2, 4]


def test_an_image_keeps_its_shard_or_moves_to_its_twin() -> None:
    for image in range(200):
        assert shard_of(image, 8) % 4 == shard_of(image, 4)


def test_images_are_grouped_and_sorted(dataset: Dataset, tmp_path: Path) -> None:
    for image in (30, 4, 17):
        dataset.add_image(image)
    dataset.annotate(17)
    dataset.annotate(4)
    dataset.annotate(17)
    got = rows(dataset.config(images_per_shard=1), tmp_path)
    assert sorted((r.image_id, [a.annotation_id for a in r.annotations]) for r in got) == [
        (4, [2]),
        (17, [1, 3]),
        (30, []),
    ]


def test_order_of_keys_does_not_matter(dataset: Dataset, tmp_path: Path) -> None:
    dataset.person(5)
    config = dataset.config()
    before = rows(config, tmp_path)
    coco = dataset.coco
    dataset.annotations.write_text(json.dumps({k: coco[k] for k in ("categories", "annotations", "images")}))
    assert rows(config, tmp_path / "other") == before


@pytest.mark.parametrize("count", [1, 300, 600])
def test_every_image_lands_in_one_shard(dataset: Dataset, tmp_path: Path, count: int) -> None:
    dataset.coco["images"] = [{"id": i, "file_name": "x", "width": 9, "height": 9} for i in range(count)]
    for i in range(count):
        dataset.annotate(i)
    got = rows(dataset.config(images_per_shard=1), tmp_path)
    assert sorted(r.image_id for r in got) == list(range(count))
    assert all(len(r.annotations) == 1 for r in got)


def test_spilling_in_small_pieces_changes_nothing(
    dataset: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for i in range(20):
        dataset.person(i)
    config = dataset.config()
    before = rows(config, tmp_path / "a")
    monkeypatch.setattr(index_module, "_SPILL_BYTES", 100)
    assert rows(config, tmp_path / "b") == before


def test_unchanged_file_is_not_read_again(dataset: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    dataset.person(1)
    config = dataset.config()
    first = build_index(config, tmp_path / "index")
    monkeypatch.setattr(index_module, "JsonStream", None)
    assert build_index(config, tmp_path / "index") == first


@pytest.mark.parametrize("content", ["{}", "[1, 2]", '{"key": [], "summary": {}}', '{"key": [], "summary": 3}'])
def test_a_damaged_head_is_none(dataset: Dataset, tmp_path: Path, content: str) -> None:
    dataset.person(1)
    config = dataset.config()
    first = build_index(config, tmp_path / "index")
    (tmp_path / "index" / "index.json").write_text(content)
    assert build_index(config, tmp_path / "index") == first


@pytest.mark.parametrize("damage", [lambda rows: rows[: len(rows) // 2], lambda rows: rows.replace(b"20", b"30", 1)])
def test_a_damaged_shard_is_not_read_and_made_again(
    dataset: Dataset, tmp_path: Path, damage: Callable[[bytes], bytes]
) -> None:
    for image in (1, 2):
        dataset.person(image)
    config, path = dataset.config(), tmp_path / "index" / "shard-00000.jsonl"
    before = rows(config, tmp_path)
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(UserError, match=f"{path}: damaged; the same command makes it again"):
        rows(config, tmp_path)
    assert rows(config, tmp_path) == before


def test_a_name_of_a_category_belongs_to_the_images_that_use_it(dataset: Dataset, tmp_path: Path) -> None:
    for image in range(8):
        dataset.person(image)
    dataset.annotate(3, category_id=18)
    dataset.annotate(3, category_id=4711)
    before = build_index(dataset.config(images_per_shard=1), tmp_path / "index")
    dataset.coco["categories"] = [*dataset.coco["categories"][:2], {"id": 18, "name": "wolf"}]
    config = dataset.config(images_per_shard=1)
    after = build_index(config, tmp_path / "index")
    changed = [shard for shard in range(8) if before.shards[shard] != after.shards[shard]]
    assert changed == [shard_of(3, 8)]
    (row,) = [row for row in rows(config, tmp_path) if row.image_id == 3]
    assert row.categories == ["person", "wolf", None]


def test_licence_and_origin_come_along(dataset: Dataset, tmp_path: Path) -> None:
    for image in (1, 2, 3, 4):
        dataset.person(image)
    one, two, three, four = dataset.coco["images"]
    one |= {"license": 4, "coco_url": "http://images.cocodataset.org/a.jpg", "flickr_url": "http://flickr.com/a.jpg"}
    two |= {"license": 9}  # not listed
    three |= {"license": "4", "coco_url": 5, "flickr_url": ["x"]}
    four |= {"license": 5, "flickr_url": "half a pair \ud800"}
    dataset.coco["licenses"] = [
        {"id": 4, "name": "Attribution License", "url": "http://creativecommons.org/licenses/by/2.0/"},
        {"id": 4, "name": "another"},
        {"id": 5, "name": None},
        {"name": "without id"},
        "no object",
    ]
    found = {row.image_id: row.rights for row in rows(dataset.config(), tmp_path)}
    by = ("Attribution License", "http://creativecommons.org/licenses/by/2.0/")
    assert found == {
        1: Rights(4, *by, "http://images.cocodataset.org/a.jpg", "http://flickr.com/a.jpg"),
        2: Rights(9),
        3: Rights(4, *by),
        4: Rights(5, flickr_url="half a pair ?"),
    }


def test_ids_written_as_strings(dataset: Dataset, tmp_path: Path) -> None:
    dataset.coco["images"] = [{"id": "000000000139", "file_name": "x.jpg", "width": 9, "height": 9}]
    dataset.annotate(139)
    (row,) = rows(dataset.config(), tmp_path)
    assert row.image_id == 139 and len(row.annotations) == 1


def test_annotation_of_an_unlisted_image(dataset: Dataset, tmp_path: Path) -> None:
    dataset.person(1)
    dataset.annotate(77)
    dataset.coco["annotations"].append({"id": 9, "category_id": 1, "segmentation": []})
    got = {r.image_id: r for r in rows(dataset.config(), tmp_path)}
    assert (got[77].problem, got[77].detail) == ("image_not_listed", 'no image 77 in "images"')
    assert (got[-1].problem, got[-1].detail) == ("image_not_listed", 'no usable "image_id"')


def test_duplicate_image_ids(dataset: Dataset, tmp_path: Path) -> None:
    dataset.person(1)
    dataset.add_image(1, "other.png")
    dataset.person(2)
    dataset.coco["images"].append(dataset.coco["images"][-1])
    got = {r.image_id: r for r in rows(dataset.config(), tmp_path)}
    assert got[1].problem == "duplicate_image_id"
    assert got[1].detail == "image id 1 is listed for 000000000001.png and for other.png"
    assert got[2].problem is None


def test_duplicate_annotation_ids(dataset: Dataset, tmp_path: Path) -> None:
    dataset.person(1)
    dataset.annotate(1, id=1)
    (row,) = rows(dataset.config(), tmp_path)
    assert [a.problem for a in row.annotations] == [None, "duplicate_annotation_id"]


@pytest.mark.parametrize(
    ("entry", "detail"),
    [
        ({"id": 1, "width": 9, "height": 9}, 'needs "id" and "file_name"'),
        ({"file_name": "x", "width": 9, "height": 9}, 'needs "id" and "file_name"'),
        (
            {"id": 1, "file_name": "x", "width": 0, "height": 9},
            "width x height is 0 x 9, expected two positive numbers",
        ),
        ({"id": 1, "file_name": "x", "height": 9}, "width x height is None x 9"),
        ("rubbish", "needs"),
    ],
)
def test_malformed_images(dataset: Dataset, tmp_path: Path, entry: Any, detail: str) -> None:
    dataset.coco["images"] = [entry]
    dataset.annotate(1)
    problems = [r for r in rows(dataset.config(), tmp_path) if r.problem == "image_malformed"]
    assert len(problems) == 1 and detail in problems[0].detail


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"images": []}, '"images" is missing or empty'),
        ({"annotations": []}, '"annotations" is missing or empty'),
        ({"categories": []}, 'no "categories" found'),
        ({"categories": [{"id": 18, "name": "dog"}]}, "no category named 'person'; it has: dog"),
        (
            {"categories": [{"id": 18, "name": "dog"}, {"id": 5, "name": "person"}]},
            "category 'person' has no annotation",
        ),
        ({"categories": [{"id": 1}]}, "needs a whole-number id and a name"),
    ],
)
def test_files_without_work(dataset: Dataset, tmp_path: Path, change: dict[str, Any], message: str) -> None:
    dataset.person(1)
    dataset.coco |= change
    with pytest.raises(UserError, match="instances_test.json: ") as error:
        build_index(dataset.config(), tmp_path / "index")
    assert message in str(error.value)


def test_not_coco_at_all(dataset: Dataset, tmp_path: Path) -> None:
    config = dataset.config()
    dataset.annotations.write_text('{"type": "FeatureCollection", "features": []}')
    with pytest.raises(UserError, match='no "categories" found, expected COCO'):
        build_index(config, tmp_path / "index")


def test_missing_file(dataset: Dataset, tmp_path: Path) -> None:
    config = dataset.config()
    dataset.annotations.unlink()
    with pytest.raises(UserError, match="instances_test.json: annotation file not found"):
        build_index(config, tmp_path / "index")


def test_panoptic_segments(dataset: Dataset, tmp_path: Path) -> None:
    dataset.add_image(1)
    segments = [{"id": 7, "category_id": 1, "iscrowd": 0, "bbox": [0, 0, 1, 1], "area": 1}, {"id": 3, "category_id": 0}]
    dataset.coco["annotations"] = [{"image_id": 1, "file_name": "1.png", "segments_info": segments}]
    (row,) = rows(dataset.config(panoptic=tmp_path), tmp_path)
    assert row.panoptic_file == "1.png"
    assert [(a.annotation_id, a.category_id) for a in row.annotations] == [(3, 0), (7, 1)]


def test_panoptic_needs_its_folder(dataset: Dataset, tmp_path: Path) -> None:
    dataset.add_image(1)
    segments = [{"id": 7, "category_id": 1}]
    dataset.coco["annotations"] = [{"image_id": 1, "file_name": "1.png", "segments_info": segments}]
    with pytest.raises(UserError, match="panoptic annotations need the folder of their PNGs"):
        build_index(dataset.config(), tmp_path / "index")


def test_two_panoptic_annotations_for_one_image(dataset: Dataset, tmp_path: Path) -> None:
    dataset.add_image(1)
    segments = [{"id": 7, "category_id": 1}]
    dataset.coco["annotations"] = [{"image_id": 1, "file_name": n, "segments_info": segments} for n in ("a", "b")]
    (row,) = rows(dataset.config(panoptic=tmp_path), tmp_path)
    assert row.problem == "duplicate_image_id"


@pytest.mark.skipif(not SHARED.is_dir(), reason="needs the shared COCO sample")
def test_real_files(tmp_path: Path) -> None:
    sample = SHARED / "coco-sample"
    path = sample / "annotations" / "instances_val2017.json"
    config = CocoMattingConfig(annotations=path, images=sample / "images" / "val2017", out=tmp_path)
    summary = build_index(config, tmp_path / "index")
    assert (summary.format, summary.images, summary.annotations) == ("instances", 32, 372)
    assert summary.annotations_by_category[1] == 150
