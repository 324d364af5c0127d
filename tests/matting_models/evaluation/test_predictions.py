from pathlib import Path

import pytest

from matting_models.errors import MissingError
from matting_models.evaluation.predictions import find_predictions
from matting_models.evaluation.samples import Sample


def touch(*paths: Path) -> None:
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"")


def test_by_id_in_any_kind_of_picture(tmp_path: Path) -> None:
    touch(
        tmp_path / "a.png", tmp_path / "a.jpg", tmp_path / "b" / "c.d.jpg", tmp_path / "extra.png", tmp_path / "x.txt"
    )
    touch(tmp_path / ".hidden.png", tmp_path / ".half" / "a.png")
    (tmp_path / "z.txt").write_text("why not\n")
    samples = [Sample(name, name, ()) for name in ("a", "b/c.d", "y", "z")]
    tasks, unused = find_predictions(samples, tmp_path)
    assert [t.predictions for t in tasks] == [(tmp_path / "a.png",), (tmp_path / "b" / "c.d.jpg",), (), ()]
    assert [t.missing for t in tasks] == ["", "", f"no prediction: {tmp_path / 'y'}.png does not exist", "why not"]
    assert unused == [tmp_path / "extra.png"]


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
