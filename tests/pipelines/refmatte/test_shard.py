"""A run's shards without Prefect around them: every entity accounted for, the same bytes whatever happened."""

import os
import signal
from collections import Counter
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image
from PIL.JpegImagePlugin import get_sampling

from flows.composing import open_composition
from flows.job import finish
from pipelines.records import Instance
from pipelines.refmatte.config import RefMatteConfig
from pipelines.refmatte.entities.pixels import Pixels
from pipelines.refmatte.language.checker import referents
from pipelines.refmatte.records import Described, Fact, Scene
from pipelines.refmatte.shard import _coloured, compose_shard
from pipelines.refmatte.statistics import count_standing
from pipelines.storage.lock import locked
from pipelines.storage.manifest import read_folder
from pipelines.storage.verification import verify
from tests.conftest import Dataset, label, tree
from tests.pipelines.refmatte.entity_set import RED, EntitySet


@pytest.fixture
def entities(tmp_path: Path) -> EntitySet:
    return EntitySet(tmp_path).fill()


def run(config: RefMatteConfig) -> Counter[str]:
    counts: Counter[str] = Counter()
    with locked(config.out):
        opened = open_composition(config)
        for job in opened.plan.jobs:
            counts += compose_shard(job)
        finish(config, opened, more={"refmatte": count_standing(config.out)})
    return counts


def rows(config: RefMatteConfig, kind: str = "manifest") -> list[Instance]:
    return read_folder(config.out / kind)


def test_images_alphas_and_words(entities: EntitySet) -> None:
    config = entities.config()
    counts = run(config)
    accepted, rejected = rows(config), rows(config, "rejects")
    assert counts["images"] == 12 and counts["entities"] == len(accepted) + len(rejected)
    assert {row.reason for row in rejected} <= {"no_expression", "unrelated", "occluded"}
    assert {row.group for row in accepted} == {"human", "animal", "object"}
    for row in accepted:
        image = cv2.imread(str(config.out / str(row.composed_path)))
        alpha = cv2.imread(str(config.out / str(row.alpha_path)), cv2.IMREAD_GRAYSCALE)
        assert image is not None and alpha is not None
        assert image.shape[:2] == alpha.shape == (row.image_height, row.image_width)
        assert alpha.shape in ((120, 160), (120, 120))  # those above each other have no wide image
        assert row.mask_area == np.count_nonzero(alpha >= 128) < np.count_nonzero(alpha)
        with Image.open(config.out / str(row.composed_path)) as jpeg:
            assert get_sampling(jpeg) == 0  # colours are of all pixels
        # Where the alpha is full the image has the entity's colour, as far as JPEG keeps it.
        (colour,) = (each["value"] for each in row.attributes or [] if each["name"] == "colour")
        solid = image[..., ::-1][alpha == 255].mean(axis=0)
        nearest = {"crimson": (220, 20, 60), "green": (0, 128, 0), "blue": (0, 0, 255), "white": (255, 255, 255)}
        assert np.abs(solid - nearest[colour]).max() < 12
    assert not list(verify(config.out))


def test_every_text_fits_its_entity_alone(entities: EntitySet) -> None:
    config = entities.config(count=24)
    run(config)
    images: dict[int, list[Instance]] = {}
    for row in [*rows(config), *rows(config, "rejects")]:
        if row.composed_path:
            images.setdefault(row.image_id, []).append(row)
    checked = 0
    for of_image in images.values():
        scene = _told(of_image)
        for row in of_image:
            for expression in row.expressions or []:
                if expression["kind"] in ("basic", "relative-1", "relative-2"):
                    assert referents(expression["text"], scene)[0] == {row.annotation_id}, expression
                    checked += 1
    assert checked > 50


def _told(of_image: list[Instance]) -> Scene:
    """What the rows tell of an image; positions are not in them."""
    described = [
        Described(row.annotation_id, row.group, row.category, tuple((a["name"], a["value"]) for a in row.attributes))  # type: ignore[arg-type, union-attr]
        for row in sorted(of_image, key=lambda row: row.annotation_id)
    ]
    facts = frozenset(
        Fact(row.annotation_id, f["relation"], f["other"]) for row in of_image for f in row.relations or []
    )
    return Scene(tuple(described), facts, facts)


def test_keywords_are_of_images_without_a_category_twice(entities: EntitySet) -> None:
    config = entities.config(count=24)
    run(config)
    images: dict[int, list[Instance]] = {}
    for row in [*rows(config), *rows(config, "rejects")]:
        if row.composed_path:
            images.setdefault(row.image_id, []).append(row)
    both = set()
    for of_image in images.values():
        categories = [row.category for row in of_image]
        twice = len(set(categories)) < len(categories)
        assert [row.keyword for row in of_image] == [None if twice else name for name in categories]
        both.add(twice)
    assert both == {True, False}


def test_sources_name_what_an_image_is_made_of(entities: EntitySet) -> None:
    config = entities.config()
    run(config)
    for row in rows(config):
        own, *_, ground = row.sources or []
        assert (own["role"], own["license_name"], ground["role"]) == ("entity", "CC0-1.0", "background")
        assert own["name"].startswith(f"set/foregrounds/{'person' if row.group == 'human' else row.category}")
        assert all(len(each["sha256"]) == 64 for each in row.sources or [])
        assert (row.license_name, row.license_url) == (None, None)  # the background states none


def test_no_source_is_in_two_splits(entities: EntitySet) -> None:
    config = entities.config(count=40, planning={"long_tail": 0, "test": 0.4, "test_entities": 0.4})
    run(config)
    seen: dict[str, set[str]] = {"train": set(), "test": set()}
    for row in rows(config):
        seen[row.split] |= {each["name"] for each in row.sources or []}
    assert seen["train"] and seen["test"] and not seen["train"] & seen["test"]


def test_the_same_again_does_nothing(entities: EntitySet) -> None:
    config = entities.config()
    run(config)
    with locked(config.out):
        assert open_composition(config).plan.jobs == []


def test_more_images_are_added_and_the_others_stay(entities: EntitySet) -> None:
    config = entities.config(count=12)
    run(config)
    before = {row.sample_id: row for row in rows(config)}
    counts = run(more := entities.config(count=20))
    assert counts["images_reused"] == 12
    after = {row.sample_id: row for row in rows(more)}
    assert {name: after[name] for name in before} == before and len(after) > len(before)


def test_a_changed_entity_changes_its_images_alone(entities: EntitySet) -> None:
    config = entities.config()
    run(config)
    path = entities.foregrounds / entities.rows[0]["file"]
    rgba = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    assert rgba is not None
    rgba[..., :3] = (0, 215, 255)
    cv2.imwrite(str(path), rgba)
    name = f"set/{entities.rows[0]['file']}"
    of_it = {row.image_id for row in rows(config) if name in {each["name"] for each in row.sources or []}}
    counts = run(config)
    assert counts["images"] - counts["images_reused"] == len(of_it) > 0
    fresh = entities.config(out=entities.root / "fresh")
    run(fresh)
    assert _results(config.out) == _results(fresh.out)


class _Fatal:
    """Kills its process when it is called once more than ``times``."""

    def __init__(self, times: int) -> None:
        self._times = times

    def __call__(self) -> None:
        self._times -= 1
        if self._times < 0:
            os.kill(os.getpid(), signal.SIGKILL)


def test_killed_in_a_shard_it_goes_on_to_the_same_bytes(entities: EntitySet) -> None:
    config = entities.config()
    child = os.fork()
    if child == 0:  # pragma: no cover - the child is killed
        with locked(config.out):
            for job in open_composition(config).plan.jobs:
                compose_shard(job, _Fatal(2))
        os._exit(0)
    assert os.WTERMSIG(os.waitpid(child, 0)[1]) == signal.SIGKILL
    run(config)
    whole = entities.config(out=entities.root / "whole")
    run(whole)
    assert tree(config.out) == tree(whole.out)


def _results(out: Path) -> dict[str, bytes]:
    """What stands of the current version; others and their pictures stay too."""
    kept = {
        str(path)
        for row in read_folder(out / "manifest")
        for path in (row.alpha_path, row.trimap_path, row.composed_path)
    }
    parts = ("manifest/", "rejects/", "report/")
    return {name: content for name, content in tree(out).items() if name in kept or name.startswith(parts)}


def test_mattes_of_a_labelling_run_are_entities(tmp_path: Path, dataset: Dataset) -> None:
    entities = EntitySet(tmp_path / "refmatte").fill()
    for image in (1, 2, 3):
        dataset.person(image)
    label(labelled := dataset.config())
    config = entities.config(manifest=(labelled.out,), planning={"long_tail": 0, "animal": 0, "object": 0})
    run(config)
    sources = [row.sources[0] for row in rows(config) if row.sources]
    of_run = [each for each in sources if each["dataset"] == "coco"]
    assert of_run and {row.group for row in rows(config)} == {"human"}
    assert all(each["license_name"] is None for each in of_run)


def _break(entities: EntitySet, what: str) -> None:
    path = entities.foregrounds / entities.rows[0]["file"]
    if what == "gone":
        path.unlink()
    elif what == "text":
        path.write_text("no picture")
    elif what == "opaque":
        cv2.imwrite(str(path), np.zeros((20, 20, 3), np.uint8))
    elif what == "empty":
        cv2.imwrite(str(path), np.zeros((20, 20, 4), np.uint8))


@pytest.mark.parametrize(
    ("what", "reason", "detail"),
    [
        ("gone", "entity_missing", "person_0"),
        ("text", "entity_unreadable", "person_0"),
        ("opaque", "entity_without_alpha", "has colours alone, expected RGBA"),
        ("empty", "entity_without_alpha", "is 0 everywhere, expected a foreground"),
    ],
)
def test_an_entity_that_cannot_be_used_is_a_reject(entities: EntitySet, what: str, reason: str, detail: str) -> None:
    _break(entities, what)
    config = entities.config(planning={"long_tail": 0, "three": 1.0})
    run(config)
    bad = [row for row in rows(config, "rejects") if row.reason == reason]
    assert bad and all(detail in row.detail for row in bad)
    # Of three entities two are left, which make the image.
    ids = {row.image_id for row in bad}
    assert any(row.image_id in ids for row in rows(config))


def test_one_entity_alone_is_no_image(tmp_path: Path) -> None:
    entities = EntitySet(tmp_path)
    entities.add("dog", "animal", RED)
    entities.add("cat", "animal", RED).unlink()
    entities.background("0.png")
    config = entities.config(count=2)
    run(config)
    assert Counter(row.reason for row in rows(config, "rejects")) == {"entity_missing": 2, "too_few_entities": 2}
    assert "1 of its 2 entities can be used, expected at least 2" in str([r.detail for r in rows(config, "rejects")])


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda path: cv2.imwrite(str(path), np.zeros((90, 300, 3), np.uint8)), "background_too_small"),
        (lambda path: path.write_bytes(b"\x89PNG"), "background_unreadable"),
        (lambda path: path.unlink(), "background_missing"),
    ],
)
def test_a_background_that_cannot_be_used(entities: EntitySet, make: Any, reason: str) -> None:
    bad = entities.backgrounds / "0.png"
    config = entities.config()
    with locked(config.out):
        opened = open_composition(config)
        make(bad)
        for job in opened.plan.jobs:
            compose_shard(job)
        finish(config, opened)
    found = Counter(row.reason for row in rows(config, "rejects"))
    assert found[reason] >= 2 and rows(config)


def test_people_cut_at_the_waist_stand_beside_each_other_where_they_cannot_be_above(tmp_path: Path) -> None:
    entities = EntitySet(tmp_path)
    for colour in (RED, RED):
        path = entities.add("person", "human", colour)
        whole = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
        assert whole is not None
        cv2.imwrite(str(path), whole[:36])
    entities.background("0.png")
    run(config := entities.config(count=2, planning={"long_tail": 0, "horizontal": 0, "depth": 0}))
    assert {row.annotation_id for row in rows(config)} == {1, 2}


def test_the_colour_is_that_of_what_is_seen_or_of_the_entity_where_one_sees_through_it() -> None:
    own = Pixels(np.full((20, 20, 3), 10, np.uint8), np.full((20, 20), 200, np.uint8), "")
    image = np.arange(30 * 30 * 3, dtype=np.uint32).astype(np.uint8).reshape(30, 30, 3)
    visible = np.zeros((30, 30), np.uint8)
    visible[5:21, 4:20] = 230
    visible[0] = 229
    colours, alpha = _coloured(own, image, visible)
    assert np.array_equal(colours, image[5:21, 4:20]) and (alpha == 255).all()
    visible[5, 4] = 229
    assert _coloured(own, image, visible) == (own.colours, own.alpha)
