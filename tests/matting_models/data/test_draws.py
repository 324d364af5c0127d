from itertools import islice

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matting_models.data import Draw, Draws
from matting_models.data.draws import BLOCK


def stream(count: int, lengths: list[int], weights: list[float], seed: int = 0, **options: int) -> list[Draw]:
    draws = Draws(lengths, weights, seed, 1, count=count, **options)
    return [draw for batch in draws for draw in batch]


def test_every_row_comes_once_before_any_comes_twice() -> None:
    drawn = [draw.row for draw in stream(30, [10], [1.0])]
    passes = [drawn[:10], drawn[10:20], drawn[20:]]
    assert [sorted(rows) for rows in passes] == [list(range(10))] * 3
    assert len({tuple(rows) for rows in passes}) == 3


def test_sources_come_by_weight_and_keep_their_own_order() -> None:
    drawn = stream(3000, [7, 5], [3.0, 1.0])
    assert sum(draw.source == 0 for draw in drawn) / 3000 == pytest.approx(0.75, abs=0.03)
    second = [draw.row for draw in drawn if draw.source == 1]
    assert all(sorted(second[i : i + 5]) == list(range(5)) for i in range(0, len(second) - 5, 5))


def test_seeds_differ() -> None:
    assert stream(20, [50], [1.0], seed=1) != stream(20, [50], [1.0], seed=2)
    assert stream(20, [50], [1.0], seed=1) == stream(20, [50], [1.0], seed=1)


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.integers(1, 30), min_size=1, max_size=3),
    st.integers(1, 4),
    st.integers(1, 3),
    st.integers(0, 2 * BLOCK),
)
def test_a_start_in_the_middle_and_several_processes_give_the_same_stream(
    lengths: list[int], batch: int, world: int, start: int
) -> None:
    weights = [1.0 + i for i in range(len(lengths))]
    whole = Draws(lengths, weights, 3, 1)
    parts = [
        iter(Draws(lengths, weights, 3, batch, rank=rank, world_size=world, start=start, count=5))
        for rank in range(world)
    ]
    together = [draw for _ in range(5) for part in parts for draw in next(part)]
    first = start * world * batch
    assert together == [whole.draw(number) for number in range(first, first + 5 * world * batch)]


def test_positions_across_blocks_can_be_asked_in_any_order() -> None:
    draws = Draws([9, 4], [1.0, 2.0], 0, 1)
    forward = [draw for batch in islice(draws, 2 * BLOCK + 10) for draw in batch]
    other = Draws([9, 4], [1.0, 2.0], 0, 1)
    for number in (2 * BLOCK + 3, 5, BLOCK, BLOCK - 1):
        assert other.draw(number) == forward[number]


@pytest.mark.parametrize(("lengths", "weights"), [([3], [0.0]), ([0], [1.0]), ([3, 3], [1.0]), ([3], [float("nan")])])
def test_lengths_and_weights_must_make_sense(lengths: list[int], weights: list[float]) -> None:
    with pytest.raises(ValueError, match="need a length and a weight above 0 for every source"):
        Draws(lengths, weights, 0, 1)
