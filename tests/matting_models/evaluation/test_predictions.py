import os
from pathlib import Path

import pytest

from matting_models.errors import InputError, MissingError
from matting_models.evaluation.predictions import find_predictions
from matting_models.evaluation.samples import Sample


def touch(*paths: Path) -> None:
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"")


def test_by_id_in_any_kind_of_picture(tmp_path: Path) -> None:
    touch(tmp_path / "a.png", tmp_path / "b" / "c.d.jpg", tmp_path / "extra.png", tmp_path / "a.txt")
    touch(tmp_path / ".hidden.png", tmp_path / ".half" / "a.png")
    samples = [Sample(name, name, ()) for name in ("a", "b/c.d", "y")]
    tasks, unused = find_predictions(samples, tmp_path)
    assert [t.predictions for t in tasks] == [(tmp_path / "a.png",), (tmp_path / "b" / "c.d.jpg",), ()]
    assert [t.missing for t in tasks] == ["", "", f"no prediction: {tmp_path / 'y'}.png does not exist"]
    assert unused == [tmp_path / "extra.png"]


def test_links_are_followed_but_not_in_circles(tmp_path: Path) -> None:
    touch(tmp_path / "elsewhere" / "a.png")
    (tmp_path / "pred").mkdir()
    for name in ("deep", "alias"):
        (tmp_path / "pred" / name).symlink_to(tmp_path / "elsewhere")
    (tmp_path / "elsewhere" / "round").symlink_to(tmp_path / "pred")
    tasks, _ = find_predictions([Sample(f"{name}/a", "a", ()) for name in ("deep", "alias")], tmp_path / "pred")
    assert [task.predictions for task in tasks] == [(tmp_path / "pred" / name / "a.png",) for name in ("deep", "alias")]


def test_names_that_differ_in_the_ending_or_are_no_text(tmp_path: Path) -> None:
    touch(tmp_path / "one" / "a.png", tmp_path / "one" / "a.jpg")
    with pytest.raises(InputError, match=r"a\.jpg and .*a\.png are called alike; expected one picture a name"):
        find_predictions([], tmp_path / "one")
    touch(tmp_path / "two" / os.fsdecode(b"\xff.png"))
    with pytest.raises(InputError, match="has a name that is no UTF-8; rename it"):
        find_predictions([], tmp_path / "two")


def test_instances_are_a_folder(tmp_path: Path) -> None:
    touch(tmp_path / "s" / "a" / "01.png", tmp_path / "s" / "a" / "00.png")
    (tmp_path / "s" / "empty").mkdir()
    samples = [Sample(f"s/{name}", name, (), instances=True) for name in ("a", "empty", "absent")]
    tasks, unused = find_predictions(samples, tmp_path)
    assert [[p.name for p in t.predictions] for t in tasks] == [["00.png", "01.png"], [], []]
    assert [t.missing for t in tasks] == ["", "", ""]  # false negatives, not left out
    assert unused == []


def test_no_folder(tmp_path: Path) -> None:
    with pytest.raises(MissingError, match="nowhere is not a folder; expected predictions"):
        find_predictions([], tmp_path / "nowhere")
