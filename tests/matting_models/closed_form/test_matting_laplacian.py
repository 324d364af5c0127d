from fractions import Fraction

import numpy as np
import pytest

from matting_models.closed_form.matting_laplacian import EPSILON, reduced_system, to_csr


def dense_laplacian(image: np.ndarray, epsilon: float) -> np.ndarray:
    """Levin, Lischinski, Weiss 2008, eq. 12, over all windows, as it is printed."""
    height, width = image.shape[:2]
    pixels, number = image / 255, np.arange(height * width).reshape(height, width)
    laplacian = np.zeros((height * width,) * 2)
    for y in range(1, height - 1):
        for x in range(1, width - 1):
            window = np.s_[y - 1 : y + 2, x - 1 : x + 2]
            centred = pixels[window].reshape(9, 3) - pixels[window].reshape(9, 3).mean(axis=0)
            covariance = centred.T @ centred / 9 + epsilon / 9 * np.eye(3)
            inside = number[window].ravel()
            affinity = (1 + centred @ np.linalg.inv(covariance) @ centred.T) / 9
            laplacian[np.ix_(inside, inside)] += np.eye(9) - affinity
    return laplacian


def noise(height: int, width: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3)).astype(np.uint8)


@pytest.mark.parametrize("exact", [False, True])
@pytest.mark.parametrize("epsilon", [EPSILON, 1e-2])
def test_equals_the_definition(epsilon: float, exact: bool) -> None:
    image = noise(7, 8)
    trimap = np.random.default_rng(1).choice([0, 60, 128, 255], (7, 8)).astype(np.uint8)
    system = reduced_system(image, trimap, epsilon, exact)
    whole = dense_laplacian(image, epsilon)
    unknown, foreground = ((trimap != 0) & (trimap != 255)).ravel(), (trimap == 255).ravel()
    np.testing.assert_allclose(to_csr(system).toarray(), whole[np.ix_(unknown, unknown)], atol=1e-9)
    np.testing.assert_allclose(system.rhs, -whole[np.ix_(unknown, foreground)].sum(axis=1), atol=1e-9)


def test_window_of_one_colour_counts_neighbours() -> None:
    """Without colour differences every pair in a window has affinity 1/9."""
    system = reduced_system(np.full((3, 3, 3), 9, np.uint8), np.full((3, 3), 128, np.uint8))
    np.testing.assert_allclose(to_csr(system).toarray(), np.eye(9) - 1 / 9, atol=1e-12)


def test_numbering_is_in_reading_order() -> None:
    trimap = np.array([[0, 128, 255], [7, 0, 254], [255, 0, 0]], np.uint8)
    system = reduced_system(noise(3, 3), trimap)
    assert system.index.tolist() == [[-1, 0, -1], [1, -1, 2], [-1, -1, -1]]
    assert (system.ys.tolist(), system.xs.tolist()) == ([0, 1, 1], [1, 0, 2])


def test_pixel_without_a_window_keeps_its_trimap_value() -> None:
    system = reduced_system(noise(2, 3), np.array([[0, 51, 255]] * 2, np.uint8))
    assert to_csr(system).toarray().tolist() == [[1, 0], [0, 1]]
    assert system.rhs.tolist() == [0.2, 0.2]


def test_other_memory_layouts() -> None:
    image, trimap = noise(12, 10), np.full((12, 10), 128, np.uint8)
    trimap[0], trimap[-1] = 0, 255
    view = reduced_system(np.ascontiguousarray(image[..., ::-1])[..., ::-1][::-1], np.asfortranarray(trimap)[::-1])
    plain = reduced_system(np.ascontiguousarray(image[::-1]), np.ascontiguousarray(trimap[::-1]))
    np.testing.assert_array_equal(view.half, plain.half)
    np.testing.assert_array_equal(view.rhs, plain.rhs)


def near_grey(height: int, width: int) -> np.ndarray:
    """Black and white with a trace of colour: nearly singular covariances, the worst case for rounding."""
    rng = np.random.default_rng(3)
    grey = rng.choice([0, 250], (height, width, 1))
    return (grey + rng.integers(0, 2, (height, width, 3))).astype(np.uint8)


# PyMatting compiles itself for a minute when it is first imported.
@pytest.mark.slow
@pytest.mark.parametrize("image", [noise(20, 25), near_grey(20, 25)], ids=["noise", "near-grey"])
def test_equals_pymatting_to_its_rounding(image: np.ndarray) -> None:
    from pymatting.laplacian.cf_laplacian import cf_laplacian

    trimap = np.full((20, 25), 128, np.uint8)  # Touches every border.
    trimap[4:9, 5:20], trimap[12:16, 3:22] = 255, 0
    system = reduced_system(image, trimap)
    unknown, foreground = (trimap == 128).ravel(), (trimap == 255).ravel()
    whole = cf_laplacian(image / 255, is_known=~unknown)[unknown]
    np.testing.assert_allclose(to_csr(system).toarray(), whole[:, unknown].toarray(), atol=1e-8)
    np.testing.assert_allclose(system.rhs, -whole[:, foreground].sum(axis=1).A1, atol=1e-8)


def rational_affinity(window: np.ndarray) -> np.ndarray:
    """(I_i - mu)^T (S + eps / 9)^-1 (I_j - mu) over a window's 9 pixels, in fractions throughout."""
    pixels = [[Fraction(int(value), 255) for value in pixel] for pixel in window.reshape(9, 3)]
    mean = [sum(pixel[c] for pixel in pixels) / 9 for c in range(3)]
    n = [[pixel[c] - mean[c] for c in range(3)] for pixel in pixels]
    s = [[sum(p[a] * p[b] for p in n) / 9 + (a == b) * Fraction(1, 9 * 10**7) for b in range(3)] for a in range(3)]

    def cofactor(a: int, b: int) -> Fraction:
        r0, r1, c0, c1 = (a + 1) % 3, (a + 2) % 3, (b + 1) % 3, (b + 2) % 3
        return s[r0][c0] * s[r1][c1] - s[r0][c1] * s[r1][c0]

    determinant = sum(s[0][b] * cofactor(0, b) for b in range(3))
    inverse = [[cofactor(b, a) / determinant for b in range(3)] for a in range(3)]
    return np.array(
        [[float(sum(p[a] * inverse[a][b] * q[b] for a in range(3) for b in range(3))) for q in n] for p in n]
    )


@pytest.mark.parametrize("spread", [1, 2, 60])
def test_exact_equals_rational_arithmetic(spread: int) -> None:
    rng = np.random.default_rng(spread)
    grey = rng.choice([0, 255 - spread], (3, 3, 1))
    image = (grey + rng.integers(0, spread + 1, (3, 3, 3))).astype(np.uint8)
    system = reduced_system(image, np.full((3, 3), 128, np.uint8), exact=True)
    expected = np.eye(9) - (1 + rational_affinity(image)) / 9
    np.testing.assert_allclose(to_csr(system).toarray(), expected, rtol=0, atol=1e-11)


def test_exact_does_not_overflow() -> None:
    """The largest sums: four pixels of nine at full brightness, one colour channel unlike the others."""
    image = np.zeros((3, 3, 3), np.uint8)
    image.reshape(9, 3)[[0, 1, 2, 3], :] = 255
    image.reshape(9, 3)[[3, 4], 1] = 0, 255
    image.reshape(9, 3)[[0, 8], 2] = 0, 255
    system = reduced_system(image, np.full((3, 3), 128, np.uint8), exact=True)
    expected = np.eye(9) - (1 + rational_affinity(image)) / 9
    np.testing.assert_allclose(to_csr(system).toarray(), expected, rtol=0, atol=1e-11)
