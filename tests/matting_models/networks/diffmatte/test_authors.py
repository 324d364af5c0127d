from pathlib import Path

import numpy as np

from matting_models.networks.diffmatte.authors import AuthorsDiffMatte
from matting_models.networks.diffmatte.backend import DiffMatteBackend


def test_other_greys_and_known_foreground(weights: Path) -> None:
    image = np.random.default_rng(0).integers(0, 256, (40, 50, 3)).astype(np.uint8)
    plain, greys = np.full((2, 40, 50), 128, np.uint8)
    plain[:5], plain[-5:] = 0, 255
    greys[:5], greys[-5:], greys[5, 0], greys[5, 1] = 84, 170, 85, 169
    alpha = AuthorsDiffMatte(str(weights), "cpu")(image, greys)
    held = DiffMatteBackend(str(weights), "cpu")(image, plain)
    np.testing.assert_array_equal(alpha[:-5], held[:-5])
    assert (alpha[-5:] < 1).all() and (held[-5:] == 1).all()


def test_nothing_known_is_no_mistake(weights: Path) -> None:
    image, unknown = np.zeros((20, 20, 3), np.uint8), np.full((20, 20), 128, np.uint8)
    assert AuthorsDiffMatte(str(weights), "cpu")(image, unknown).shape == (20, 20)
