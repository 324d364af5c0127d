"""Settings as workers get them."""

import os
from pathlib import Path

import pytest
from pydantic import ValidationError

from pipelines.config import CocoMattingConfig, config_hash
from pipelines.propagation.config import Mark, PropagationConfig


def test_local_paths_are_absolute_for_workers_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    given = {"annotations": "a.json", "images": "memory://images", "out": "../out", "panoptic": "/p"}
    config = CocoMattingConfig(**given, runner="dask").for_workers()
    assert (config.annotations, config.out) == (tmp_path / "a.json", tmp_path / "../out")
    assert (str(config.images), config.panoptic, config.truth) == ("memory://images", Path("/p"), None)
    here = CocoMattingConfig(**given)
    assert here.for_workers() is here
    assert config.identity() == here.identity()


def test_paths_of_marks_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    mark = Mark(image="r.jpg", mask="m.png")
    config = PropagationConfig(marks=(mark,), images="t", out="o", runner="dask", cache="~/c").for_workers()
    assert (config.marks[0].image, config.marks[0].mask) == (tmp_path / "r.jpg", tmp_path / "m.png")
    assert config.cache == Path("~/c")


def test_an_output_whose_name_is_not_utf8() -> None:
    with pytest.raises(ValidationError, match="the name is not UTF-8, choose another one"):
        CocoMattingConfig(annotations="a.json", images="i", out=os.fsdecode(b"n\xff8"))


def test_a_list_of_mattes_is_no_other_matte() -> None:
    coco = {"annotations": "a.json", "images": "i", "out": "o"}
    found = {config_hash(CocoMattingConfig(**coco, output={"coco_json": given})) for given in (False, True)}
    assert len(found) == 1
    assert config_hash(CocoMattingConfig(**coco, output={"cutouts": True})) not in found
