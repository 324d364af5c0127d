import json
import pickle
import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from pycocotools import mask as coco_mask

from pipelines.annotations import masks
from pipelines.annotations.masks import MaskProblem

some_masks = hnp.arrays(
    np.uint8, hnp.array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=30), elements=st.integers(0, 1)
).filter(lambda m: bool(m.any()))

SQUARE = [2, 1, 5, 1, 5, 4, 2, 4]


def uncompressed(mask):
    flat = mask.ravel(order="F")
    edges = np.flatnonzero(np.diff(flat)) + 1
    runs = np.diff([0, *edges, flat.size]).tolist()
    return {"size": list(mask.shape), "counts": runs if flat[0] == 0 else [0, *runs]}


def test_polygon_by_hand():
    rle = masks.to_rle([SQUARE], 8, 6)
    expected = np.zeros((6, 8), np.uint8)
    expected[1:4, 2:5] = 1
    assert masks.decode(rle).tolist() == expected.tolist()
    assert masks.area(rle) == 9
    assert masks.rect(rle) == (2.0, 1.0, 3.0, 3.0)
    assert json.loads(json.dumps(rle)) == rle


def test_polygons_are_merged_and_overlap_counts_once():
    rle = masks.to_rle([SQUARE, [4, 1, 7, 1, 7, 4, 4, 4], [0, 0, 1, 1]], 8, 6)
    assert masks.area(rle) == 15


def test_polygon_is_clipped_to_the_image():
    assert masks.area(masks.to_rle([[-3, -3, 5, -3, 5, 5, -3, 5]], 12, 10)) == 25


@given(
    st.lists(st.tuples(st.floats(-100, 140), st.floats(-80, 110)), min_size=3, max_size=8),
)
def test_coordinates_moderately_outside_are_taken_as_they_are(points):
    polygon = [float(v) for point in points for v in point]
    expected = coco_mask.frPyObjects([polygon], 30, 40)[0]
    try:
        found = masks.to_rle([polygon], 40, 30)
    except MaskProblem as problem:
        assert problem.reason == "mask_empty"
        assert coco_mask.area(expected) == 0
    else:
        assert found["counts"] == expected["counts"].decode()


@pytest.mark.parametrize("far", [1e6, 1e12, 1e300])
def test_wild_coordinates_cost_nothing_and_still_cover_the_image(far):
    start = time.perf_counter()
    rle = masks.to_rle([[-far, -far, far, -far, far, far, -far, far]], 64, 48)
    assert masks.area(rle) == 64 * 48
    assert time.perf_counter() - start < 0.5


@given(some_masks)
def test_all_run_length_forms_agree_with_pycocotools(mask):
    height, width = mask.shape
    compressed = coco_mask.encode(np.asfortranarray(mask))
    expected = {"size": [height, width], "counts": compressed["counts"].decode()}
    assert masks.to_rle(expected, width, height) == expected
    assert masks.to_rle(compressed, width, height) == expected
    assert masks.to_rle(uncompressed(mask), width, height) == expected
    assert masks.encode(mask) == expected
    assert masks.encode(mask.astype(bool)) == expected
    decoded = masks.decode(expected)
    np.testing.assert_array_equal(decoded, mask)
    assert decoded.flags.c_contiguous
    assert decoded.dtype == np.uint8


# pycocotools has room for 6 characters a run and writes more for longer ones: 5 hold 25 bits.
@given(st.lists(st.integers(0, 2**24 - 1), min_size=1, max_size=30))
def test_counts_string_is_read_as_pycocotools_writes_it(runs):
    side = sum(runs)
    written = coco_mask.frPyObjects({"size": [side, 1], "counts": runs}, side, 1)["counts"]
    assert masks._parse_counts(written.decode()).tolist() == runs


@pytest.mark.parametrize(
    ("segmentation", "width", "height"),
    [
        # Four runs of 6 characters each, and the zero that ends the string: one byte more than pycocotools has.
        ({"size": [16000, 10000], "counts": [20_000_000, 20_000_000, 60_000_000, 60_000_000]}, 10000, 16000),
        ({"size": [60000, 60000], "counts": [0, 3_600_000_000]}, 60000, 60000),
        ([[0, 0, 60000, 0, 60000, 60000]], 60000, 60000),
    ],
)
def test_runs_too_long_for_pycocotools_are_refused(segmentation, width, height):
    with pytest.raises(MaskProblem) as caught:
        masks.to_rle(segmentation, width, height)
    assert caught.value.reason == "mask_undecodable"
    assert "longer than" in str(caught.value)


@given(st.text(alphabet=st.characters(min_codepoint=48, max_codepoint=111), max_size=40))
def test_any_counts_string_is_safe(counts):
    segmentation = {"size": [5, 7], "counts": counts}
    try:
        rle = masks.to_rle(segmentation, 7, 5)
    except MaskProblem as problem:
        assert problem.reason in {"mask_undecodable", "mask_empty"}
    else:
        np.testing.assert_array_equal(masks.decode(rle), coco_mask.decode(segmentation))


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=8) | st.dictionaries(st.sampled_from(["size", "counts"]), inner, max_size=2)
        ),
        max_leaves=20,
    )
)
def test_any_json_is_a_mask_or_a_problem(segmentation):
    try:
        rle = masks.to_rle(segmentation, 7, 5)
    except MaskProblem:
        return
    assert 1 <= masks.area(rle) <= 35


def test_empty_runs_do_not_widen_the_rectangle():
    # Columns of 4: pixel 5 only; an empty run of ones stands at pixel 2.
    rle = masks.to_rle({"size": [4, 4], "counts": [2, 0, 3, 1, 10, 0]}, 4, 4)
    assert masks.rect(rle) == (1.0, 1.0, 1.0, 1.0)
    assert rle == masks.to_rle({"size": [4, 4], "counts": [5, 1, 10]}, 4, 4)


@pytest.mark.parametrize(
    ("segmentation", "reason", "detail"),
    [
        (None, "mask_empty", "the segmentation is empty"),
        ([], "mask_empty", "the segmentation is empty"),
        ([[20, 20, 30, 20, 30, 30]], "mask_empty", "covers no pixel of the 8x6 image"),
        ({"size": [6, 8], "counts": [48]}, "mask_empty", "covers no pixel of the 8x6 image"),
        ([[1, 1, 5, 5]], "mask_degenerate", "none of 1 polygons has 3 points"),
        ([[], [1, 2, 3, 4, 5]], "mask_degenerate", "none of 2 polygons has 3 points"),
        ([[1, 1, 5, 1, 5, 5, 1]], "mask_undecodable", "odd number of coordinates, 7"),
        ([[1, 1, 5, 1, 5, float("nan")]], "mask_undecodable", "finite numbers"),
        ([[1, 1, 5, 1, 5, float("inf")]], "mask_undecodable", "finite numbers"),
        ([[1, 1, 5, 1, 5, 10**400]], "mask_undecodable", "finite numbers"),
        ([["1", "1", "5", "1", "5", "5"]], "mask_undecodable", "finite numbers"),
        ([[1, 1, None, 1, 5, 5]], "mask_undecodable", "finite numbers"),
        ([[[1, 1], [5, 1], [5, 5]]], "mask_undecodable", "finite numbers"),
        ([[[1, 1], [5]]], "mask_undecodable", "finite numbers"),
        ([1, 1, 5, 1, 5, [5]], "mask_undecodable", "a polygon is a int, expected a list of numbers"),
        ([1, 1, 5, 1, 5], "mask_degenerate", "none of 1 polygons has 3 points"),
        ("lO1", "mask_undecodable", "is a str, expected polygons or run lengths"),
        (3, "mask_undecodable", "is a int"),
        ({}, "mask_undecodable", "without a size of two whole numbers"),
        ({"size": [6], "counts": [48]}, "mask_undecodable", "without a size"),
        ({"size": ["6", "8"], "counts": [48]}, "mask_undecodable", "without a size"),
        ({"size": [6, 8]}, "mask_undecodable", "without counts"),
        ({"size": [8, 6], "counts": [48]}, "mask_wrong_size", "are for 6x8 pixels, the image has 8x6"),
        ({"size": [6, 8], "counts": []}, "mask_undecodable", "do not add up to the 48 pixels of 8x6"),
        ({"size": [6, 8], "counts": ""}, "mask_undecodable", "do not add up"),
        ({"size": [6, 8], "counts": [20, 20]}, "mask_undecodable", "do not add up"),
        ({"size": [6, 8], "counts": [40, -2, 10]}, "mask_undecodable", "do not add up"),
        ({"size": [6, 8], "counts": [2**62, 2**62, 2**62, 2**62, 48]}, "mask_undecodable", "do not add up"),
        ({"size": [6, 8], "counts": [20.0, 28.0]}, "mask_undecodable", "something else than whole numbers"),
        ({"size": [6, 8], "counts": [True, False]}, "mask_undecodable", "something else than whole numbers"),
        ({"size": [6, 8], "counts": [[20], [28, 1]]}, "mask_undecodable", "something else than whole numbers"),
        ({"size": [6, 8], "counts": [10**30]}, "mask_undecodable", "something else than whole numbers"),
        ({"size": [6, 8], "counts": "P"}, "mask_undecodable", "ends inside a number"),
        ({"size": [6, 8], "counts": "o" * 30 + "0"}, "mask_undecodable", "longer than 32 bits"),
        ({"size": [6, 8], "counts": "~~"}, "mask_undecodable", "outside the code"),
        ({"size": [6, 8], "counts": "ä"}, "mask_undecodable", "outside the code"),
        ({"size": [6, 8], "counts": "o" * 6 + "0"}, "mask_undecodable", "do not add up"),
    ],
)
def test_problems(segmentation, reason, detail):
    with pytest.raises(MaskProblem, match=detail) as caught:
        masks.to_rle(segmentation, 8, 6)
    assert caught.value.reason == reason


def test_problem_survives_a_process_boundary():
    problem = pickle.loads(pickle.dumps(MaskProblem("mask_empty", "nothing")))
    assert (problem.reason, problem.detail, str(problem)) == ("mask_empty", "nothing", "nothing")


def test_caller_mistakes_are_value_errors():
    with pytest.raises(ValueError, match="image size is at least 1x1 pixel, got 0x6"):
        masks.to_rle([SQUARE], 0, 6)
    with pytest.raises(ValueError, match=r"mask is \(H, W\) uint8 or bool, got shape \(2, 2\) and dtype int64"):
        masks.encode(np.ones((2, 2), np.int64))
