"""The public sets in the layouts of their publishers."""

import json
from pathlib import Path

import pytest

from pipelines.errors import UserError
from pipelines.refmatte.entities.sources import Sources, read_entities
from tests.pipelines.refmatte.entities.pictures import touch


def test_am2k(tmp_path: Path) -> None:
    touch(tmp_path / "AM-2k", "train/original/m_1.jpg", "train/mask/m_1.png", "train/original/m_2.jpg",
          "train/mask/m_2.png", "train/fg/m_2.png", "validation/original/m_3.jpg", "validation/mask/m_3.png",
          "validation/trimap/m_3.png")  # fmt: skip
    (tmp_path / "AM-2k/classes.json").write_text(json.dumps({"m_1": "cat", "m_2": "Zebra", "m_3": "dog"}))
    one, two, three = read_entities(Sources(am2k=tmp_path))
    assert (one.entity_id, one.group, one.category, one.split) == ("am-2k/m_1", "animal", "cat", "train")
    assert one.colours == tmp_path / "AM-2k/train/original/m_1.jpg"
    assert one.alpha == tmp_path / "AM-2k/train/mask/m_1.png"
    assert not one.straight
    assert one.rights.license_name == "AM-2k Dataset Release Agreement (MIT License)"
    assert (two.category, two.colours.parent.name, two.straight) == ("zebra", "fg", True)
    assert (three.category, three.split) == ("dog", "test")


def test_p3m(tmp_path: Path) -> None:
    touch(tmp_path, "train/blurred_image/p_1.jpg", "train/mask/p_1.png", "validation/P3M-500-P/blurred_image/p_2.jpg",
          "validation/P3M-500-P/mask/p_2.png", "validation/P3M-500-NP/original_image/p_3.jpg",
          "validation/P3M-500-NP/mask/p_3.png")  # fmt: skip
    (tmp_path / "classes.csv").write_text("name,gender,age,clothes\np_2,female,adult,knit\n")
    found = read_entities(Sources(p3m=tmp_path))
    assert [(e.group, e.category, e.split) for e in found] == [
        ("human", "human", "train"),
        ("human", "human", "test"),
        ("human", "human", "test"),
    ]
    assert [e.stated for e in found] == [(), (("gender", "female"), ("age", "adult"), ("clothes", "knit")), ()]


def test_aim(tmp_path: Path) -> None:
    touch(tmp_path, "original/o_1.jpg", "mask/o_1.png", "trimap/o_1.png", "original/o_2.jpg", "mask/o_2.png")
    (tmp_path / "classes.json").write_text(json.dumps({"o_1": {"category": "wine_glass", "salient": "non-salient"}}))
    said: list[str] = []
    (found,) = read_entities(Sources(aim=tmp_path), said.append)
    assert (found.group, found.category, found.split) == ("object", "wine glass", "test")
    assert found.stated == (("salient", "non-salient"),)
    assert said == [
        f"{tmp_path}: mattes left out that have no class, for which there is classes.json or classes.csv: 1"
    ]


def test_sim_has_a_foreground_in_several_folders_of_edges(tmp_path: Path) -> None:
    touch(tmp_path, "train/fur/fg/cat-1.jpg", "train/fur/alpha/cat-1.jpg", "train/motion/fg/cat-1.jpg",
          "train/motion/alpha/cat-1.jpg", "test/fire/fg/f.jpg", "test/fire/alpha/f.jpg")  # fmt: skip
    (tmp_path / "classes.csv").write_text("name,category\ncat-1,cat\nf,flame\n")
    said: list[str] = []
    found = read_entities(Sources(sim=tmp_path), said.append)
    assert [(e.entity_id, e.group, e.split) for e in found] == [
        ("sim/cat-1", "animal", "train"),
        ("sim/f", "object", "test"),
    ]
    assert all(e.straight for e in found)
    assert said == [f"{tmp_path}: mattes left out that have a name that another one has: 1"]


def test_dim(tmp_path: Path) -> None:
    train, test = "Training_set/Other", "Test_set/Adobe-licensed images"
    touch(tmp_path / "Combined_Dataset", f"{train}/fg/a.jpg", f"{train}/alpha/a.jpg", f"{test}/fg/b.png",
          f"{test}/alpha/b.png", f"{test}/trimaps/b_0.png")  # fmt: skip
    (tmp_path / "Combined_Dataset/classes.json").write_text(json.dumps({"a": "net", "b": "woman"}))
    a, b = read_entities(Sources(dim=tmp_path))
    assert (a.category, a.split, a.straight) == ("net", "train", True)
    assert (b.category, b.split, b.stated) == ("human", "test", (("gender", "female"),))


def test_hatt(tmp_path: Path) -> None:
    touch(tmp_path, "Train/FG/1(2).png", "Train/GT/1(2).png", "Train/FG/2.png", "Test/FG/3.png", "Test/GT/3.png")
    (tmp_path / "classes.json").write_text(json.dumps({"1(2)": "vase", "3": "plush"}))
    said: list[str] = []
    found = read_entities(Sources(hatt=tmp_path), said.append)
    assert [(e.entity_id, e.split) for e in found] == [("hatt/1(2)", "train"), ("hatt/3", "test")]
    assert said == [f"{tmp_path}: mattes left out that have no alpha in Train/GT: 1"]


@pytest.mark.parametrize("name", ["am2k", "p3m", "aim", "sim", "dim", "hatt"])
def test_another_folder_is_none_of_them(tmp_path: Path, name: str) -> None:
    with pytest.raises(UserError, match=r": .* not found there, expected \S.* with "):
        read_entities(Sources(**{name: tmp_path}))


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("classes.json", "{", "is no JSON"),
        ("classes.json", "[1]", "is a JSON list, expected an object of categories by pictures' names"),
        ("classes.json", '{"o_1": 3}', "o_1 is 3, expected a category, or texts by category, group"),
        ("classes.json", '{"o_1": {"colour": "red"}}', "'colour' is not known, expected some of name, category"),
        ("classes.json", '{"o_1": {"category": "man", "age": "33"}}', "o_1: man: age is '33', expected child, youth"),
        ("classes.json", '{"o_1": {"category": "man", "group": "pet"}}', "o_1: group 'pet' of 'man' is none; expected"),
        ("classes.csv", "file,category\no_1,cat\n", "line 2 has no name, expected a header with name and category"),
        ("classes.csv", "name,category\no_1\n", "line 2 has another number of fields than the header"),
        ("classes.csv", "name,category\no_1,c\xe4t\n", "is no CSV in UTF-8"),
    ],
)
def test_files_of_classes_that_are_wrong(tmp_path: Path, name: str, content: str, message: str) -> None:
    touch(tmp_path, "original/o_1.jpg", "mask/o_1.png")
    (tmp_path / name).write_text(content, "latin-1")
    with pytest.raises(UserError) as caught:
        read_entities(Sources(aim=tmp_path))
    assert str(caught.value).startswith(f"{tmp_path / name}: {message}")
