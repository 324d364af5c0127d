"""Repeat, resume, change: what is redone, what is kept, and that the bytes come out the same."""

import json
import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from flows.job import finished, open_output
from flows.workers.worker import run_shard
from pipelines.config import CocoMattingConfig
from pipelines.errors import StoreError, UserError
from pipelines.labelling.shard import label_shard
from pipelines.storage.files import write_whole
from pipelines.storage.lock import locked
from pipelines.storage.manifest import KINDS, part_name, working
from pipelines.storage.repair import repair
from pipelines.storage.verification import verify
from tests.conftest import CATEGORIES, Dataset, files_below, mattes, square, tree

Run = Callable[..., dict[str, Any]]


@pytest.fixture
def people(dataset: Dataset) -> Dataset:
    for image in range(1, 9):
        dataset.person(image)
    return dataset


ALONE: dict[str, Any] = {"keep_versions": 1}
"""No earlier versions, so that an output with a past has the files of one without."""


def reasons(config: CocoMattingConfig) -> dict[str, int]:
    with locked(config.out):
        return open_output(config).plan.reasons


def standing(config: CocoMattingConfig) -> dict[str, Any] | None:
    """The summary, where nothing is left to be done."""
    with locked(config.out):
        opened = open_output(config)
        return None if opened.plan.jobs else finished(config, opened)


def fresh(config: CocoMattingConfig, run: Run, where: Path) -> dict[str, bytes]:
    """What an undisturbed run of the same settings gives."""
    other = config.model_copy(update={"out": where})
    run(other)
    return tree(where)


def test_a_finished_folder_needs_nothing(people: Dataset, run: Run) -> None:
    config = people.config(images_per_shard=2, report={"max_instances": 0})
    assert sum(reasons(config).values()) == 4
    summary = run(config)
    assert reasons(config) == {}
    assert standing(config) == summary


def test_worker_order_and_sharing_do_not_change_the_bytes(people: Dataset, run: Run, tmp_path: Path) -> None:
    config = people.config(images_per_shard=2)
    run(config)
    with locked(tmp_path / "b"):
        opened = open_output(config.model_copy(update={"out": tmp_path / "b"}))
    assert tree(config.out) == fresh(config, run, tmp_path / "b") and opened.shards == 4


@pytest.mark.parametrize("lost", ["manifest/part-00001*", "rejects/part-00000*", "alphas", "summary.json"])
def test_lost_files_are_made_again(people: Dataset, run: Run, lost: str) -> None:
    config = people.config(images_per_shard=2)
    run(config)
    before = tree(config.out)
    (path,) = config.out.glob(lost)
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink()
    assert standing(config) is None
    run(config)
    assert tree(config.out) == before


def test_a_damaged_part_is_made_again(people: Dataset, run: Run) -> None:
    config = people.config()
    run(config)
    before = tree(config.out)
    (part,) = config.out.glob("manifest/part-00000*")
    part.write_bytes(part.read_bytes()[:100])
    assert reasons(config) == {"part damaged": 1}
    run(config)
    assert tree(config.out) == before


def test_a_part_damaged_before_its_footer_is_made_again(people: Dataset, run: Run) -> None:
    config = people.config()
    run(config)
    before = tree(config.out)
    (part,) = config.out.glob("manifest/part-00000*")
    content = part.read_bytes()
    footer = len(content) - 8 - int.from_bytes(content[-8:-4], "little")
    part.write_bytes(content[:4] + bytes(footer - 4) + content[footer:])
    assert reasons(config) == {"part damaged": 1}
    run(config)
    assert tree(config.out) == before


def test_a_changed_setting_redoes_everything(people: Dataset, run: Run, tmp_path: Path) -> None:
    run(people.config(images_per_shard=2, **ALONE))
    config = people.config(images_per_shard=2, trimap={"gap_kernel": 5}, **ALONE)
    assert reasons(config) == {"settings changed": 4}
    run(config)
    assert tree(config.out) == fresh(config, run, tmp_path / "fresh")


def test_a_setting_that_changes_no_matte_redoes_nothing(people: Dataset, run: Run) -> None:
    run(people.config())
    config = people.config(workers=7, report={"thumbnail": 64})
    assert reasons(config) == {}
    assert standing(config) is None


def test_a_reformatted_annotation_file_makes_the_summary_new_and_no_matte(people: Dataset, run: Run) -> None:
    config = people.config(report={"max_instances": 0})
    before = run(config)
    people.annotations.write_text(json.dumps(people.coco, indent=1))
    assert reasons(config) == {} and standing(config) is None
    after = run(config)
    digest = "annotation_file_sha256"
    assert after[digest] != before[digest] and after == before | {digest: after[digest]}
    assert standing(config) == after


@pytest.mark.parametrize("content", ["{}", "[]", "", "nonsense"])
def test_a_damaged_summary_is_made_again(people: Dataset, run: Run, content: str) -> None:
    config = people.config(report={"max_instances": 0})
    summary = run(config)
    (config.out / "summary.json").write_text(content)
    assert standing(config) is None
    assert run(config) == summary == standing(config)


def test_a_lost_link_comes_back_where_there_is_nothing_to_do(people: Dataset, run: Run) -> None:
    config = people.config(report={"max_instances": 0})
    run(config)
    for kind in KINDS:
        (config.out / kind).unlink()
    assert standing(config) is not None
    assert all((config.out / kind).readlink() == Path("versions/000001") / kind for kind in KINDS)


def test_an_old_version_that_is_damaged_stops_no_run(
    people: Dataset, run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    run(people.config())
    people.person(9)
    run(people.config())
    (part,) = (people.root / "out" / "versions" / "000001" / "manifest").iterdir()
    part.write_bytes(b"PAR1 nonsense")
    people.person(10)
    config = people.config()
    before = set(files_below(config.out / "alphas"))
    assert run(config)["version"] == 3
    said = f"{part}: damaged, so that it is not known which pictures are still needed; none is removed until "
    assert f"{said}`python -m pipelines.verify {config.out} --repair`" in capsys.readouterr().err
    assert before < set(files_below(config.out / "alphas"))
    repair(config.out, list(verify(config.out)))
    assert run(people.config())["version"] == 3 and capsys.readouterr().err == ""


def test_a_part_damaged_while_the_run_is_on(people: Dataset, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    config = people.config()

    def damage(*given: Any) -> Any:
        found = label_shard(*given)
        path = working(config.out, "manifest") / part_name(0)
        content = path.read_bytes()
        path.write_bytes(content[:100] + bytes(100) + content[200:])
        return found

    with monkeypatch.context() as patch, pytest.raises(UserError, match="damaged; the same command makes it again"):
        patch.setattr("flows.workers.worker.label_shard", damage)
        run(config)
    assert run(config)["counts"]["accepted"] == 8


def test_a_list_of_mattes_redoes_none(people: Dataset, run: Run) -> None:
    run(people.config())
    config = people.config(output={"coco_json": True})
    assert reasons(config) == {}
    assert run(config)["version"] == 1 and len(json.loads((config.out / "mattes.json").read_text())["annotations"]) == 8


def test_a_changed_annotation_redoes_only_its_image(
    people: Dataset, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(people.config())
    people.coco["annotations"][3]["segmentation"] = square(18, 14, 50)
    config = people.config(**ALONE)
    assert reasons(config) == {"annotations changed": 1}
    counts = counted(monkeypatch)
    run(config)
    assert counts["images_reused"] == 7 and counts["accepted"] == 8
    assert tree(config.out) == fresh(config, run, tmp_path / "fresh")


def counted(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """What the shards that are labelled from here on come to."""
    counts: Counter[str] = Counter()

    def spy(*given: Any) -> Any:
        found = label_shard(*given)
        counts.update(found)
        return found

    monkeypatch.setattr("flows.workers.worker.label_shard", spy)
    return counts


@pytest.mark.parametrize(("category", "name"), [(18, "wolf"), (31, "bottle")])
def test_a_renamed_category_redoes_only_the_images_that_use_it(
    people: Dataset, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, category: int, name: str
) -> None:
    people.annotate(3, square(30, 20, 12), category_id=category)
    settings: dict[str, Any] = {"images_per_shard": 2, "fusion": {"overlap_threshold": 0.1}}
    run(people.config(**settings))
    kept = [entry for entry in CATEGORIES if entry["id"] != category]
    people.coco["categories"] = [*kept, {"id": category, "name": name}]
    config = people.config(**settings, **ALONE)
    assert reasons(config) == {"annotations changed": 1}
    counts = counted(monkeypatch)
    run(config)
    assert counts["images"] - counts["images_reused"] == 1
    assert tree(config.out) == fresh(config, run, tmp_path / "fresh")
    fused = [row.accessory_categories for row in mattes(config) if row.image_id == 3]
    assert fused == [[name] if name == "bottle" else []]


def test_a_renamed_subject_redoes_the_images(people: Dataset, run: Run) -> None:
    config = people.config()
    run(config)
    people.coco["categories"] = [{"id": 1, "name": "dog"}, {"id": 18, "name": "person"}]
    people.annotate(1, square(18, 14, 50), category_id=18)
    assert run(people.config())["counts"]["accepted"] == 1


def test_a_removed_annotation_takes_its_files_along(people: Dataset, run: Run, tmp_path: Path) -> None:
    run(people.config())
    gone = people.coco["annotations"].pop(2)
    config = people.config(**ALONE)
    run(config)
    assert gone["id"] not in [r.annotation_id for r in mattes(config)]
    assert tree(config.out) == fresh(config, run, tmp_path / "fresh")


def test_a_changed_image_is_noticed(people: Dataset, run: Run, tmp_path: Path) -> None:
    config = people.config(images_per_shard=2, **ALONE)
    run(config)
    shutil.copy(people.images / "000000000001.png", people.images / "000000000002.png")
    assert reasons(config) == {"images changed": 1}
    run(config)
    assert tree(config.out) == fresh(config, run, tmp_path / "fresh")


def test_an_image_that_arrives_later(people: Dataset, run: Run) -> None:
    path = people.images / "000000000005.png"
    content = path.read_bytes()
    path.unlink()
    config = people.config()
    assert run(config)["rejects_by_reason"] == {"image_missing": 1}
    path.write_bytes(content)
    assert reasons(config) == {"images changed": 1}
    assert run(config)["counts"]["accepted"] == 8


@pytest.mark.slow
def test_more_images_move_to_more_shards(people: Dataset, run: Run, tmp_path: Path) -> None:
    run(people.config(images_per_shard=8))
    for image in range(20, 40):
        people.person(image)
    config = people.config(images_per_shard=8)
    assert set(reasons(config)) <= {"number of shards changed", "not done yet"}
    run(config)
    fewer = people.config(images_per_shard=100, **ALONE)
    run(fewer)
    assert tree(fewer.out) == fresh(fewer, run, tmp_path / "fresh")


def written(out: Path) -> dict[str, int]:
    """When each picture was written."""
    return {path.name: path.stat().st_mtime_ns for path in (out / "alphas").iterdir()}


@pytest.mark.slow
@pytest.mark.parametrize("images_per_shard", [8, 2])
def test_an_image_more_that_doubles_the_shards_is_all_that_is_matted(
    people: Dataset, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, images_per_shard: int
) -> None:
    settings: dict[str, Any] = {"images_per_shard": images_per_shard}
    (people.images / "000000000003.png").write_text("no picture")  # its row is a reject
    run(people.config(**settings))
    before, made = written(people.root / "out"), counted(monkeypatch)
    people.person(9)
    config = people.config(**settings)
    assert sum(reasons(config).values()) == 16 // images_per_shard
    run(config)
    after = written(config.out)
    assert made["matted"] == 1 and made["images_reused"] == 8
    assert len(after) == 8 and before.items() <= after.items()
    people.coco["images"].pop()
    people.coco["annotations"].pop()
    config = people.config(**settings, **ALONE)
    run(config)
    assert made["matted"] == 1 and written(config.out) == before
    assert tree(config.out) == fresh(config, run, tmp_path / "fewer")


@pytest.mark.slow
def test_a_doubling_that_was_killed_midway(
    people: Dataset, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(people.config(images_per_shard=2))
    people.person(9)
    config = people.config(images_per_shard=2, **ALONE)
    made = counted(monkeypatch)
    with locked(config.out):
        for job in open_output(config).plan.jobs[::2]:
            run_shard(job)
    run(config)
    assert made["matted"] == 1
    assert tree(config.out) == fresh(config, run, tmp_path / "fresh")


@pytest.mark.parametrize("damage", ["versions/000001/version.json", "versions/000001/manifest/*", "alphas/*"])
def test_a_doubling_after_damage(people: Dataset, run: Run, tmp_path: Path, damage: str) -> None:
    run(people.config(images_per_shard=8))
    people.person(9)
    config = people.config(images_per_shard=8, **ALONE)
    with locked(config.out):
        jobs = open_output(config).plan.jobs
    for path in config.out.glob(damage):
        path.unlink()
        if damage != "alphas/*":
            path.write_bytes(b"PAR1 nonsense")
    for job in jobs:
        run_shard(job)
    run(config)
    assert tree(config.out) == fresh(config, run, tmp_path / "fresh")


@pytest.mark.parametrize("error", [PermissionError(13, "Permission denied"), StoreError("no answer")])
def test_a_refusal_says_nothing_about_a_part(
    people: Dataset, run: Run, monkeypatch: pytest.MonkeyPatch, error: OSError
) -> None:
    config = people.config()
    run(config)
    before = people.coco["annotations"].pop()
    config = people.config()
    with locked(config.out):
        (job,) = open_output(config).plan.jobs
    people.coco["annotations"].append(before)

    def refuse(*given: Any, **named: Any) -> Any:
        raise error

    monkeypatch.setattr("pipelines.labelling.earlier.read_metadata", refuse)
    with pytest.raises(type(error)):
        run_shard(job)
    monkeypatch.setattr("pipelines.labelling.plan.open_part", refuse)
    with pytest.raises(UserError):
        reasons(people.config())


def test_leftovers_of_a_killed_run_vanish_and_strangers_stay(people: Dataset, run: Run) -> None:
    config = people.config()
    run(config)
    for name in (
        "alphas/.x.png.partial", ".work/parts/manifest/.part-00000.parquet.partial", ".current.json.partial",
        "alphas/000000000099_1.png", "alphas/000000000099_1-0123456789ab.png",
    ):  # fmt: skip
        (config.out / name).write_bytes(b"x")
    (config.out / "alphas" / "my notes.txt").write_text("mine")
    run(config)
    left = {name for name in files_below(config.out) if "partial" in name or "99_1" in name or "notes" in name}
    assert left == {"alphas/my notes.txt"}


class Stopped(BaseException):
    """Stands for a kill."""


@pytest.mark.slow
def test_an_update_stopped_before_any_of_its_writes(
    dataset: Dataset, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for image in (1, 2, 3):
        dataset.person(image)
    dataset.annotate(3, square(20, 16, 40))
    config = dataset.config(images_per_shard=8, **ALONE)
    run(config)
    (dataset.images / f"{1:012d}.png").unlink()
    dataset.add_image(30, f"{2:012d}.png")
    expected = fresh(config, run, tmp_path / "fresh")
    before, left = tmp_path / "before", 0
    config.out.rename(before)

    def write(path: Path, content: bytes, **how: Any) -> None:
        nonlocal left
        left -= 1
        if left < 0:
            raise Stopped
        write_whole(path, content, **how)

    for module in ("labelling.placing", "labelling.results", "storage.manifest"):
        monkeypatch.setattr(f"pipelines.{module}.write_whole", write)
    for moment in range(5):  # alpha and trimap of the new photo, rejects, fingerprints, manifest
        shutil.rmtree(config.out, ignore_errors=True)
        shutil.copytree(before, config.out, symlinks=True)
        left = moment
        with pytest.raises(Stopped):
            run(config)
        left = 1000
        run(config)
        assert tree(config.out) == expected, moment


def test_killed_while_the_report_is_written(people: Dataset, run: Run) -> None:
    config = people.config()
    before = run(config)
    for name in (".report.partial", ".report.old"):
        (config.out / name / "assets").mkdir(parents=True)
    assert run(config) == before
    assert not [path.name for path in config.out.iterdir() if path.name.startswith(".report")]


def test_the_second_run_on_one_folder_is_refused(people: Dataset) -> None:
    config = people.config()
    with (
        locked(config.out),
        pytest.raises(UserError, match="another run is working on this folder"),
        locked(config.out),
    ):
        pass


def test_truth_is_compared(people: Dataset, run: Run) -> None:
    truth = people.root / "truth"
    truth.mkdir()
    config = people.config(truth=truth)
    run(config)
    for row in mattes(config):
        shutil.copy(config.out / str(row.alpha_path), truth / f"{row.annotation_id}.png")
    scores = run(config)["truth"]
    assert scores["matte"] == {"sad": 0.0, "mse": 0.0}
    assert scores["mask"]["sad"] > 0 and scores["instances"] == 8


@pytest.mark.parametrize("name", ["images", "truth", "panoptic"])
def test_missing_folders(people: Dataset, name: str) -> None:
    config = people.config(**{name: people.root / "nowhere"})
    with pytest.raises(UserError, match=f"nowhere: {name.removesuffix('s')}.* folder not found"):
        reasons(config)


def test_summary_has_no_clock_in_it(people: Dataset, run: Run) -> None:
    config = people.config()
    run(config)
    text = json.loads((config.out / "summary.json").read_text())
    assert set(text) == {
        "dataset", "split", "format", "annotation_file_sha256", "schema_version", "config_hash", "counts",
        "rejects_by_reason", "accessories_by_category", "config", "version",
    }  # fmt: skip
