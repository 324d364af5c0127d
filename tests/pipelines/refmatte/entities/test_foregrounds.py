import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipelines.errors import UserError
from pipelines.refmatte.entities.sources import Sources, read_entities
from pipelines.refmatte.records import Rights


def foregrounds(folder: Path, *rows: dict[str, Any]) -> Path:
    path = folder / "manifest" / "part-00000.parquet"
    path.parent.mkdir(parents=True)
    given = {"file": "a.png", "kind": "human", "licence": "CC0-1.0"}
    pq.write_table(pa.Table.from_pylist([given | row for row in rows]), path)
    return folder


def rendered(kind: str, **subject: Any) -> dict[str, Any]:
    return {"kind": kind, "file": f"{kind}.png", "parameters": json.dumps({"subject": subject, "camera": {}})}


def test_rendered_people_state_what_they_were_made_of(tmp_path: Path) -> None:
    row = rendered("portrait", sex="female", age="young", top="loose shirt", hair="wavy")
    (found,) = read_entities(Sources(foregrounds=(foregrounds(tmp_path / "set", row),)))
    assert (found.entity_id, found.group, found.category) == ("set/portrait.png", "human", "human")
    assert found.stated == (("gender", "female"), ("age", "adult"), ("clothes", "shirt"))
    assert (found.colours, found.alpha, found.straight) == (tmp_path / "set" / "portrait.png", None, True)
    assert found.rights == Rights("CC0-1.0", "https://creativecommons.org/publicdomain/zero/1.0/")
    assert (found.photo, found.split) == ("set/portrait.png", None)


@pytest.mark.parametrize(
    ("row", "group", "category", "stated"),
    [
        (rendered("fur", pose="head"), "animal", "animal", ()),
        (rendered("fur", pose="ball"), "object", "fur ball", ()),
        (rendered("plant", plant="fern"), "object", "fern", ()),
        (rendered("wires", wires="cables"), "object", "cable", ()),
        (rendered("glass", glass="vase"), "object", "vase", (("transparent", "transparent"),)),
        (rendered("smoke", source=True), "object", "smoke", ()),
    ],
)
def test_kinds(tmp_path: Path, row: dict[str, Any], group: str, category: str, stated: tuple[Any, ...]) -> None:
    (found,) = read_entities(Sources(foregrounds=(foregrounds(tmp_path, row),)))
    assert (found.group, found.category, found.stated) == (group, category, stated)


def test_columns_say_more_than_kinds(tmp_path: Path) -> None:
    said: list[str] = []
    folder = foregrounds(
        tmp_path,
        {"category": "Dog", "group": None, "attributes": None},
        {"file": "b.png", "category": "robot", "group": "human", "attributes": [{"name": "clothes", "value": "coat"}]},
        {"file": "c.png", "kind": "drawn", "category": None, "group": None, "attributes": None},
    )
    dog, robot = read_entities(Sources(foregrounds=(folder,)), said.append)
    assert (dog.group, dog.category, dog.stated) == ("animal", "dog", ())
    assert (robot.group, robot.category, robot.stated) == ("human", "human", (("clothes", "coat"),))
    assert said == [f"{folder}: mattes left out that are of kind 'drawn' and without a category: 1"]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"category": "dog", "group": "pet"}, "a.png: group 'pet' of 'dog' is none; expected human, animal, object"),
        ({"category": "man", "attributes": [{"name": "age", "value": "9"}]}, "a.png: man: age is '9', expected child"),
        ({"parameters": "{"}, "a.png: unexpected end of data"),
        ({"category": "dog", "file": "../a.png"}, "file name '../a.png' does not name a file inside"),
    ],
)
def test_rows_that_cannot_be(tmp_path: Path, row: dict[str, Any], message: str) -> None:
    folder = foregrounds(tmp_path, row)
    with pytest.raises(UserError) as caught:
        read_entities(Sources(foregrounds=(folder,)))
    assert str(caught.value).startswith(f"{folder}: {message}")


def test_a_folder_without_a_manifest(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no manifest/part-\\*.parquet found, expected a folder that make foregrounds"):
        read_entities(Sources(foregrounds=(tmp_path,)))


def test_a_manifest_that_lacks_a_column(tmp_path: Path) -> None:
    path = tmp_path / "manifest" / "part-00000.parquet"
    path.parent.mkdir()
    pq.write_table(pa.table({"file": ["a.png"], "kind": ["human"]}), path)
    with pytest.raises(UserError, match=f"{path}: lacks the column licence, expected file, kind, licence"):
        read_entities(Sources(foregrounds=(tmp_path,)))


def test_a_damaged_manifest(tmp_path: Path) -> None:
    path = tmp_path / "manifest" / "part-00000.parquet"
    path.parent.mkdir()
    path.write_bytes(b"PAR1")
    with pytest.raises(UserError, match="the manifest is damaged"):
        read_entities(Sources(foregrounds=(tmp_path,)))


def test_no_source_at_all(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no source of entities is given"):
        Sources(images=tmp_path)


def test_one_source_twice(tmp_path: Path) -> None:
    folder = foregrounds(tmp_path / "set", rendered("smoke"))
    with pytest.raises(UserError, match="set/smoke.png is also of .*; expected each source and each picture once"):
        read_entities(Sources(foregrounds=(folder, folder)))


def test_pictures_of_one_name_with_different_endings_are_two_entities(tmp_path: Path) -> None:
    rows = (rendered("smoke"), rendered("smoke") | {"file": "smoke.webp"})
    found = read_entities(Sources(foregrounds=(foregrounds(tmp_path / "set", *rows),)))
    assert [entity.entity_id for entity in found] == ["set/smoke.png", "set/smoke.webp"]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"file": None}, "file name '' does not name a file"),
        ({"category": "cup", "attributes": ["red"]}, "column attributes is list<.*string>, expected list<.*struct<"),
        ({"category": "cup", "group": "plant"}, "a.png: group 'plant' of 'cup' is none;"),
    ],
)
def test_columns_that_are_not_as_they_should_be(tmp_path: Path, row: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError, match=message):
        read_entities(Sources(foregrounds=(foregrounds(tmp_path / "set", row),)))


@pytest.mark.parametrize(
    "row",
    [
        {"category": "smoke", "group": "", "attributes": [None]},
        {"kind": "smoke", "parameters": "[1]"},
        {"kind": "smoke", "parameters": '{"subject": [1]}'},
    ],
)
def test_what_is_empty_or_of_somebody_else_counts_for_nothing(tmp_path: Path, row: dict[str, Any]) -> None:
    (found,) = read_entities(Sources(foregrounds=(foregrounds(tmp_path / "set", row),)))
    assert (found.category, found.stated) == ("smoke", ())
