from pathlib import Path

import cv2
import numpy as np
import pytest

from matting_models.data import gca
from matting_models.data.composite_source import CompositeSource, composite
from matting_models.data.gca import augmented, merged, warped
from tests.matting_models.data.conftest import rng, write_pairs


def grey(*values: int) -> np.ndarray:
    return np.repeat(np.array([values], np.uint8)[:, :, None], 3, axis=2)


def test_two_foregrounds_become_one_that_composites_as_both_do() -> None:
    front, front_alpha = grey(200, 200, 200, 200), np.array([[255, 51, 0, 0]], np.uint8)
    back, back_alpha = grey(100, 100, 100, 9), np.array([[255, 255, 51, 0]], np.uint8)
    colour, alpha = merged(front, front_alpha, back, back_alpha)
    assert alpha.tolist() == [[255, 255, 51, 0]]
    assert colour[0, :, 0].tolist() == [200, 120, 100, 200]
    behind = grey(50, 50, 50, 50)
    both = composite(front, front_alpha, composite(back, back_alpha, behind))
    np.testing.assert_array_equal(composite(colour, alpha, behind), both)


def test_where_nothing_would_be_left_to_see_the_front_stays_alone() -> None:
    front, full = grey(200, 200), np.array([[255, 51]], np.uint8)
    colour, alpha = merged(front, full, grey(1, 1), np.array([[0, 255]], np.uint8))
    np.testing.assert_array_equal(colour, front)
    np.testing.assert_array_equal(alpha, full)


def test_a_warp_moves_colours_and_alpha_and_lets_nothing_bleed_in() -> None:
    foreground, alpha = grey(255, 80, 255, 255), np.array([[0, 255, 0, 0]], np.uint8)
    half = np.array([[1, 0, -0.5], [0, 1, 0]])
    colour, moved = warped(foreground, alpha, half)
    assert moved.tolist() == [[0, 128, 128, 0]]
    assert colour[0, :, 0].tolist() == [0, 80, 80, 0]


def test_the_middle_stays_where_it_is() -> None:
    for seed in range(8):
        inverse = gca._inverse_affine(1200, 900, rng(seed))
        np.testing.assert_allclose(inverse @ [599.5, 449.5, 1], [599.5, 449.5])
        scales = np.linalg.norm(np.linalg.inv(inverse[:, :2]), axis=0)
        assert ((scales >= 0.8) & (scales <= 1.26)).all()


def test_small_foregrounds_are_not_rotated() -> None:
    inverse = gca._inverse_affine(640, 480, rng(1))
    assert inverse[1, 0] == 0  # sheared along x alone


def test_all_happens_to_some_and_the_generator_decides() -> None:
    foreground = np.random.default_rng(0).integers(0, 255, (20, 30, 3), np.uint8)
    alpha = np.zeros((20, 30), np.uint8)
    alpha[5:15, 10:20] = 255
    other = (np.full((40, 10, 3), 7, np.uint8), np.full((40, 10), 128, np.uint8))
    results = [augmented(foreground, alpha, other, rng(seed)) for seed in range(20)]
    assert {result[1].shape for result in results} == {(20, 30), (640, 640)}
    assert {bool(((result[1] > 100) & (result[1] < 140)).sum() > 40) for result in results} == {True, False}
    again = augmented(foreground, alpha, other, rng(3))
    assert all(np.array_equal(x, y) for x, y in zip(results[3], again, strict=True))


def test_a_recipe_asks_for_it(tmp_path: Path) -> None:
    from matting_models.data.recipe import read_recipe
    from matting_models.errors import InputError

    root = write_pairs(tmp_path)
    (root / "backgrounds").mkdir()
    cv2.imwrite(str(root / "backgrounds" / "0.png"), np.zeros((30, 80, 3), np.uint8))
    table = '[[train]]\nkind = "composite"\nforegrounds = "image"\nalphas = "alpha"\nbackgrounds = "backgrounds"\n'
    (root / "recipe.toml").write_text(table + 'augment = "gca"\n')
    ((source, _),) = read_recipe(root / "recipe.toml").training
    plain = CompositeSource(root / "image", root / "alpha", root / "backgrounds")
    assert source.identity() != plain.identity()
    assert any(not np.array_equal(source.load(0, rng(seed)).alpha, plain.load(0, rng(seed)).alpha) for seed in range(3))
    assert not np.array_equal(source.subset([0]).load(0, rng(1)).image, plain.load(0, rng(1)).image)
    (root / "recipe.toml").write_text(table + "augment = true\n")
    with pytest.raises(InputError, match='augment is True, expected "gca"'):
        read_recipe(root / "recipe.toml")
