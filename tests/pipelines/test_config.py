"""Settings as workers get them."""

import os
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from pipelines.config import CocoMattingConfig, TrimapConfig, config_hash
from pipelines.labelling.trimap import kernel_size
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


@pytest.mark.parametrize(
    ("backend", "trimap", "message"),
    [
        ("mask-to-matte", {"rule": "measured"}, "makes its own trimaps, got trimap.rule measured; expected another"),
        ("mask-to-matte", {"rule": "printed"}, "makes its own trimaps, got trimap.rule printed; expected another"),
        ("mask-to-matte", {"rule": "paper"}, "makes its own trimaps, got trimap.rule paper; expected another backend"),
        ("mask-to-matte", {"rule": "learned"}, "makes its own trimaps, got trimap.rule learned; expected another"),
        ("mask-to-matte", {"eta": 24}, "makes its own trimaps, got trimap.eta 24; expected another backend with it"),
        ("mask-to-matte", {"weights": "w"}, "weights w are for the rules learned and net-t, got rule auto"),
        ("closed-form", {"rule": "paper", "eta": 24}, "rule paper has eta 12, got eta 24; expected rule measured"),
        ("closed-form", {"rule": "learned", "eta": 24}, "rule learned has no kernel, got eta 24; leave it out"),
        ("closed-form", {"rule": "net-t"}, "rule net-t needs weights, trimap.weights: a folder that training net-t"),
        ("mask-to-matte", {"rule": "net-t", "weights": "w"}, "makes its own trimaps, got trimap.rule net-t; expected"),
        ("closed-form", {"rule": "measured", "weights": "w"}, "for the rules learned and net-t, got rule measured"),
    ],
)
def test_trimaps_that_cannot_be_meant(backend: str, trimap: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        CocoMattingConfig(annotations="a.json", images="i", out="o", matting={"backend": backend}, trimap=trimap)


@pytest.mark.parametrize(
    ("trimap", "rule", "omega"),
    [
        ({}, "measured", 10),  # 320 / 32
        ({"rule": "measured", "eta": 16}, "measured", 20),
        ({"rule": "paper"}, "paper", 27),  # 320 / 12
        ({"rule": "printed"}, "printed", 92),  # sqrt(320 * 320 / 12)
    ],
)
def test_rules_of_the_kernel(trimap: dict[str, Any], rule: str, omega: int) -> None:
    kernel = TrimapConfig(**trimap).kernel
    assert kernel["rule"] == rule
    assert kernel_size(320 * 320, eta=kernel["eta"], rule=kernel["rule"]) == omega


def test_a_default_and_the_same_value_given_are_one_setting() -> None:
    coco = {"annotations": "a.json", "images": "i", "out": "o", "matting": {"backend": "closed-form"}}
    given = [{}, {"rule": "measured"}, {"eta": 32}, {"rule": "measured", "eta": 32}]
    found = {config_hash(CocoMattingConfig(**coco, trimap=trimap)) for trimap in given}
    assert len(found) == 1
    assert config_hash(CocoMattingConfig(**coco, trimap={"eta": 12})) not in found
    paper = [{"rule": "paper"}, {"rule": "paper", "eta": 12}]
    assert len({config_hash(CocoMattingConfig(**coco, trimap=trimap)) for trimap in paper}) == 1


def test_another_default_of_a_later_release_is_another_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    coco = {"annotations": "a.json", "images": "i", "out": "o"}
    closed, network = (CocoMattingConfig(**coco, matting={"backend": b}) for b in ("closed-form", "mask-to-matte"))
    before = config_hash(closed), config_hash(network)
    monkeypatch.setattr("pipelines.eta.ETA", 40.0)
    assert config_hash(closed) != before[0]
    assert config_hash(network) == before[1]  # has no kernel
