from pathlib import Path

import pytest

from pipelines.errors import UserError
from pipelines.refmatte.entities.backgrounds import read_backgrounds
from pipelines.refmatte.records import Background
from tests.pipelines.refmatte.entities.pictures import touch


def test_pictures_of_all_folders_in_order(tmp_path: Path) -> None:
    touch(tmp_path, "train/h_2.jpg", "train/h_1.JPG", "a.png", "readme.txt", ".hidden.jpg", ".thumbs/h.jpg")
    assert read_backgrounds(tmp_path) == [
        Background(name, tmp_path / name) for name in ("a.png", "train/h_1.JPG", "train/h_2.jpg")
    ]


def test_no_folder_and_no_picture(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="folder of backgrounds not found"):
        read_backgrounds(tmp_path / "none")
    touch(tmp_path, "readme.txt")
    with pytest.raises(UserError, match="no picture found, expected backgrounds: files ending in .jpg"):
        read_backgrounds(tmp_path)
