from dataclasses import replace
from pathlib import Path

import pytest

from pipelines.errors import UserError
from pipelines.refmatte.index import read_plan, write_plan
from pipelines.refmatte.records import Background, Entity, Planned, Rights

RIGHTS = Rights("CC0-1.0", "https://a", None)
CUTOUT = Entity("s/a", "s", "human", "human", Path("a.png"), None, True, "a", None, (("age", "adult"),), RIGHTS)
PHOTO = replace(CUTOUT, entity_id="s/b", colours=Path("b.jpg"), alpha=Path("b.png"), straight=False, split="test")
PLANNED = Planned(1, "train", (CUTOUT, PHOTO), Background("g/1.jpg", Path("g/1.jpg"), RIGHTS), "depth", 7)


def test_what_is_written_is_read(tmp_path: Path) -> None:
    images = [replace(PLANNED, image_id=number) for number in range(1, 6)]
    shards = write_plan(images, 2, tmp_path)
    assert [count for _, count in shards] and len(shards) == 4
    read = [image for shard, (digest, _) in enumerate(shards) for image in read_plan(tmp_path, shard, digest)]
    assert sorted(read, key=lambda image: image.image_id) == images


def test_files_of_a_larger_plan_go(tmp_path: Path) -> None:
    write_plan([replace(PLANNED, image_id=number) for number in range(1, 6)], 2, tmp_path)
    write_plan([PLANNED], 2, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["shard-00000.jsonl"]


def test_a_changed_file_is_refused(tmp_path: Path) -> None:
    ((digest, _),) = write_plan([PLANNED], 2, tmp_path)
    path = tmp_path / "shard-00000.jsonl"
    path.write_text(path.read_text().replace("adult", "child"))
    with pytest.raises(UserError) as error:
        list(read_plan(tmp_path, 0, digest))
    assert str(error.value) == f"{path}: damaged; the same command makes it again"
