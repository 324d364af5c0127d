import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from pipelines.config import CocoMattingConfig, MattingConfig
from pipelines.storage.archives import mounted
from pipelines.storage.files import read_whole
from tests.conftest import Dataset, mattes, rejects


@pytest.mark.parametrize("kind", ["zip", "tar"])
@pytest.mark.parametrize("folder", ["train2017", "."])
def test_photos_in_an_archive_are_labelled_as_in_their_folder(
    dataset: Dataset, run: Callable[..., dict[str, Any]], kind: str, folder: str
) -> None:
    dataset.person(1)
    dataset.person(2)
    settings: dict[str, Any] = {"matting": MattingConfig(backend="closed-form")}
    run(dataset.config(**settings))
    expected = [(row.sample_id, row.image_path, row.alpha_sha256) for row in mattes(dataset.config())]
    (dataset.root / "packed").mkdir()
    shutil.copytree(dataset.images, dataset.root / "packed" / folder, dirs_exist_ok=True)
    archive = shutil.make_archive(str(dataset.root / "photos #1"), kind, dataset.root / "packed")
    (dataset.images / "000000000002.png").unlink()  # the folder is not looked at
    config = dataset.config(**settings, images=archive, out=dataset.root / "out2")
    run(config, report=True)
    assert [(row.sample_id, row.image_path, row.alpha_sha256) for row in mattes(config)] == expected
    assert not rejects(config)
    again = CocoMattingConfig.model_validate_json(config.model_dump_json())
    assert read_whole(again.images / "000000000001.png") == (dataset.images / "000000000001.png").read_bytes()


def test_a_damaged_archive_is_one_sentence(dataset: Dataset) -> None:
    for name in ("a.zip", "a.tar"):
        (dataset.root / name).write_bytes(b"PK nothing")
        with pytest.raises(ValidationError, match=f"{name} cannot be read as a"):
            dataset.config(images=dataset.root / name)


def test_other_paths_stay(tmp_path: Path) -> None:
    (tmp_path / "a.zip").mkdir()
    for path in (tmp_path / "a.zip", tmp_path / "none.zip", tmp_path):
        assert mounted(path) is path
