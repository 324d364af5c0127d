from pathlib import Path

import pytest
from pydantic import ValidationError

from pipelines.errors import UserError
from pipelines.propagation.config import Mark, PropagationConfig, file_sha256

ROOM = {"points": None, "box": None, "mask": None}


@pytest.mark.parametrize(
    "marked",
    [
        {"points": "3,4"},
        {"points": "3,4:- 5,6"},
        {"box": "1,2,3,4"},
        {"mask": "m.png"},
        {"box": "1,2,3,4", "points": "1,1:-"},
        {"mask": "m.png", "points": "1,1:-"},
    ],
)
def test_what_may_be_marked(marked) -> None:
    mark = Mark(image="a.png", **marked)
    assert {name: getattr(mark, name) for name in ROOM} == ROOM | marked | (
        {"mask": Path("m.png")} if "mask" in marked else {}
    )


@pytest.mark.parametrize(
    ("marked", "message"),
    [
        ({}, "a.png: nothing is marked, expected points, a box or a mask"),
        (
            {"box": "1,2,3,4", "mask": "m.png"},
            "a.png: both a box and a mask are given, expected one of them",
        ),
        (
            {"points": "1,2:- 3,4:-"},
            "a.png: points '1,2:- 3,4:-' has none on the object, expected one without :-",
        ),
        ({"points": ""}, "points: none given, expected x,y or x,y:- such as 120,80 200,150:-"),
        ({"points": "1"}, "points: '1' is no point, expected x,y or x,y:- such as 120,80 200,150:-"),
        ({"box": "1,2,0,4"}, "box: '1,2,0,4' is empty, expected a width and height above 0"),
        ({"box": "1,2,3,4", "points": "x"}, "points: 'x' is no point, expected x,y or x,y:- such as 120,80 200,150:-"),
    ],
)
def test_what_may_not(marked, message) -> None:
    with pytest.raises(UserError) as caught:
        Mark(image="a.png", **marked)
    assert str(caught.value) == message


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "a.png").write_bytes(b"one")
    (tmp_path / "m.png").write_bytes(b"mask")
    return tmp_path


def config(folder: Path, marks: list[dict] | None = None, **settings) -> PropagationConfig:
    marks = marks or [{"image": folder / "a.png", "points": "1,2"}]
    given = {"marks": marks, "images": folder / "targets", "out": folder / "out"} | settings
    return PropagationConfig(**given)


def test_identity_keeps_with_names_folders_and_speed(folder: Path) -> None:
    before = config(folder).identity()
    (folder / "a.png").rename(folder / "b.jpg")
    renamed = [{"image": folder / "b.jpg", "points": "1,2"}]
    again = config(
        folder, renamed, workers=7, out=folder / "elsewhere", cache=folder, cache_gb=1, device="cpu", images_per_shard=3
    )
    assert again.identity() == before


def test_identity_keeps_with_the_folder_if_the_split_does(folder: Path) -> None:
    named = config(folder, split="train").identity()
    assert config(folder, split="train", images=folder / "others").identity() == named
    assert config(folder).identity() != config(folder, images=folder / "others").identity()


@pytest.mark.parametrize(
    "settings",
    [
        {"dataset": "other"},
        {"object": "dog"},
        {"split": "train"},
        {"features": "dinov2"},
        {"features_weights": "some/where"},
        {"segmenter": "sam"},
        {"segmenter_weights": "some/where"},
        {"precision": "fp16"},
        {"search": {"min_score": 0.4}},
        {"search": {"points": 25}},
        {"trimap": {"gap_kernel": 5}},
        {"quality": {"min_area": 7}},
    ],
    ids=str,
)
def test_identity_changes_with_what_changes_a_matte(folder: Path, settings) -> None:
    assert config(folder, **settings).identity() != config(folder).identity()


def test_identity_changes_with_the_bytes_of_the_reference(folder: Path) -> None:
    before = config(folder).identity()
    (folder / "a.png").write_bytes(b"two")
    assert config(folder).identity() != before


def test_identity_changes_with_the_bytes_of_the_mask(folder: Path) -> None:
    masked = [{"image": folder / "a.png", "mask": folder / "m.png"}]
    before = config(folder, masked).identity()
    (folder / "m.png").write_bytes(b"another")
    assert config(folder, masked).identity() != before


def test_identity_changes_with_the_marks(folder: Path) -> None:
    image = folder / "a.png"
    of = [
        config(folder, marks).identity()
        for marks in (
            [{"image": image, "points": "1,2"}],
            [{"image": image, "points": "1,3"}],
            [{"image": image, "box": "1,2,3,4"}],
            [{"image": image, "box": "1,2,3,4", "points": "1,2"}],
            [{"image": image, "mask": folder / "m.png"}],
            [{"image": image, "points": "1,2"}, {"image": image, "points": "1,3"}],
        )
    ]
    assert len(set(of)) == len(of)


@pytest.mark.parametrize("missing", ["image", "mask"])
def test_identity_of_what_is_not_there(folder: Path, missing: str) -> None:
    mark = {"image": folder / "a.png", "mask": folder / "m.png"} | {missing: folder / "gone.png"}
    with pytest.raises(UserError) as caught:
        config(folder, [mark]).identity()
    expected = f"{folder}/gone.png: cannot be read (No such file or directory), expected a picture"
    assert str(caught.value) == expected


def test_file_sha256(folder: Path) -> None:
    expected = "7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed"  # printf one | sha256sum
    assert file_sha256(folder / "a.png") == expected
    with pytest.raises(UserError) as caught:
        file_sha256(folder)
    assert str(caught.value) == f"{folder}: cannot be read (Is a directory), expected a picture"


def test_split_and_subject(folder: Path) -> None:
    assert config(folder, images=folder / "my photos (2)").split_name() == "my_photos__2_"
    assert config(folder, split="train").split_name() == "train"
    subjects = config(folder, object="rubber duck").subjects()
    assert (subjects.subject, subjects.accessories) == ("rubber duck", ())


@pytest.mark.parametrize(
    "settings",
    [
        {"marks": []},
        {"search": {"min_score": 1.5}},
        {"search": {"min_score": -0.1}},
        {"search": {"tolerance": 0}},
        {"search": {"max_instances": 0}},
        {"search": {"instance_ratio": 0}},
        {"search": {"points": 0}},
        {"cache_gb": -1},
        {"object": ""},
        {"features": "dinov4"},
        {"segmenter": "watershed"},
        {"dataset": "no spaces"},
        {"unknown": 1},
    ],
    ids=str,
)
def test_settings_out_of_range(folder: Path, settings) -> None:
    config(folder)
    with pytest.raises(ValidationError):
        PropagationConfig(**{"marks": [{"image": "a", "points": "1,2"}], "images": folder, "out": folder} | settings)
