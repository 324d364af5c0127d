from collections.abc import Callable
from pathlib import Path

import orjson
import pytest

from pipelines.config import CocoMattingConfig
from pipelines.manifest import MANIFEST_SCHEMA, part_paths, read_metadata, read_part, working, write_part
from pipelines.stores import place
from pipelines.verify import Checked, Finding, check, main, verify
from pipelines.versions import folder_of, publish
from tests.conftest import Dataset, label, mattes, tree

Damage = Callable[[Path], None]


@pytest.fixture
def done(dataset: Dataset) -> CocoMattingConfig:
    """Four people and one too small, in two shards."""
    for image in range(1, 5):
        dataset.person(image)
    dataset.annotate(4, [[2, 2, 6, 2, 6, 6]])
    config = dataset.config(images_per_shard=2, output={"cutouts": True})
    label(config)
    return config


def found(out: Path, images: Path | None = None) -> list[tuple[str, str]]:
    return sorted((f.kind, f.path) for f in verify(out, images))


def an_alpha(config: CocoMattingConfig) -> str:
    return str(mattes(config)[0].alpha_path)


def test_a_good_output(done: CocoMattingConfig, capsys: pytest.CaptureFixture[str]) -> None:
    checked = Checked()
    assert list(verify(done.out, done.images, checked)) == []
    assert (checked.versions, checked.rows, checked.pictures, checked.photos) == (1, 5, 12, 4)
    assert main([str(done.out), "--images", str(done.images)]) == 0
    assert "5 rows, 12 pictures, 4 photos" in capsys.readouterr().out


def test_a_damaged_picture(done: CocoMattingConfig, capsys: pytest.CaptureFixture[str]) -> None:
    path = an_alpha(done)
    with (done.out / path).open("ab") as file:
        file.write(b"x")
    assert found(done.out) == [("damaged", path)]
    assert main([str(done.out)]) == 1
    assert "SHA-256" in capsys.readouterr().out


def test_a_missing_picture(done: CocoMattingConfig) -> None:
    path = an_alpha(done)
    (done.out / path).unlink()
    assert found(done.out) == [("missing", path)]


def test_a_picture_of_another_size(done: CocoMattingConfig) -> None:
    """The row itself is wrong: its digest is that of a picture that does not fit its image."""
    part = part_paths(working(done.out, "manifest"))[0]
    rows = read_part(part)
    rows[0].image_width += 1
    meta = read_metadata(part)
    write_part(part, rows, MANIFEST_SCHEMA, meta)
    publish(done.out, {"config_hash": meta["config_hash"]})
    kinds = {kind for kind, _ in found(done.out)}
    assert kinds == {"wrong_size"}


def test_orphans(done: CocoMattingConfig) -> None:
    (done.out / "alphas" / "000000000077_1-0123456789ab.png").write_bytes(b"x")
    (done.out / "trimaps" / "mine.txt").write_bytes(b"x")
    assert found(done.out) == [("orphan", "alphas/000000000077_1-0123456789ab.png"), ("orphan", "trimaps/mine.txt")]


def test_a_sample_that_stands_twice(done: CocoMattingConfig) -> None:
    first, second = part_paths(working(done.out, "manifest"))[:2]
    rows, meta = read_part(second), read_metadata(second)
    counts = orjson.loads(meta["counts"])
    counts["accepted"] += 1
    write_part(second, [*rows, read_part(first)[0]], MANIFEST_SCHEMA, meta | {"counts": orjson.dumps(counts).decode()})
    publish(done.out, {"config_hash": meta["config_hash"]})
    (finding,) = verify(done.out)
    assert finding.kind == "duplicate"
    assert "stands in manifest/part-00000" in finding.detail


def test_counts_that_do_not_fit(done: CocoMattingConfig) -> None:
    head = folder_of(done.out, 1) / "version.json"
    content = orjson.loads(head.read_bytes())
    content["counts"]["rejected"] = 7
    head.write_bytes(orjson.dumps(content))
    (finding,) = verify(done.out)
    assert finding == Finding("count", "versions/000001/version.json", "counts 7 rejected, its parts have 1", version=1)


@pytest.mark.parametrize("content", [None, b"garbage"])
def test_a_part_that_is_gone_or_damaged(done: CocoMattingConfig, content: bytes | None) -> None:
    path = part_paths(folder_of(done.out, 1) / "manifest")[0]
    path.unlink()
    if content is not None:
        path.write_bytes(content)
    kind = "missing" if content is None else "damaged"
    assert found(done.out) == [(kind, f"versions/000001/manifest/{path.name}")]


def test_photos(done: CocoMattingConfig) -> None:
    (done.images / f"{1:012d}.png").write_bytes(b"another")
    (done.images / f"{2:012d}.png").unlink()
    assert found(done.out) == []
    assert found(done.out, done.images) == [("photo_changed", f"{n:012d}.png") for n in (1, 2)]


def test_what_cannot_be_checked(tmp_path: Path, done: CocoMattingConfig, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path)]) == 2
    assert f"{tmp_path}: no version of the manifest" in capsys.readouterr().err
    assert main([str(done.out), "--images", str(tmp_path / "gone")]) == 2
    assert "gone: image folder not found" in capsys.readouterr().err


def _alpha(out: Path) -> None:
    next(iter(sorted((out / "alphas").iterdir()))).write_bytes(b"garbage")


def _cutout(out: Path) -> None:
    next(iter(sorted((out / "cutouts").iterdir()))).unlink()


def _part(out: Path) -> None:
    # Both names of the file, as a disk that goes bad has it.
    with part_paths(out / "manifest")[0].open("r+b") as file:
        file.write(b"garbage")


def _rejects(out: Path) -> None:
    part_paths(out / "rejects")[1].unlink()


def _working(out: Path) -> None:
    path = part_paths(working(out, "manifest"))[0]
    path.unlink()
    path.write_bytes(b"garbage")


def _head(out: Path) -> None:
    (out / "versions" / "000001" / "version.json").write_bytes(b"garbage")


def _pointer(out: Path) -> None:
    (out / "current.json").write_bytes(b"garbage")


def _orphan(out: Path) -> None:
    (out / "alphas" / "000000000077_1-0123456789ab.png").write_bytes(b"x")


@pytest.mark.parametrize("damage", [_alpha, _cutout, _part, _rejects, _working, _pointer, _orphan])
def test_repair_and_the_next_run_give_the_same_bytes(done: CocoMattingConfig, damage: Damage) -> None:
    before = tree(done.out)
    damage(done.out)
    lines: list[str] = []
    assert check(done.out, None, mend=True, show=lines.append).findings > 0
    assert "now run the job again" in lines[-1]
    label(done)
    assert tree(done.out) == before
    assert list(verify(done.out)) == []


def test_a_damaged_head_is_written_again_by_the_next_run(done: CocoMattingConfig) -> None:
    _head(done.out)
    with pytest.raises(Exception, match="no version|not a version's head"):
        check(done.out, None, mend=False, show=lambda _: None)
        raise AssertionError("no version is left to be checked, or a finding says that its head is damaged")


def test_an_old_version_that_is_not_whole_is_removed(done: CocoMattingConfig, dataset: Dataset) -> None:
    old = next(str(row.alpha_path) for row in mattes(done) if row.annotation_id == 1)
    dataset.coco["annotations"][0]["segmentation"] = [[20, 16, 68, 16, 68, 50, 20, 50]]
    dataset.save()
    label(done)
    (done.out / old).unlink()
    (finding,) = verify(done.out)
    assert (finding.kind, finding.path, finding.version) == ("missing", old, 1)
    check(done.out, None, mend=True, show=lambda _: None)
    label(done)
    assert list(verify(done.out)) == []
    assert mattes(done)


def test_a_run_under_way_is_no_finding(done: CocoMattingConfig, dataset: Dataset) -> None:
    part = part_paths(working(done.out, "manifest"))[0]
    part.unlink()
    write_part(part, [], MANIFEST_SCHEMA, read_metadata(part_paths(done.out / "manifest")[0]))
    checked = Checked()
    assert list(verify(done.out, None, checked)) == []
    assert checked.under_way


def test_on_a_store(done: CocoMattingConfig, dataset: Dataset) -> None:
    out = place("memory://verified/out")
    config = dataset.config(out=out, images_per_shard=2)
    label(config)
    assert list(verify(out, done.images)) == []
    row = mattes(done)[0]
    (out / str(row.alpha_path)).write_bytes(b"garbage")
    assert found(out) == [("damaged", row.alpha_path)]
    check(out, None, mend=True, show=lambda _: None)
    label(config)
    assert list(verify(out)) == []
