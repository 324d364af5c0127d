from functools import cache, lru_cache, partial

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from skimage import data

from benchmarks.correspondence import near_each_other, visible
from pipelines.propagation.dense_sift import SIDE, DenseSift
from pipelines.propagation.features import FeatureMap, Points, View
from pipelines.propagation.matching import ReferenceObject, Target, find

Image = NDArray[np.uint8]
UPRIGHT = View()


def texture(height: int, width: int, seed: int = 0) -> Image:
    """Coloured blobs, like nothing else in the world."""
    noise = np.random.default_rng(seed).integers(0, 256, (height, width, 3)).astype(np.uint8)
    return cv2.normalize(cv2.GaussianBlur(noise, (0, 0), 2.5), None, 0, 255, cv2.NORM_MINMAX)  # type: ignore


def with_patch(height: int, width: int, x: int, y: int, side: int) -> Image:
    """Grey, with a square of texture centred at (x, y)."""
    image = np.full((height, width, 3), 128, np.uint8)
    half = side // 2
    small = cv2.resize(texture(48, 48, 1), (side, side), interpolation=cv2.INTER_AREA)
    image[y - half : y - half + side, x - half : x - half + side] = small
    return image


def most_alike(found: FeatureMap, descriptor: NDArray[np.float32]) -> Points:
    """Image coordinates of the cell most like a descriptor."""
    alike = Target(found).similarity(descriptor)[0]
    row, column = np.unravel_index(int(alike.argmax()), alike.shape)
    return found.to_pixels(np.array([[column, row]], np.float64))[0]


@lru_cache(maxsize=4)
def extracted(key: bytes, shape: tuple[int, ...]) -> FeatureMap:
    return DenseSift().extract(np.frombuffer(key, np.uint8).reshape(shape).copy())


def extract(image: Image) -> FeatureMap:
    return extracted(image.tobytes(), image.shape)


def describe(image: Image, points, view: View = UPRIGHT) -> NDArray[np.float32]:
    places = np.array(points, np.float64).reshape(-1, 2)
    return DenseSift().describer(image, extract(image))(places, view)


@pytest.mark.parametrize(
    ("size", "cells", "origin", "step", "work"),
    [
        ((60, SIDE), (15, 160), 2, 4, 1),
        # Shrunk to half, the third working pixel's centre is between the fifth and the sixth pixel.
        ((300, 2 * SIDE), (37, 160), 4.5, 8, 2),
        # Enlarged by two, it is a quarter of a pixel left of the second pixel's.
        ((60, 101), (30, 50), 0.75, 2, 0.5),
    ],
)
def test_cells_are_where_they_are_said_to_be(size, cells, origin, step, work) -> None:
    found = DenseSift().extract(texture(*size))
    assert found.values.shape == (*cells, 148) and found.values.dtype == np.float16
    assert (found.origin, found.step, found.size, found.work) == ((origin,) * 2, (step,) * 2, size, work)


@pytest.mark.parametrize(
    ("reference", "target", "side"),
    [
        ((120, 160, 60, 50), (120, 160, 100, 80), 48),
        ((121, 163, 61, 47), (97, 211, 150, 43), 48),  # odd sizes
        ((480, 640, 200, 200), (640, 333, 111, 500), 48),
        ((1200, 1600, 700, 500), (1500, 1101, 300, 1210), 150),  # larger than the working size
    ],
)
def test_a_patch_is_found_where_it_is(reference, target, side) -> None:
    height, width, x, y = reference
    descriptor = describe(with_patch(height, width, x, y, side), [x, y], View(0, 1))
    height, width, x, y = target
    found = DenseSift().extract(with_patch(height, width, x, y, side))
    assert np.abs(most_alike(found, descriptor) - [x, y]).max() <= 0.75 * max(found.step)


def test_a_descriptor_is_what_is_extracted_there() -> None:
    image = texture(90, 130)
    found = DenseSift().extract(image)
    cells = found.to_pixels(np.array([[0, 0], [10, 7], [31, 21]], np.float64))
    cosines = (describe(image, cells) * found.sample(cells)).sum(axis=1)
    np.testing.assert_allclose(cosines, 1, atol=2e-3)


def test_elsewhere_is_less_alike() -> None:
    image = texture(200, 200)
    found = extract(image)
    (place,) = found.to_pixels(np.array([[50, 50]], np.float64))
    alike = Target(found).similarity(describe(image, place))[0]
    assert alike[50, 50] == pytest.approx(1, abs=2e-3)
    alike[40:61, 40:61] = 0
    assert alike.max() < 0.95


@pytest.mark.parametrize(
    "shape", [(1, 1), (1, 50), (50, 1), (2, 2), (3, 200), (5, 4), (7, 9), (1, 900), (2000, 3), (1300, 17)]
)
@pytest.mark.parametrize("grey", [False, True], ids=["texture", "grey"])
def test_images_of_any_size(shape, grey) -> None:
    image = np.full((*shape, 3), 128, np.uint8) if grey else texture(*shape)
    found = DenseSift().extract(image)
    assert found.size == shape
    values = found.values.astype(np.float64)
    np.testing.assert_allclose(np.linalg.norm(values, axis=2), 1, atol=2e-3)
    corners = found.to_pixels(np.array([[0, 0], np.array(values.shape[1::-1]) - 1], np.float64))
    assert (corners >= -0.5).all() and (corners <= np.array(shape[::-1]) - 0.5).all()
    for view in (View(), View(-45, 0.5), View(30, 2)):
        described = DenseSift().describer(image, found)(corners, view)
        np.testing.assert_allclose(np.linalg.norm(described, axis=1), 1, atol=1e-4)


def test_no_points() -> None:
    assert describe(texture(40, 40), []).shape == (0, 148)


def test_flat_colours_are_told_apart() -> None:
    red, blue = np.full((40, 40, 3), (200, 30, 30), np.uint8), np.full((40, 40, 3), (30, 30, 200), np.uint8)
    one, other = describe(red, [20, 20]), describe(blue, [20, 20])
    assert (one * describe(red, [8, 8])).sum() == pytest.approx(1, abs=1e-3)
    assert (one * other).sum() < 0.95


PLACES = [(90, 100), (130, 80), (100, 140), (150, 150), (80, 60)]


def unlike(image: Image, target: Image, belong: Points, view: View) -> float:
    """Mean distance (1 - cosine) of the places' descriptors in a view to what is found where they belong."""
    return float(1 - (describe(image, PLACES, view) * extract(target).sample(belong)).sum(axis=1).mean())


@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_quarter_turns(quarters) -> None:
    image = texture(220, 240)
    turned = np.ascontiguousarray(np.rot90(image, -quarters))  # clockwise
    belong = np.array(PLACES, np.float64)
    height, width = image.shape[:2]
    for _ in range(quarters):
        belong, height, width = np.stack([height - 1 - belong[:, 1], belong[:, 0]], axis=1), width, height
    right, *others = (unlike(image, turned, belong, View(90 * (quarters + k))) for k in range(4))
    assert right < 0.02 and right < 0.2 * min(others)


@pytest.mark.parametrize("angle", [15, -15, 30, -45])
def test_turns(angle) -> None:
    image = texture(220, 240)
    warp = cv2.getRotationMatrix2D((119.5, 109.5), -angle, 1)  # OpenCV's angles are counter-clockwise
    turned = np.asarray(cv2.warpAffine(image, warp, (240, 220), flags=cv2.INTER_CUBIC), np.uint8)
    belong = np.hstack([PLACES, np.ones((5, 1))]) @ warp.T
    right, upright, other_way = (unlike(image, turned, belong, View(a)) for a in (angle, 0, -angle))
    assert right < 0.02 and right < 0.2 * upright and upright < other_way


@pytest.mark.parametrize("scale", [0.5, 2 ** (-1 / 3), 2 ** (1 / 3), 2.0, 4.0])
def test_scales_are_of_working_pixels(scale) -> None:
    image = texture(220, 240)
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    size = round(240 * scale), round(220 * scale)
    scaled = np.asarray(cv2.resize(image, size, interpolation=how), np.uint8)
    belong = (np.array(PLACES) + 0.5) * [size[0] / 240, size[1] / 220] - 0.5
    seen = scale * extract(image).work / extract(scaled).work
    # Enlarged by two is 480 pixels; two and four times as large are both brought to 640.
    assert seen == pytest.approx(scale if scale < 1.3 else 4 / 3, rel=1e-6)
    right, same, wrong = (unlike(image, scaled, belong, View(0, s)) for s in (seen, 1, 1 / seen))
    assert right < 0.02 and right < 0.3 * same and same < wrong


def test_same_bytes_on_repetition() -> None:
    image = texture(150, 170)
    before = image.copy()
    one, other = DenseSift().extract(image), DenseSift().extract(image.copy())
    assert one.values.tobytes() == other.values.tobytes()
    view = View(15, 2 ** (1 / 3))
    assert describe(image, PLACES, view).tobytes() == describe(image, PLACES, view).tobytes()
    assert (image == before).all()


def test_views_hold_the_upright_one() -> None:
    assert View() in DenseSift.views and len(set(DenseSift.views)) == len(DenseSift.views)


def test_stereo_pair() -> None:
    """As benchmarks/correspondence.py, on an eighth of its groups."""
    try:
        left, right, disparity = data.stereo_motorcycle()
    except (ImportError, OSError) as error:
        pytest.skip(f"the pair is fetched from the internet once: {error}")
    points, truth = visible(disparity)
    groups = near_each_other(points)[::8]
    method = DenseSift()
    target, found = Target(method.extract(right)), method.extract(left)
    describer = method.describer(left, found)
    chosen = np.concatenate(groups)

    @cache
    def once(view: View) -> NDArray[np.float32]:
        return describer(points[chosen], view)

    def of_group(places: Points, view: View, *, first: int) -> NDArray[np.float32]:
        return once(view)[first : first + 16] if len(places) == 16 else describer(places, view)

    wrong = []
    for i, group in enumerate(groups):
        extent = float(np.ptp(points[group], axis=0).max())
        all_ = np.ones(len(group), np.bool_)
        of = ReferenceObject(partial(of_group, first=16 * i), left.shape[:2], found.work, points[group], all_, extent)
        match = find(of, target, method.views, tolerance=method.tolerance, min_similarity=-1)[0]
        wrong.append(np.hypot(*(match.points - truth[group]).T))
    pck = (np.concatenate(wrong) <= 0.02 * max(right.shape[:2])).mean()
    assert len(chosen) == 128 and pck >= 0.92
