import numpy as np
import pytest

from matting_models.networks.icon.score import object_score


@pytest.mark.parametrize(
    ("similarity", "expected"),
    [
        ([[1, 0], [0, 0]], 1.0),
        ([[1, 1], [1, 1]], 0.0),
        ([[3, 1], [1, 1]], 1 / 3),  # half of it lies on a quarter of the picture: 1/4 above chance of 3/4
        ([[0, 1], [0, 0]], -1 / 3),
    ],
)
def test_the_score_is_above_chance(similarity: list[list[float]], expected: float) -> None:
    alpha = np.zeros((8, 8), np.float32)
    alpha[:4, :4] = 1
    assert object_score(alpha, np.array(similarity, np.float32)) == pytest.approx(expected)


@pytest.mark.parametrize("level", [0, 1])
def test_no_matte_and_all_matte_say_nothing(level: int) -> None:
    assert object_score(np.full((4, 4), level, np.float32), np.ones((2, 2), np.float32)) == 0
