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


def test_each_split_has_shards_of_its_own_however_mattes_are_mixed() -> None:
    items = [chosen(number, 10) for number in range(7)]
    for item in items[::3]:
        item.row.split = "train"
    found = [(shard.split, shard.number, [item.row.image_id for item in shard.items]) for shard in cut(items, 2)]
    assert found == [("test", 0, [1, 2]), ("train", 0, [0, 3]), ("test", 1, [4, 5]), ("train", 1, [6])]
