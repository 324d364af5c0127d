from collections.abc import Iterable
from pathlib import Path

import pytest

from matting_models.data.manifest_source import ManifestSource
from pipelines.config import CocoMattingConfig
from pipelines.errors import UserError
from pipelines.mirror import main
from pipelines.review.board import Board
from pipelines.review.decisions import read_all
from pipelines.storage.manifest import part_paths, read_folder
from pipelines.storage.mirroring import mirror
from pipelines.storage.stores import place
from pipelines.storage.verification import verify
from pipelines.storage.versions import committed
from tests.conftest import Dataset, files_below, label, square


@pytest.fixture
def stored(dataset: Dataset, request: pytest.FixtureRequest) -> CocoMattingConfig:
    """Three people, labelled into a store."""
    for image in range(1, 4):
        dataset.person(image)
    config = dataset.config(out=place(f"memory://{request.node.name}/out"), images_per_shard=2)
    label(config)
    return config


def test_a_copy_to_train_on(stored: CocoMattingConfig, tmp_path: Path) -> None:
    target = tmp_path / "copy"
    assert mirror(stored.out, target, stored.images) == 1
    source = ManifestSource(target / "manifest", target / "images")
    assert len(source) == 3
    assert list(verify(target, target / "images")) == []


def test_again_it_fetches_what_is_new(stored: CocoMattingConfig, dataset: Dataset, tmp_path: Path) -> None:
    target = tmp_path / "copy"
    mirror(stored.out, target, stored.images)
    times = {p: p.stat().st_mtime_ns for p in (target / "alphas").iterdir()}
    dataset.person(9)
    dataset.save()
    label(stored)
    assert mirror(stored.out, target, stored.images) == 2
    assert len(ManifestSource(target / "manifest", target / "images")) == 4
    assert all(p.stat().st_mtime_ns == time for p, time in times.items())


def test_rows_and_photos_that_do_not_fit(stored: CocoMattingConfig, dataset: Dataset, tmp_path: Path) -> None:
    (dataset.images / f"{1:012d}.png").write_bytes(b"another")
    with pytest.raises(UserError, match=f"{1:012d}.png is not the photo that was labelled"):
        mirror(stored.out, tmp_path / "copy", stored.images)
    assert not (tmp_path / "copy" / "current.json").exists()


def test_a_damaged_matte(stored: CocoMattingConfig, tmp_path: Path) -> None:
    path = next(iter((stored.out / "alphas").iterdir()))
    path.write_bytes(b"garbage")
    with pytest.raises(UserError, match=f"{path.name} is damaged; python -m pipelines.verify tells more"):
        mirror(stored.out, tmp_path / "copy")
    assert not (tmp_path / "copy" / "alphas" / path.name).exists()


def test_files_are_on_disk_before_the_version_is(
    stored: CocoMattingConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    flushed: set[str] = set()

    def note(paths: Iterable[Path]) -> None:
        assert not (tmp_path / "copy" / "current.json").exists()
        flushed.update(path.relative_to(tmp_path / "copy").as_posix() for path in paths)

    monkeypatch.setattr("pipelines.storage.mirroring.flush", note)
    mirror(stored.out, tmp_path / "copy", stored.images)
    folders = ("alphas", "trimaps", "images")
    assert flushed == {name for name in files_below(tmp_path / "copy") if name.startswith(folders)}


def test_what_no_kept_version_needs_is_removed(stored: CocoMattingConfig, dataset: Dataset, tmp_path: Path) -> None:
    config = stored.model_copy(update={"keep_versions": 1})
    for side in (44, 45, 46, 47):
        dataset.coco["annotations"][0]["segmentation"] = square(20, 16, side)
        dataset.save()
        label(config)
        mirror(stored.out, tmp_path / "copy")
    assert committed(tmp_path / "copy") == [3, 4, 5]
    assert len(list((tmp_path / "copy" / "alphas").iterdir())) == 2 + 3
    assert list(verify(tmp_path / "copy")) == []


def test_damage_to_an_earlier_copy_does_not_matter(stored: CocoMattingConfig, dataset: Dataset, tmp_path: Path) -> None:
    mirror(stored.out, tmp_path / "copy")
    part_paths(tmp_path / "copy" / "manifest")[0].write_bytes(b"garbage")
    dataset.person(9)
    dataset.save()
    label(stored)
    assert mirror(stored.out, tmp_path / "copy") == 2
    assert len(read_folder(tmp_path / "copy" / "manifest")) == 4


def test_an_output_that_was_made_anew(stored: CocoMattingConfig, dataset: Dataset, tmp_path: Path) -> None:
    target = tmp_path / "copy"
    mirror(stored.out, target)
    dataset.coco["annotations"][0]["segmentation"] = square(20, 16, 44)
    dataset.save()
    anew = stored.model_copy(update={"out": place(f"{stored.out}-anew")})
    label(anew)
    assert mirror(anew.out, target) == 1
    assert len(read_folder(target / "manifest")) == 3
    assert list(verify(target)) == []


def test_a_missing_matte(stored: CocoMattingConfig, tmp_path: Path) -> None:
    path = next(iter((stored.out / "alphas").iterdir()))
    path.unlink()
    with pytest.raises(UserError, match=f"{path.name} is missing, though the manifest lists it"):
        mirror(stored.out, tmp_path / "copy")


def test_reviews_are_copied_too(stored: CocoMattingConfig, tmp_path: Path) -> None:
    board = Board(stored.out)
    said = board.decide(0, board.catalogue.digest(0), "rejected", "ann")
    assert main([str(stored.out), str(tmp_path / "copy")]) == 0
    assert list(read_all(tmp_path / "copy")) == [said]


def test_mistakes(stored: CocoMattingConfig, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path / "nothing"), str(tmp_path / "copy")]) == 2
    assert "no version of the manifest yet" in capsys.readouterr().err
    assert main([str(stored.out), "memory://elsewhere"]) == 2
    assert "memory://elsewhere: expected a local folder to copy to" in capsys.readouterr().err
