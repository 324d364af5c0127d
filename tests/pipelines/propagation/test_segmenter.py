import numpy as np
import pytest

from pipelines.propagation.segmenter import Prompt, agreement

MASK = np.zeros((4, 6), np.bool_)
MASK[1:3, 2:4] = True


def share(points: list[tuple[float, float]], positive: list[bool]) -> float:
    return agreement(MASK, Prompt(np.array(points, np.float64).reshape(-1, 2), np.array(positive, np.bool_)))


@pytest.mark.parametrize(
    ("points", "positive", "expected"),
    [
        ([], [], 1.0),
        ([(2, 1)], [True], 1.0),
        ([(2, 1)], [False], 0.0),
        ([(0, 0)], [False], 1.0),
        ([(2, 1), (3, 2), (0, 0), (3, 1)], [True, True, True, False], 0.5),
        ([(1.6, 0.6)], [True], 1.0),  # rounds to (2, 1)
        ([(1.4, 0.6)], [True], 0.0),
        ([(-3, 99), (7, -1)], [False, False], 1.0),  # outside, the nearest pixel counts
    ],
)
def test_agreement(points, positive, expected) -> None:
    assert share(points, positive) == expected


def test_outside_counts_as_the_nearest_pixel() -> None:
    prompt = Prompt(np.array([[-5.0, 2.0], [50.0, 2.0]]), np.array([True, True]))
    mask = np.zeros((4, 6), np.bool_)
    mask[2, 0] = True
    assert agreement(mask, prompt) == 0.5


def test_a_point_alone_is_a_prompt() -> None:
    prompt = Prompt(np.zeros((1, 2)), np.ones(1, np.bool_))
    assert (prompt.box, prompt.outline, prompt.outline_error) == (None, None, 0.0)
