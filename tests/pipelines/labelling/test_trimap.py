import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from pipelines.labelling.trimap import as_three_levels, kernel_size, make_trimap

Mask = NDArray[np.uint8]

masks = hnp.arrays(
    np.uint8,
    hnp.array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=40),
    elements=st.integers(0, 1),
    fill=st.just(0),
).filter(lambda m: bool(m.any()))
settings_of_trimap = st.fixed_dictionaries(
    {
        "gap_kernel": st.integers(1, 6),
        "eta": st.sampled_from([0.5, 2.0, 12.0]),
        "rule": st.sampled_from(["measured", "printed"]),
        "min_kernel": st.integers(1, 9),
    }
)


def windows(mask: Mask, side: int, before: int, outside: int) -> NDArray[np.uint8]:
    padded = np.pad(mask, (before, side - 1 - before), constant_values=outside)
    return sliding_window_view(padded, (side, side))


def dilate(mask: Mask, side: int) -> Mask:
    return windows(mask, side, side // 2, 0).max(axis=(2, 3))


def erode(mask: Mask, side: int) -> Mask:
    return windows(mask, side, (side - 1) // 2, 1).min(axis=(2, 3))


@given(masks, settings_of_trimap)
def test_equals_the_definition_on_the_whole_image(mask, settings):
    gap = settings.pop("gap_kernel")
    dilated = dilate(mask, gap)
    omega = kernel_size(int(dilated.sum()), **settings)
    closed = erode(dilated, gap)
    expected = np.full(mask.shape, 128, np.uint8)
    expected[erode(1 - dilated, omega) == 1] = 0
    expected[(erode(dilated, omega) == 1) & (closed == 1)] = 255

    trimap = make_trimap(mask, gap_kernel=gap, **settings)

    assert trimap.kernel_size == omega
    np.testing.assert_array_equal(trimap.closed, closed)
    np.testing.assert_array_equal(trimap.values, expected)


@given(masks, settings_of_trimap)
def test_promises(mask, settings):
    trimap = make_trimap(mask, **settings)
    assert set(np.unique(trimap.values)) <= {0, 128, 255}
    assert not ((trimap.values == 0) & (mask == 1)).any()
    assert not ((trimap.values == 255) & (trimap.closed == 0)).any()
    assert (trimap.closed >= mask).all()
    assert trimap.closed.dtype == trimap.values.dtype == np.uint8


@given(masks, settings_of_trimap)
def test_odd_kernels_commute_with_mirroring(mask, settings):
    settings |= {"gap_kernel": 3, "min_kernel": 41}
    mirrored = make_trimap(np.ascontiguousarray(mask[:, ::-1]), **settings)
    np.testing.assert_array_equal(mirrored.values[:, ::-1], make_trimap(mask, **settings).values)


def test_seven_by_seven_cut_by_the_left_border():
    mask = np.zeros((7, 7), np.uint8)
    mask[1:6, 0:4] = 1
    trimap = make_trimap(mask, gap_kernel=1, min_kernel=3)
    u, f = 128, 255
    assert trimap.kernel_size == 3
    assert trimap.values.tolist() == [
        [u, u, u, u, u, 0, 0],
        [u, u, u, u, u, 0, 0],
        [f, f, f, u, u, 0, 0],
        [f, f, f, u, u, 0, 0],
        [f, f, f, u, u, 0, 0],
        [u, u, u, u, u, 0, 0],
        [u, u, u, u, u, 0, 0],
    ]
    np.testing.assert_array_equal(trimap.closed, mask)


def test_even_kernels_keep_the_unknown_band_centred_on_the_mask():
    # M' is columns 4 to 7; windows of two, reflected, are [x, x + 1].
    mask = np.array([[0, 0, 0, 0, 1, 1, 1, 0, 0, 0, 0]], np.uint8)
    trimap = make_trimap(mask, gap_kernel=2, min_kernel=2)
    assert trimap.values.tolist() == [[0, 0, 0, 128, 255, 255, 255, 128, 0, 0, 0]]


@pytest.mark.parametrize(("gap", "filled"), [(1, False), (2, False), (3, True), (4, True)])
def test_gaps_narrower_than_the_kernel_close(gap, filled):
    mask = np.ones((12, 20), np.uint8)
    mask[:, 9:11] = 0
    closed = make_trimap(mask, gap_kernel=gap).closed
    assert closed[:, 9:11].all() == filled
    assert closed.sum() == (240 if filled else 216)


def test_small_mask_keeps_known_foreground_inside():
    mask = np.zeros((40, 40), np.uint8)
    mask[15:25, 15:25] = 1
    # Without the least kernel omega would be 1 and the dilation would win.
    trimap = make_trimap(mask, min_kernel=1)
    assert trimap.kernel_size == 1
    np.testing.assert_array_equal(trimap.values == 255, mask == 1)


def test_mask_over_the_whole_image_is_known_everywhere():
    assert (make_trimap(np.ones((9, 30), np.uint8)).values == 255).all()


@pytest.mark.parametrize("scale", [2, 3, 4])
def test_measured_rule_scales_with_the_object(scale):
    def unknown_share(side: int) -> float:
        row, column = np.ogrid[-1 : 1 : side * 1j, -1 : 1 : side * 1j]
        mask = (row**2 + column**2 < 0.5).astype(np.uint8)
        return float((make_trimap(mask).values == 128).sum() / mask.sum())

    assert unknown_share(200 * scale) == pytest.approx(unknown_share(200), abs=0.05)


@pytest.mark.parametrize(
    ("area", "options", "expected"),
    [
        (14400, {"rule": "paper"}, 10),
        (320**2, {}, 10),
        (14400, {"rule": "printed"}, 35),  # sqrt(1200) = 34.64
        (126**2, {"eta": 12}, 11),  # 10.5, halves up
        (90**2, {"eta": 12}, 8),  # 7.5, halves up where Python's round() also gives 8
        (102**2, {"eta": 12}, 9),  # 8.5, where Python's round() gives 8
        (100, {}, 5),
        (0, {}, 5),
        (0, {"min_kernel": 1}, 1),
        (100, {"eta": 1.0}, 10),
    ],
)
def test_kernel_size(area, options, expected):
    assert kernel_size(area, **options) == expected


@pytest.mark.parametrize(
    ("area", "options", "message"),
    [
        (-1, {}, "need area >= 0, eta > 0 and min_kernel >= 1, got -1, 32.0 and 5"),
        (1, {"eta": 0.0}, "got 1, 0.0 and 5"),
        (1, {"min_kernel": 0}, "got 1, 32.0 and 0"),
        (1, {"rule": "guessed"}, "rule is 'measured', 'printed' or 'paper', got 'guessed'"),
    ],
)
def test_kernel_size_says_what_is_wrong(area, options, message):
    with pytest.raises(ValueError, match=message):
        kernel_size(area, **options)


@pytest.mark.parametrize(
    ("mask", "options", "message"),
    [
        (np.zeros((4, 5), np.uint8), {}, "mask has no pixel set"),
        (np.zeros((0, 5), np.uint8), {}, r"mask has no pixels, got shape \(0, 5\)"),
        (np.ones((4, 5, 3), np.uint8), {}, r"got shape \(4, 5, 3\) and dtype uint8"),
        (np.ones((4, 5), np.float32), {}, r"got shape \(4, 5\) and dtype float32"),
        (np.full((4, 5), 255, np.uint8), {}, "mask holds 0 and 1, got 255"),
        (np.ones((4, 5), np.uint8), {"gap_kernel": 0}, "gap_kernel is at least 1 pixel, got 0"),
    ],
)
def test_make_trimap_says_what_is_wrong(mask, options, message):
    with pytest.raises(ValueError, match=message):
        make_trimap(mask, **options)


def test_bool_and_strided_masks_are_the_same_mask():
    mask = np.zeros((50, 60), np.uint8)
    mask[10:40, 20:50] = 1
    expected = make_trimap(mask).values
    np.testing.assert_array_equal(make_trimap(mask.astype(bool)).values, expected)
    np.testing.assert_array_equal(make_trimap(np.asfortranarray(mask)).values, expected)
    assert mask.sum() == 900  # left as it was


def test_large_kernel_counts_exactly():
    # 4200 ** 2 is above 2 ** 24, where float32 stops counting.
    mask = np.ones((4300, 4300), np.uint8)
    mask[0, 0] = 0
    trimap = make_trimap(mask, gap_kernel=1, min_kernel=4200)
    assert trimap.values[2099, 2099] == 128
    assert trimap.values[2100, 2100] == 255


def test_as_three_levels():
    found = as_three_levels(np.array([[0, 1, 127], [128, 254, 255]], np.uint8))
    assert found.tolist() == [[0, 128, 128], [128, 128, 255]]
    assert found.dtype == np.uint8


@pytest.mark.parametrize("trimap", [np.zeros((2, 2)), np.zeros((2, 2, 1), np.uint8)])
def test_as_three_levels_says_what_is_wrong(trimap):
    with pytest.raises(ValueError, match=r"trimap is \(H, W\) uint8, got shape"):
        as_three_levels(trimap)


def test_imports_neither_pydantic_nor_pycocotools():
    unwanted = ("pydantic", "pycocotools", "torch")
    code = f"import sys, pipelines.labelling.trimap; sys.exit(any(m in sys.modules for m in {unwanted}))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
