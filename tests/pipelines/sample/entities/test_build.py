import hashlib
import json
from dataclasses import replace

import cv2
import numpy as np
import pyarrow.parquet as pq
import pytest

from matting_models.data.foreground_source import ForegroundSource
from pipelines.sample.entities import build, build_entities
from pipelines.sample.entities.manifest import SCHEMA
from pipelines.sample.entities.plan import PLANS
from pipelines.sample.entities.scenes import SCENES

PICKED = ("person", "cat", "cat", "smoke")


@pytest.fixture
def few(monkeypatch):
    """Some entities and backgrounds, small, show how a set is built."""
    plans = [next(plan for plan in PLANS if plan.category == name) for name in PICKED]
    monkeypatch.setattr(build, "PLANS", tuple(replace(plan, unit=150) for plan in plans))
    monkeypatch.setattr(build, "SCENES", tuple(replace(scene, size=(64, 48)) for scene in SCENES[-2:]))


def digests(out):
    return {str(p.relative_to(out)): hashlib.sha256(p.read_bytes()).hexdigest() for p in out.rglob("*") if p.is_file()}


def test_the_manifest_tells_what_lies_in_the_folder(few, tmp_path):
    paths = build_entities(tmp_path)
    table = pq.read_table(paths.manifest)
    assert table.schema.equals(SCHEMA)
    rows = table.to_pylist()
    assert [(row["category"], row["group"], row["kind"]) for row in rows] == [
        ("person", "human", "human"),
        ("cat", "animal", "fur"),
        ("cat", "animal", "fur"),
        ("smoke", "object", "smoke"),
    ]
    assert [row["file"] for row in rows] == [
        "foregrounds/person_01.png",
        "foregrounds/cat_01.png",
        "foregrounds/cat_02.png",
        "foregrounds/smoke_01.png",
    ]
    assert rows[0]["attributes"] == [{"name": "clothes", "value": "dress"}] and rows[1]["attributes"] == []
    assert {path.name for path in paths.foregrounds.iterdir()} == {row["file"].rpartition("/")[2] for row in rows}
    for row in rows:
        path = tmp_path / row["file"]
        pixels = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
        assert pixels.shape == (row["height"], row["width"], 4)
        assert row["coverage"] == pytest.approx(pixels[..., 3].mean() / 255)
        assert row["soft_fraction"] == pytest.approx(((pixels[..., 3] > 0) & (pixels[..., 3] < 255)).mean())
        assert row["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
        assert row["bytes"] == path.stat().st_size


def test_every_other_one_of_a_category_looks_to_the_other_side(few, tmp_path):
    paths = build_entities(tmp_path)
    left, right = (cv2.imread(str(paths.foregrounds / f"cat_0{i}.png"), cv2.IMREAD_UNCHANGED)[..., 3] for i in (1, 2))
    # The tail stands at the other end than the head, and is higher.
    for alpha, at_left in ((left, False), (right, True)):
        top = np.nonzero(alpha[: alpha.shape[0] // 12] > 127)[1].mean() / alpha.shape[1]
        assert top < 0.3 if at_left else top > 0.7


def test_training_reads_the_folder_as_foregrounds(few, tmp_path):
    paths = build_entities(tmp_path)
    source = ForegroundSource(tmp_path, [paths.backgrounds])
    assert len(source) == 4
    assert source.load(0, np.random.default_rng(0)).image.shape[2] == 3


def test_same_seed_same_bytes_and_another_seed_others(few, tmp_path):
    build_entities(tmp_path / "a")
    build_entities(tmp_path / "b")
    build_entities(tmp_path / "c", seed=1)
    first, other = digests(tmp_path / "a"), digests(tmp_path / "c")
    assert first == digests(tmp_path / "b")
    assert first.keys() == other.keys() and not first.items() & other.items()


def test_what_stands_is_left_alone_and_what_is_damaged_is_made_again(few, tmp_path):
    paths = build_entities(tmp_path)
    first = digests(tmp_path)
    times = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*") if path.is_file()}
    assert build_entities(tmp_path) == paths
    assert times == {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*") if path.is_file()}
    picture = paths.foregrounds / "cat_01.png"
    picture.write_bytes(picture.read_bytes()[:-100])
    (paths.foregrounds / "unicorn_01.png").write_bytes(b"left over")
    build_entities(tmp_path)
    assert digests(tmp_path) == first


def test_an_interrupted_build_is_made_again(few, tmp_path, monkeypatch):
    whole = build.write_whole

    def fail(path, content, **options):
        if path.suffix == ".jpg":
            raise KeyboardInterrupt
        whole(path, content, **options)

    with monkeypatch.context() as patch:
        patch.setattr(build, "write_whole", fail)
        with pytest.raises(KeyboardInterrupt):
            build_entities(tmp_path)
    assert not (tmp_path / build._MARKER).exists()
    paths = build_entities(tmp_path)
    assert len(list(paths.backgrounds.iterdir())) == 2
    assert json.loads((tmp_path / build._MARKER).read_bytes())["seed"] == 0
