from pathlib import Path

import pytest

from pipelines.errors import UserError
from pipelines.storage.image_folder import image_folder, note_images


def test_the_last_runs_photos_are_found_from_anywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (out := tmp_path / "out" / ".work").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    for name in ("first", "second"):
        Path(name).mkdir()
        note_images(out.parent, Path(name))
    monkeypatch.chdir(out)
    assert image_folder(out.parent, None) == tmp_path / "second"
    assert image_folder(out.parent, tmp_path / "first") == tmp_path / "first"


def test_photos_that_have_moved_are_asked_for(tmp_path: Path) -> None:
    (tmp_path / ".work").mkdir()
    note_images(tmp_path, tmp_path / "gone")
    with pytest.raises(UserError, match=f"^{tmp_path}/gone: image folder not found; give --images if it has moved$"):
        image_folder(tmp_path, None)
