import math

import numpy as np

from pipelines.studio.stage.draw import Draw
from pipelines.studio.stage.vectors import Field, smoothstep, turn, turn_between, unit


def test_turns() -> None:
    np.testing.assert_allclose(turn([0, 0, 1], math.pi / 2) @ [1, 0, 0], [0, 1, 0], atol=1e-12)
    np.testing.assert_allclose(turn_between([1, 0, 0], [0, 0, 2]) @ [3, 0, 0], [0, 0, 3], atol=1e-12)
    np.testing.assert_allclose(turn_between([1, 0, 0], [-1, 0, 0]) @ [1, 0, 0], [-1, 0, 0], atol=1e-12)
    np.testing.assert_allclose(turn_between([0, 1, 0], [0, 5, 0]), np.eye(3))


def test_units_and_steps() -> None:
    np.testing.assert_allclose(unit([[3, 0, 4], [0, 0, 0]]), [[0.6, 0, 0.8], [0, 0, 0]])
    np.testing.assert_allclose(smoothstep([0, 1, 2, 3, 9], 1, 3), [0, 0, 0.5, 1, 1])


def test_fields_are_smooth_and_of_unit_size() -> None:
    rng = np.random.default_rng(0)
    points = rng.normal(size=(4000, 3)) * 10
    field = Field(rng, 2.0)
    values = field(points)
    assert 0.7 < values.std() < 1.3
    assert np.abs(field(points + 1e-4) - values).max() < 0.01


def test_draws_follow_from_seed_and_kind() -> None:
    def drawn(seed: int, kind: str) -> list[float]:
        draw = Draw(seed, kind)
        return [draw.between(0, 1), draw.scale(1, 10), draw.whole(0, 99), draw.one([1, 2, 3])]

    assert drawn(1, "fur") == drawn(1, "fur")
    assert drawn(1, "fur") != drawn(1, "hair")
    assert drawn(1, "fur") != drawn(2, "fur")
    assert {Draw(seed, "fur").whole(1, 3) for seed in range(50)} == {1, 2, 3}
