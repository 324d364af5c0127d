from collections import Counter

from pipelines.studio.kinds import SHARES
from pipelines.studio.plan import shot


def test_a_shot_follows_from_seed_and_number() -> None:
    assert shot(3, 17, SHARES) == shot(3, 17, dict(SHARES))
    assert shot(3, 17, SHARES).seed == 3_000_017
    assert shot(0, 5, {"fur": 1.0}).name == "fur_000000005"


def test_seeds_differ_between_sets() -> None:
    seeds = {shot(seed, number, SHARES).seed for seed in (0, 1, 2) for number in range(50)}
    assert len(seeds) == 150


def test_any_first_numbers_have_the_shares() -> None:
    for count in (20, 100, 1000):
        found = Counter(shot(7, number, SHARES).kind for number in range(count))
        for kind, share in SHARES.items():
            assert abs(found[kind] - count * share / 100) <= 2


def test_a_kind_alone() -> None:
    assert {shot(1, number, {"smoke": 0.2}).kind for number in range(20)} == {"smoke"}
