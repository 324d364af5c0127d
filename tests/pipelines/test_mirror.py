from pathlib import Path

import pytest

from matting_models.data.manifest_source import ManifestSource
from pipelines.config import CocoMattingConfig
from pipelines.errors import UserError
from pipelines.mirror import main, mirror
from pipelines.stores import place
from pipelines.verify import verify
from tests.conftest import Dataset, label


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


def test_a_missing_matte(stored: CocoMattingConfig, tmp_path: Path) -> None:
    path = next(iter((stored.out / "alphas").iterdir()))
    path.unlink()
    with pytest.raises(UserError, match=f"{path.name} is missing, though the manifest lists it"):
        mirror(stored.out, tmp_path / "copy")


def test_mistakes(stored: CocoMattingConfig, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path / "nothing"), str(tmp_path / "copy")]) == 2
    assert "no version of the manifest yet" in capsys.readouterr().err
    with pytest.raises(UserError, match="expected a local folder"):
        mirror(stored.out, place("memory://elsewhere"))
