from io import BytesIO
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from flows.review.pictures import Pictures, frames
from pipelines.errors import StoreError
from pipelines.records import Instance
from pipelines.report.cards import CardAssets
from tests.pipelines.review.conftest import instance


def test_a_trimap_is_shown_smaller_without_levels_between_and_a_matte_with_them(tmp_path: Path) -> None:
    stripes = np.tile(np.array([0, 255], np.uint8), (4, 2048))
    cv2.imwrite(str(tmp_path / "mended.png"), stripes)
    row = instance(1, image_width=4096, image_height=4, bbox=(0, 0, 4096, 4))

    def levels(picture: bytes) -> set[int]:
        return set(np.asarray(Image.open(BytesIO(picture))).ravel().tolist())

    pictures = Pictures(tmp_path, tmp_path)
    assert levels(pictures.trimap_to_paint(row, frames(row)[0], "mended.png")) <= {0, 255}
    assert levels(pictures.mended_matte(row, "mended.png")) == {128}


def test_what_failed_is_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    card = CardAssets("set-1", 1, 1, ())

    def render(*_: object) -> CardAssets:
        if answers:
            raise answers.pop()
        return card

    answers = [StoreError("no answer")]
    monkeypatch.setattr("flows.review.pictures.render_card", render)
    pictures = Pictures(tmp_path, tmp_path)
    with pytest.raises(StoreError):
        pictures.card(instance(1))
    assert pictures.card(instance(1)) is card


def test_few_cards_are_kept_and_none_for_another_matte(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str | None] = []

    def render(row: Instance, *_: object) -> CardAssets:
        made.append(row.alpha_sha256)
        return CardAssets(row.sample_id, 1, 1, ())

    monkeypatch.setattr("flows.review.pictures.render_card", render)
    monkeypatch.setattr("flows.review.pictures.KEPT", 1)
    pictures = Pictures(tmp_path, tmp_path)
    for digest in ("old", "old", "new", "old"):
        pictures.card(instance(1, alpha_sha256=digest))
    assert made == ["old", "new", "old"]


def crops(**fields: object) -> list[tuple[int, int, int, int]]:
    return [frame.crop for frame in frames(instance(1, image_width=100, image_height=80, **fields))]


def test_the_crop_widens_step_by_step_to_the_whole_photo() -> None:
    assert crops(bbox=(40, 30, 20, 10)) == [(32, 22, 68, 48), (30, 20, 70, 50), (10, 0, 90, 70), (0, 0, 100, 80)]


def test_no_step_shows_what_the_one_before_shows() -> None:
    assert crops(bbox=(0, 0, 90, 60)) == [(0, 0, 100, 74), (0, 0, 100, 80)]
    assert crops(bbox=(0, 0, 100, 80)) == crops(bbox=None) == [(0, 0, 100, 80)]


def test_the_whole_of_a_large_photo_is_shown_smaller() -> None:
    steps = frames(instance(1, image_width=8000, image_height=4000, bbox=(0, 0, 100, 100)))
    assert [step.size for step in steps] == [(115, 115), (150, 150), (250, 250), (2048, 1024)]
