import pytest

from pipelines.exports import shards
from pipelines.exports.choice import Chosen
from pipelines.exports.shards import cut
from tests.pipelines.review.conftest import instance


def chosen(number: int, side: int) -> Chosen:
    row = instance(number, image_width=side, image_height=side)
    return Chosen(row, "undecided", "a", "1", "t", "2", False)


def test_shards_end_by_number_and_by_the_pixels_of_their_photos(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shards, "PIXELS", 1000)
    items = [chosen(number, side) for number, side in enumerate([10, 10, 10, 10, 25, 20, 40, 5])]
    found = list(cut(items, 3))
    assert [[item.row.image_id for item in shard.items] for shard in found] == [[0, 1, 2], [3, 4], [5], [6], [7]]
    assert [shard.number for shard in found] == [0, 1, 2, 3, 4]
