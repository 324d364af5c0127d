import cv2
import numpy as np
import pytest

from pipelines.refmatte.composition import CompositionSettings
from pipelines.refmatte.composition.harmony import harmonised
from pipelines.refmatte.composition.rendering import Piece

RED = np.full((20, 20, 3), (180, 60, 50), np.uint8)
PIECE = Piece(20, 20, np.full((20, 20), 255, np.uint8))


def lab(colours):
    return cv2.cvtColor(colours, cv2.COLOR_RGB2Lab).reshape(-1, 3).mean(0)


def at(strength, limit=100.0, value=140):
    settings = CompositionSettings(harmonise=strength, harmonise_limit=limit)
    return harmonised(RED, PIECE, np.full((60, 60, 3), value, np.uint8), settings)


def test_without_strength_colours_stay():
    assert at(0) is RED


def test_a_mean_moves_by_its_share_of_the_difference():
    before, after = lab(RED), lab(at(0.5))
    goal = lab(np.full((1, 1, 3), 140, np.uint8))
    assert after == pytest.approx((before + goal) / 2, abs=1.5)


def test_no_mean_moves_beyond_the_limit():
    moved = np.abs(lab(at(1, limit=5, value=250)) - lab(RED))
    assert moved.max() == pytest.approx(5, abs=1)


def test_only_what_is_around_counts():
    background = np.full((200, 200, 3), 255, np.uint8)
    background[15:45, 15:45] = RED[0, 0]
    assert lab(harmonised(RED, PIECE, background, CompositionSettings(harmonise=1))) == pytest.approx(lab(RED), abs=1)


def test_contrast_changes_by_a_quarter_at_most():
    noisy = RED.copy()
    noisy[::2] = (120, 30, 20)
    found = harmonised(noisy, PIECE, np.full((60, 60, 3), 140, np.uint8), CompositionSettings(harmonise=1))
    spread = [cv2.cvtColor(image, cv2.COLOR_RGB2Lab)[..., 0].std() for image in (noisy, found)]
    assert spread[1] / spread[0] == pytest.approx(0.8, abs=0.03)
