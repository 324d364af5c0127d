"""The propagation job without Prefect: what it makes, resume, repeat, increments, the cache, bad input."""

import os
import shutil
from hashlib import sha256
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from flows.job import open_targets
from flows.workers.propagation_worker import prepare_references, run_propagation_shard
from pipelines.annotations.masks import decode
from pipelines.errors import UserError
from pipelines.propagation.config import PropagationConfig
from pipelines.propagation.dense_sift import DenseSift
from pipelines.records import Instance
from pipelines.review.mended import keep_mended
from pipelines.storage.lock import locked
from pipelines.storage.manifest import read_folder, working
from tests.conftest import tree
from tests.views import HEIGHT, SIDE, WIDTH, Views, propagate, reasons


@pytest.fixture
def views(tmp_path: Path) -> Views:
    made = Views(tmp_path / "views")
    made.target("a.png", (80, 60))
    made.target("b.png", (20, 30), background=10)
    made.target("none.png", background=11)
    return made


@pytest.fixture
def one(tmp_path: Path) -> Views:
    """One target, where more would show nothing else."""
    made = Views(tmp_path / "views")
    made.target("a.png", (80, 60))
    return made


def rows(config: PropagationConfig, kind: str = "manifest") -> dict[str, list[Instance]]:
    found: dict[str, list[Instance]] = {}
    for row in read_folder(config.out / kind):
        found.setdefault(row.image_path, []).append(row)
    return found


def extractions(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, ...]]:
    """Shapes of the images that features are computed of from here on."""
    seen: list[tuple[int, ...]] = []
    extract = DenseSift.extract

    def counted(self: DenseSift, image: Any) -> Any:
        seen.append(image.shape)
        return extract(self, image)

    monkeypatch.setattr(DenseSift, "extract", counted)
    return seen


def test_object_is_found_matted_and_traced(views: Views) -> None:
    config = views.config(object="tile")
    summary = propagate(config)
    made, lost = rows(config), rows(config, "rejects")
    assert set(made) == {"a.png", "b.png"} and set(lost) == {"none.png"}
    assert summary["counts"] == {"accepted": 2, "images": 3, "images_with_matte": 2, "rejected": 1}
    assert summary["rejects_by_reason"] == {"object_not_found": 1}
    (row,) = made["a.png"]
    assert row.category == "tile" and row.annotation_id == 1 and row.mask_rle is not None
    true = np.zeros((HEIGHT, WIDTH), bool)
    true[60 : 60 + SIDE, 80 : 80 + SIDE] = True
    mask = decode(row.mask_rle).astype(bool)
    assert (mask & true).sum() / (mask | true).sum() > 0.93
    assert row.reference_path == str(views.reference) and row.object_score is not None and row.object_score > 0.7
    assert row.features is not None and row.features.startswith("dense-sift (opencv-")
    assert row.prompts is not None and len(row.prompts) == 24
    used = [p for p in row.prompts if p["used"]]
    assert len(used) >= 6
    for point in used:  # the object moved by (30, 20)
        assert abs(point["x"] - point["reference_x"] - 30) < 2 and abs(point["y"] - point["reference_y"] - 20) < 2
    assert row.alpha_path is not None and row.alpha_sha256 is not None
    assert row.alpha_path == f"alphas/a_{row.image_id:012d}_1-{row.alpha_sha256[:12]}.png"
    assert sha256((config.out / row.alpha_path).read_bytes()).hexdigest() == row.alpha_sha256
    assert row.similarity_path is not None and (config.out / row.similarity_path).is_file()
    (reject,) = lost["none.png"]
    assert reject.annotation_id == 0 and reject.similarity_path is not None
    assert reject.detail.startswith("object not found: best score 0.") and "expected at least 0.4" in reject.detail
    (reference,) = summary["references"]
    assert reference["name"] == str(views.reference) and len(reference["points"]) == 24
    assert all((config.out / reference[kind]).is_file() for kind in ("picture", "mask", "similarity"))


@pytest.mark.slow
def test_two_instances_in_one_target(views: Views) -> None:
    views.target("two.png", (10, 20), (120, 70), background=12)
    config = views.config()
    propagate(config)
    found = rows(config)["two.png"]
    assert [row.annotation_id for row in found] == [1, 2]
    corners = sorted(row.bbox[:2] for row in found if row.bbox)
    assert np.abs(np.array(corners) - [(10, 20), (120, 70)]).max() < 8
    single = views.config(out=views.root / "single", search={"max_instances": 1})
    propagate(single)
    assert len(rows(single)["two.png"]) == 1


def test_repeated_it_does_nothing_and_new_targets_are_all_it_does(
    views: Views, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = views.config(images_per_shard=100, keep_versions=1)
    propagate(config)
    before = tree(config.out)
    assert reasons(config) == {}
    views.target("later.png", (60, 50), background=13)
    assert reasons(config) == {"annotations changed": 1}
    seen = extractions(monkeypatch)
    propagate(config)
    assert len(seen) == 1
    after = tree(config.out)
    kept = [name for name in before if name.split("/")[0] in ("alphas", "trimaps", "similarity")]
    assert all(after[name] == before[name] for name in kept)
    undisturbed = views.config(images_per_shard=100, out=views.root / "fresh")
    propagate(undisturbed)
    fresh = tree(undisturbed.out)
    assert {n for n in fresh if n != "summary.json" and "part-" not in n} == {
        n for n in after if n != "summary.json" and "part-" not in n
    }
    assert all(after[n] == fresh[n] for n in fresh if n != "summary.json" and "rejects" not in n)


def test_a_target_more_that_doubles_the_shards_is_all_it_does(views: Views, monkeypatch: pytest.MonkeyPatch) -> None:
    config = views.config(images_per_shard=3)
    propagate(config)
    before = {path: path.stat().st_mtime_ns for path in (config.out / "similarity").iterdir()}
    views.target("later.png", (60, 50), background=13)
    assert reasons(config) == {"number of shards changed": 1, "not done yet": 1}
    seen = extractions(monkeypatch)
    propagate(config)
    after = {path: path.stat().st_mtime_ns for path in (config.out / "similarity").iterdir()}
    assert len(seen) == 1 and len(after) == 4 and before.items() <= after.items()


def test_a_target_that_goes_takes_its_files_along(views: Views) -> None:
    config = views.config(keep_versions=1)
    propagate(config)
    (views.targets / "a.png").unlink()
    propagate(config)
    assert set(rows(config)) == {"b.png"}
    names = [p.name for kind in ("alphas", "trimaps", "similarity") for p in (config.out / kind).iterdir()]
    assert not [n for n in names if n.startswith("a_")] and [n for n in names if n.startswith("b_")]


def test_what_redoes_targets(one: Views) -> None:
    propagate(one.config())
    changes: dict[str, dict[str, Any]] = {
        "search": {"min_score": 0.6}, "workers": 7, "cache_gb": 0, "report": {"max_instances": 3}, "object": "other"
    }  # fmt: skip
    redone = {name for name, value in changes.items() if reasons(one.config(**{name: value}))}
    assert redone == {"search", "object"}
    assert reasons(one.config(object="other")) == {"settings changed": 1}


def test_another_mark_or_reference_redoes_everything(one: Views) -> None:
    propagate(one.config())
    marked = one.config(marks=[{"image": one.reference, "mask": one.mask, "points": "60,60"}])
    assert reasons(marked) == {"settings changed": 1}
    moved = shutil.copy(one.reference, one.root / "moved.png")
    assert reasons(one.config(marks=[{"image": moved, "mask": one.mask}])) == {}
    one.paint(one.reference, (50, 40), background=20)
    assert reasons(one.config()) == {"settings changed": 1}


@pytest.mark.slow
def test_a_second_object_costs_no_features(views: Views, monkeypatch: pytest.MonkeyPatch) -> None:
    propagate(views.config())
    seen = extractions(monkeypatch)
    second = views.config(out=views.root / "second", object="second")
    propagate(second)
    assert seen == [(HEIGHT, WIDTH, 3)]  # the reference, which is kept with the output
    none = views.config(out=views.root / "third", cache_gb=0)
    propagate(none)
    assert len(seen) == 1 + 4
    assert [p.name for p in (none.out / "alphas").iterdir()] == [p.name for p in (second.out / "alphas").iterdir()]
    for path in (none.out / "alphas").iterdir():
        assert path.read_bytes() == (second.out / "alphas" / path.name).read_bytes()


def test_a_reference_among_the_targets_keeps_its_own_mask(views: Views) -> None:
    shutil.copy(views.reference, views.targets / "same.png")
    config = views.config()
    propagate(config)
    (row,) = rows(config)["same.png"]
    assert row.object_score == 1.0 and row.mask_rle is not None
    np.testing.assert_array_equal(decode(row.mask_rle) > 0, cv2.imread(str(views.mask), 0) > 0)


@pytest.mark.slow
def test_several_references_and_the_manifest_says_which(views: Views) -> None:
    other = views.root / "other.png"
    pixels = cv2.imread(str(views.paint(other, (60, 50), background=30)))
    cv2.imwrite(str(other), cv2.rotate(pixels, cv2.ROTATE_180))
    mask = np.zeros((HEIGHT, WIDTH), np.uint8)
    mask[HEIGHT - 50 - SIDE : HEIGHT - 50, WIDTH - 60 - SIDE : WIDTH - 60] = 255
    cv2.imwrite(str(views.root / "other_mask.png"), mask)
    upside = cv2.rotate(cv2.imread(str(views.targets / "b.png")), cv2.ROTATE_180)
    cv2.imwrite(str(views.targets / "upside.png"), upside)
    marks = [
        {"image": views.reference, "mask": views.mask},
        {"image": other, "mask": views.root / "other_mask.png"},
    ]
    config = views.config(marks=marks)
    summary = propagate(config)
    found = rows(config)
    assert found["a.png"][0].reference_path == str(views.reference)
    assert found["upside.png"][0].reference_path == str(other)
    assert len(found["upside.png"]) == 1 and len(summary["references"]) == 2


@pytest.mark.slow
def test_targets_of_wildly_different_sizes(views: Views) -> None:
    base = cv2.imread(str(views.target("base.png", (70, 50), background=14)))
    cv2.imwrite(str(views.targets / "large.png"), cv2.resize(base, None, fx=6, fy=6, interpolation=cv2.INTER_CUBIC))
    cv2.imwrite(str(views.targets / "dot.png"), base[:1, :1])
    cv2.imwrite(str(views.targets / "line.png"), base[:3])
    cv2.imwrite(str(views.targets / "flat.png"), np.full((90, 70, 3), 90, np.uint8))
    config = views.config()
    propagate(config)
    lost = rows(config, "rejects")
    assert "base.png" in rows(config)
    for name in ("dot.png", "line.png", "flat.png"):
        assert [row.reason for row in lost[name]] == ["object_not_found"]
    (large,) = rows(config)["large.png"]  # 1200 pixels wide: the object has twice the reference's working pixels
    assert large.bbox is not None and abs(large.bbox[0] - 420) < 30 and abs(large.bbox[2] - 6 * SIDE) < 40


def test_broken_targets_are_rows(one: Views) -> None:
    (one.targets / "empty.jpg").write_bytes(b"")
    (one.targets / "text.jpg").write_text("no picture")
    (one.targets / "notes.txt").write_text("left alone")
    config = one.config()
    summary = propagate(config)
    lost = rows(config, "rejects")
    assert [row.reason for row in lost["empty.jpg"]] == ["image_empty"]
    assert [row.reason for row in lost["text.jpg"]] == ["image_unreadable"]
    assert summary["files_left_alone"] == 1 and summary["counts"]["images"] == 3


@pytest.mark.parametrize("out", ["out", "."])
def test_output_within_the_targets_is_no_target(one: Views, out: str) -> None:
    config = one.config(out=one.targets / out, output={"cutouts": True}, report={"max_instances": 4})
    propagate(config)
    row = next(iter(rows(config).values()))[0]
    keep_mended(config.out, row, *[np.zeros((row.image_height, row.image_width), np.uint8)] * 2)
    assert propagate(config)["counts"]["images"] == 1


@pytest.mark.slow
def test_odd_names(views: Views) -> None:
    names = ["with space 'and' \"quotes\".png", "new\nline.png", "猫.png", "-rf.png", "sub folder/a.png", "%s{}.png"]
    (views.targets / "sub folder").mkdir()
    for number, name in enumerate(names):
        views.target(name, (20 + 10 * number, 30), background=40 + number)
    (views.targets / "loop").symlink_to(views.targets)
    (views.targets / "gone.png").symlink_to(views.root / "nowhere.png")
    (views.targets / "folder.png").mkdir()
    config = views.config(report={"max_instances": 20})
    summary = propagate(config)
    assert set(names) <= set(rows(config))
    assert [row.reason for row in rows(config, "rejects")["gone.png"]] == ["image_missing"]
    assert summary["counts"]["images"] == 3 + len(names) + 1
    assert reasons(config) == {}


def test_names_that_are_not_utf8(one: Views) -> None:
    source = (one.targets / "a.png").read_bytes()
    (one.targets / os.fsdecode(b"caf\xe9.png")).write_bytes(source)
    config = one.config()
    propagate(config)
    (row,) = [row for found in rows(config, "rejects").values() for row in found if row.reason == "image_malformed"]
    assert row.detail == "file name caf\\udce9.png is not UTF-8; rename the file"


def bad(views: Views, **mark: Any) -> str:
    config = views.config(marks=[{"image": views.reference} | mark])
    with pytest.raises(UserError) as error:
        prepare_references(config)
    return str(error.value)


def test_bad_references(views: Views, tmp_path: Path) -> None:
    ref = views.reference
    outside = f"{ref}: point 300,20 is outside the reference, which has 200x160 pixels"
    assert bad(views, points="20,20 300,20:-") == outside
    assert bad(views, box="200,10,40,40") == (
        f"{ref}: box 200,10,40,40 is outside the reference, which has 200x160 pixels"
    )
    small = tmp_path / "small.png"
    cv2.imwrite(str(small), np.full((10, 12), 255, np.uint8))
    assert bad(views, mask=small) == f"{small}: the mask has 12x10 pixels, the reference {ref} has 200x160"
    black = tmp_path / "black.png"
    cv2.imwrite(str(black), np.zeros((HEIGHT, WIDTH), np.uint8))
    assert bad(views, mask=black) == f"{black}: the mask is no object, expected some of both"
    text = tmp_path / "text.png"
    text.write_text("no picture")
    assert bad(views, mask=text).startswith(f"{text}: the mask cannot be used: text.png is none of JPEG")


def test_weights_where_there_are_none(views: Views) -> None:
    for name in ("features", "segmenter"):
        config = views.config(**{f"{name}_weights": "somewhere"})
        with pytest.raises(UserError, match="has no weights, but 'somewhere' was given"):
            prepare_references(config)


@pytest.mark.slow
def test_worker_order_does_not_matter(views: Views, tmp_path: Path) -> None:
    config = views.config(images_per_shard=1, out=tmp_path / "one")
    propagate(config)
    other = views.config(images_per_shard=1, out=tmp_path / "other", cache_gb=0)
    with locked(other.out):
        for job in reversed(open_targets(other).plan.jobs):
            run_propagation_shard(job)
    pictures = [n for n in tree(config.out) if n.split("/")[0] in ("alphas", "trimaps", "similarity")]
    assert len(pictures) > 6 and all(tree(config.out)[n] == tree(other.out)[n] for n in pictures)
    assert read_folder(config.out / "manifest") == read_folder(working(other.out, "manifest"))
