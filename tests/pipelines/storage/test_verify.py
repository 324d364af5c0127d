from collections.abc import Callable, Iterator
from pathlib import Path

import orjson
import pytest

from pipelines.config import CocoMattingConfig
from pipelines.errors import UserError
from pipelines.storage.current import use
from pipelines.storage.files import remove
from pipelines.storage.findings import Checked, Finding
from pipelines.storage.lock import held, locked
from pipelines.storage.manifest import MANIFEST_SCHEMA, part_paths, read_metadata, read_part, working, write_part
from pipelines.storage.pictures import referred
from pipelines.storage.publishing import publish
from pipelines.storage.stores import place
from pipelines.storage.verification import verify
from pipelines.storage.versions import committed, folder_of, read_version
from pipelines.verify import check, main
from tests.conftest import Dataset, label, mattes, square, tree

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


def publish_again(out: Path) -> None:
    """Make the parts that stand a version, as a run does."""
    stamps = [read_metadata(path) for path in part_paths(working(out, "manifest"))]
    names = ("config_hash", "index_digest", "shards")
    publish(out, {}, [{name: stamp[name] for name in names} for stamp in stamps])


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
    publish_again(done.out)
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
    publish_again(done.out)
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


def change(dataset: Dataset, config: CocoMattingConfig, side: int) -> None:
    """Another matte of the first person, and so another version."""
    dataset.coco["annotations"][0]["segmentation"] = square(20, 16, side)
    dataset.save()
    label(config)


def mended(out: Path, images: Path | None = None) -> str:
    """What a repair says in the end."""
    lines: list[str] = []
    check(out, images, mend=True, show=lines.append)
    return lines[-1]


def test_a_repair_holds_the_lock_from_the_start(done: CocoMattingConfig) -> None:
    _alpha(done.out)
    lines: list[str] = []
    with locked(done.out), pytest.raises(UserError, match="another run is working on this folder"):
        check(done.out, None, mend=True, show=lines.append)
    assert lines == []
    seen: list[bool] = []
    check(done.out, None, mend=True, show=lambda _: seen.append(held(done.out)))
    assert seen == [True, True]


def test_a_repair_of_nothing_makes_no_folder(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no version of the manifest"):
        check(tmp_path / "out", None, mend=True, show=lambda _: None)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("back", [False, True])
@pytest.mark.parametrize("damage", ["unlink", "garbage"])
def test_a_picture_that_the_newest_version_needs_costs_no_version(
    done: CocoMattingConfig, dataset: Dataset, back: bool, damage: str
) -> None:
    """Whatever version the finding is charged to; the current one is looked at first."""
    change(dataset, done, 44)
    before = tree(done.out)
    for row in mattes(done):
        if row.annotation_id != 1:
            path = done.out / str(row.alpha_path)
            path.unlink()
            if damage == "garbage":
                path.write_bytes(b"garbage")
    if back:
        use(done.out, 1)
    assert "now run the job again" in mended(done.out)
    assert committed(done.out) == [1, 2]
    label(done)
    use(done.out, 2)
    assert tree(done.out) == before
    assert list(verify(done.out)) == []


def test_a_picture_of_old_versions_alone_costs_all_that_name_it(done: CocoMattingConfig, dataset: Dataset) -> None:
    other = next(part for part in part_paths(done.out / "manifest") if 1 not in annotations(part))
    old = next(str(row.alpha_path) for row in mattes(done) if row.annotation_id == 1)
    dataset.coco["annotations"][min(annotations(other)) - 1]["segmentation"] = square(20, 16, 45)
    dataset.save()
    label(done)
    change(dataset, done, 44)
    (done.out / old).unlink()
    assert found(done.out) == [("missing", old)]
    mended(done.out)
    assert committed(done.out) == [3]
    label(done)
    assert list(verify(done.out)) == []


@pytest.mark.parametrize("lost", ["part", "head"])
def test_what_cannot_be_read_may_name_any_picture(done: CocoMattingConfig, dataset: Dataset, lost: str) -> None:
    """Else the first version would go, for a picture that the next run makes again."""
    change(dataset, done, 44)
    changed = next(part for part in part_paths(done.out / "manifest") if 1 in annotations(part))
    picture = next(str(row.trimap_path) for row in read_part(changed) if row.annotation_id != 1)
    before = tree(done.out)
    (changed if lost == "part" else done.out / "versions" / "000002" / "version.json").write_bytes(b"garbage")
    (done.out / picture).unlink()
    mended(done.out)
    label(done)
    assert committed(done.out) == [1, 2]
    assert tree(done.out) == before
    assert list(verify(done.out)) == []


def annotations(part: Path) -> set[int]:
    return {row.annotation_id for row in read_part(part)}


@pytest.mark.parametrize("path", ["../victim.txt", "{}/victim.txt", "current.json", "notes.txt", "alphas/mine.png"])
@pytest.mark.parametrize("newer", [False, True])
def test_rows_that_name_other_files(done: CocoMattingConfig, dataset: Dataset, path: str, newer: bool) -> None:
    path = path.format(dataset.root)
    victims = [dataset.root / "victim.txt", done.out / "notes.txt", done.out / "alphas" / "mine.png"]
    for victim in victims:
        victim.write_bytes(b"mine")
    part = part_paths(working(done.out, "manifest"))[0]
    rows, meta = read_part(part), read_metadata(part)
    rows[0].alpha_path = path
    write_part(part, rows, MANIFEST_SCHEMA, meta)
    publish_again(done.out)
    if newer:
        remove(part)
        label(done)
    pointer = (done.out / "current.json").read_bytes()
    mended(done.out)
    assert (done.out / "current.json").read_bytes() == pointer
    if not newer:
        assert not part.exists()
    label(done)
    mended(done.out)
    assert [kind for kind, _ in found(done.out)] == ["orphan"]
    assert all(victim.read_bytes() == b"mine" for victim in victims)
    assert {str(row.alpha_path).split("/")[0] for row in mattes(done)} == {"alphas"}


def test_photos_that_changed_cost_no_version(done: CocoMattingConfig, dataset: Dataset) -> None:
    change(dataset, done, 44)
    use(done.out, 1)
    photo = done.images / f"{2:012d}.png"
    before = photo.read_bytes()
    photo.write_bytes(b"another")
    assert mended(done.out, done.images) == (
        "cleared 0 findings, left 1 alone (photos of a version that is not the newest)"
    )
    assert committed(done.out) == [1, 2]
    photo.write_bytes(before)
    use(done.out, 2)
    photo.write_bytes(b"another")
    inputs = sum(1 for _ in (done.out / ".work" / "inputs").iterdir())
    assert "cleared 1 findings; shards to do again: " in mended(done.out, done.images)
    assert committed(done.out) == [1, 2]
    assert sum(1 for _ in (done.out / ".work" / "inputs").iterdir()) == inputs - 1


@pytest.mark.parametrize("content", [None, b"garbage"])
@pytest.mark.parametrize("lost", ["newest", "working"])
def test_a_part_of_an_old_version_is_put_back(
    done: CocoMattingConfig, dataset: Dataset, lost: str, content: bytes | None
) -> None:
    change(dataset, done, 44)
    old, new = (read_version(done.out, number) for number in (1, 2))
    part = next(part for part in old.parts if part in new.parts and part.rows)
    before = tree(done.out)
    path = folder_of(done.out, 1) / part.name
    for lost_path in (path, folder_of(done.out, 2) / part.name if lost == "newest" else part.working(done.out)):
        lost_path.unlink()
        if content is not None:
            lost_path.write_bytes(content)
    mended(done.out)
    assert committed(done.out) == [1, 2]
    label(done)
    assert tree(done.out) == before
    assert list(verify(done.out)) == []


def test_a_part_is_put_back_from_a_shard_that_is_to_be_done_again(done: CocoMattingConfig, dataset: Dataset) -> None:
    change(dataset, done, 44)
    part = next(part for part in read_version(done.out, 1).parts if part in read_version(done.out, 2).parts)
    before = tree(done.out)
    part.working(done.out).unlink()
    (folder_of(done.out, 1) / part.name).unlink()
    other = next(p for p in read_version(done.out, 2).parts if p.shard == part.shard and p.kind != part.kind)
    (folder_of(done.out, 2) / other.name).unlink()
    mended(done.out)
    assert committed(done.out) == [1, 2]
    label(done)
    assert tree(done.out) == before


def test_an_orphan_in_an_old_version_costs_no_version(done: CocoMattingConfig, dataset: Dataset) -> None:
    change(dataset, done, 44)
    stray = folder_of(done.out, 1) / "manifest" / "part-00007.parquet"
    stray.write_bytes(b"stray")
    mended(done.out)
    assert committed(done.out) == [1, 2] and not stray.exists()


def test_what_a_repair_says(done: CocoMattingConfig) -> None:
    _orphan(done.out)
    (done.out / "trimaps" / "mine.txt").write_bytes(b"mine")
    (done.out / "alphas" / "part-00000.parquet").write_bytes(b"mine")
    assert mended(done.out) == (
        "cleared 1 findings, left 2 alone (files not named as this program names them); "
        "shards to do again: none; now run the job again"
    )
    assert mended(done.out) == "cleared 0 findings, left 2 alone (files not named as this program names them)"


def test_pictures_of_a_run_under_way_are_no_orphans(
    done: CocoMattingConfig, capsys: pytest.CaptureFixture[str]
) -> None:
    _orphan(done.out)
    with locked(done.out):
        assert main([str(done.out)]) == 0
    assert "all is well; a run is under way" in capsys.readouterr().out
    assert [kind for kind, _ in found(done.out)] == ["orphan"]


def test_a_run_meanwhile_leaves_no_orphans(
    done: CocoMattingConfig, dataset: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pictures are listed before it is asked which of them are referred to."""

    def then(out: Path, column: str) -> Iterator[str]:
        yield from referred(out, column)
        if column == "alpha_path":
            change(dataset, done, 44)

    monkeypatch.setattr("pipelines.storage.verification.referred", then)
    assert found(done.out) == []


def test_a_working_part_that_is_damaged_inside(done: CocoMattingConfig) -> None:
    """Its end is whole, so that it opens."""
    part = part_paths(working(done.out, "manifest"))[0]
    before, content = tree(done.out), bytearray(part.read_bytes())
    content[4:400] = bytes(396)
    part.unlink()
    part.write_bytes(content)
    assert found(done.out) == [("damaged", f".work/parts/manifest/{part.name}")]
    mended(done.out)
    assert not part.exists()
    label(done)
    assert tree(done.out) == before
    assert list(verify(done.out)) == []


def test_a_sample_that_stands_twice_beside_a_part_of_another_version(done: CocoMattingConfig) -> None:
    """The part that was read in the newest version already counts for the older one too."""
    first, second = part_paths(working(done.out, "manifest"))
    rows, content, meta = read_part(second), second.read_bytes(), read_metadata(second)
    counts = orjson.loads(meta["counts"])
    counts["accepted"] += 1
    more = meta | {"counts": orjson.dumps(counts).decode()}
    write_part(second, [*rows, read_part(first)[0]], MANIFEST_SCHEMA, more)
    publish_again(done.out)
    second.unlink()
    second.write_bytes(content)
    publish_again(done.out)
    assert [(finding.kind, finding.version) for finding in verify(done.out)] == [("duplicate", 2)]


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
