"""The whole job with inputs and outputs on an fsspec store: the same files, byte by byte."""

import os
import shutil
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest

from flows.job import finished, open_output
from pipelines.config import CocoMattingConfig
from pipelines.storage.current import current
from pipelines.storage.files import mark, read_whole, remove, write_whole
from pipelines.storage.lock import locked
from pipelines.storage.manifest import KINDS, SCHEMA_VERSION
from pipelines.storage.stores import place
from pipelines.storage.versions import committed
from tests.conftest import Dataset, files_below, mattes, tree

Run = Callable[..., dict[str, Any]]


@pytest.fixture
def people(dataset: Dataset) -> Dataset:
    for image in range(1, 6):
        dataset.person(image)
    dataset.annotate(3, segmentation=[[1, 2]])
    return dataset


def in_memory(people: Dataset, **settings: Any) -> CocoMattingConfig:
    """The same data set with everything in memory."""
    root = place(f"memory://{uuid4().hex}")
    local = people.config(**settings)
    for path in people.images.iterdir():
        write_whole(root / "images" / path.name, path.read_bytes())
    write_whole(root / people.annotations.name, people.annotations.read_bytes())
    places = {"annotations": root / people.annotations.name, "images": root / "images", "out": root / "out"}
    return local.model_copy(update=places)


def counted(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Ids of images whose mattes are made from now on."""
    from pipelines.labelling import shard

    made: list[int] = []

    class Spy(shard.CandidateMaker):
        def __init__(self, photo: Any, make: Any, methods: Any) -> None:
            made.append(make.record.image_id)
            super().__init__(photo, make, methods)

    monkeypatch.setattr(shard, "CandidateMaker", Spy)
    return made


def test_same_bytes_as_on_a_disk(people: Dataset, run: Run) -> None:
    settings: dict[str, Any] = {"images_per_shard": 2, "output": {"cutouts": True, "coco_json": True}}
    local, memory = people.config(**settings), in_memory(people, **settings)
    assert run(memory, report=True) == run(local, report=True)
    here, there = tree(memory.out), tree(local.out)
    assert set(here) == set(there)
    assert [name for name in here if here[name] != there[name]] == []
    assert mark(memory.out / ".work" / "lease.json") is None
    with locked(memory.out):
        assert finished(memory, open_output(memory)) is not None


def test_changes_on_a_store(people: Dataset, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    config = in_memory(people)
    run(config)
    made = counted(monkeypatch)
    image = config.images / "000000000002.png"
    write_whole(image, read_whole(config.images / "000000000001.png"))
    remove(config.images / "000000000004.png")
    assert run(config)["rejects_by_reason"]["image_missing"] == 1
    assert made == [2] and committed(config.out) == [1, 2]
    write_whole(image, read_whole(image))  # another time, same bytes
    assert run(config)["version"] == 2 and made == [2]


@pytest.mark.parametrize("kind", ["local", "memory"])
def test_lost_notes_cost_no_matte(kind: str, people: Dataset, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    config = people.config(images_per_shard=2) if kind == "local" else in_memory(people, images_per_shard=2)
    summary = run(config)
    before, made = tree(config.out), counted(monkeypatch)
    for name in files_below(config.out):
        if name.startswith(".work/"):
            remove(config.out / name)
    assert run(config) == summary
    assert made == [] and tree(config.out) == before and current(config.out) == 1


def test_a_touched_image_is_read_and_not_matted_again(
    people: Dataset, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = people.config()
    run(config)
    made = counted(monkeypatch)
    (people.images / "000000000002.png").touch()
    with locked(config.out):
        assert open_output(config).plan.reasons == {"images changed": 1}
    assert run(config)["version"] == 1 and made == []
    with locked(config.out):
        assert open_output(config).plan.reasons == {}


def test_a_rewritten_image_with_its_old_time_is_noticed(
    people: Dataset, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = people.images / "000000000002.png"
    config = people.config()
    run(config)
    before, stat = path.read_bytes(), path.stat()
    path.write_bytes(before[:-20] + bytes(20))
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert (path.stat().st_size, path.stat().st_mtime_ns) == (stat.st_size, stat.st_mtime_ns)
    with locked(config.out):
        assert open_output(config).plan.reasons == {"images changed": 1}
    made = counted(monkeypatch)
    run(config)
    assert set(made) <= {2} and committed(config.out) == [1, 2]


def test_an_output_of_an_earlier_schema_is_taken_over(people: Dataset, run: Run) -> None:
    """Parts as an earlier release wrote them, in real folders, without digests."""
    import pyarrow.parquet as pq

    config = people.config(images_per_shard=2)
    run(config)
    before, out = tree(config.out), config.out
    for kind in KINDS:
        (out / kind).unlink()
        shutil.move(out / ".work" / "parts" / kind, out / kind)
        for part in (out / kind).iterdir():
            table = pq.read_table(part)
            kept = [name for name in table.column_names if name not in DIGESTS]
            metadata = {**table.schema.metadata, b"schema_version": b"2"}
            pq.write_table(table.select(kept).replace_schema_metadata(metadata), part)
    shards = len(list((out / "manifest").iterdir()))
    shutil.rmtree(out / "versions")
    (out / "current.json").unlink()
    with locked(out):
        assert open_output(config).plan.reasons == {"schema changed": shards}
    run(config)
    assert tree(out) == before and SCHEMA_VERSION == 5
    assert all(row.alpha_sha256 for row in mattes(config))


RIGHTS = ("license_id", "license_name", "license_url", "coco_url", "flickr_url")


def test_licences_cost_no_matte(people: Dataset, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither an output from before they were recorded, nor a file that states others."""
    import pyarrow.parquet as pq

    config = people.config()
    run(config)
    made = counted(monkeypatch)
    for kind in KINDS:
        for part in (config.out / ".work" / "parts" / kind).iterdir():
            table = pq.read_table(part)
            kept = [name for name in table.column_names if name not in RIGHTS]
            metadata = {**table.schema.metadata, b"schema_version": b"3"}
            pq.write_table(table.select(kept).replace_schema_metadata(metadata), part)
    run(config)
    assert made == [] and {row.license_id for row in mattes(config)} == {None}
    people.coco["licenses"] = [{"id": 4, "name": "Attribution"}]
    for image in people.coco["images"]:
        image["license"] = 4
    run(people.config())
    assert made == [] and {row.license_name for row in mattes(config)} == {"Attribution"}


DIGESTS = ("alpha_sha256", "trimap_sha256", "cutout_sha256", "similarity_sha256")


@pytest.mark.parametrize("content", ["[]", "null", "{}", '{"key": 1}', "nonsense", ""])
def test_damaged_notes_are_made_again(people: Dataset, run: Run, content: str) -> None:
    config = people.config()
    summary = run(config)
    for name in ("index/index.json", "inputs/part-00000.json", "finished"):
        (config.out / ".work" / name).write_text(content)
        assert run(config) == summary


def test_a_lost_shard_of_the_index_is_made_again(people: Dataset, run: Run) -> None:
    config = people.config()
    run(config)
    config = config.model_copy(update={"dataset": "other"})
    (config.out / ".work" / "index" / "shard-00000.jsonl").unlink()
    assert run(config)["counts"]["accepted"] == 5
