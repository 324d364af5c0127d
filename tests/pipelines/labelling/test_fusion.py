import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.annotations import masks
from pipelines.config import FusionConfig
from pipelines.labelling.fusion import Region, fuse, fused_mask

SHAPE = (40, 60)
DEFAULT = FusionConfig()


def box(annotation_id, x, y, w, h, category="person"):
    mask = np.zeros(SHAPE, np.uint8)
    mask[y : y + h, x : x + w] = 1
    return Region(annotation_id, category, masks.encode(mask))


def region(annotation_id, mask):
    return Region(annotation_id, "thing", masks.encode(mask))


def test_tie_inside_a_person_is_fused_although_the_symmetric_iou_is_small():
    person, tie = box(1, 10, 5, 20, 30), box(2, 18, 10, 3, 8, "tie")
    assert fuse([person], [tie], DEFAULT) == [[0]]
    assert fuse([person], [tie], FusionConfig(overlap="iou")) == [[]]
    assert fuse([person], [box(2, 11, 5, 19, 30)], FusionConfig(overlap="iou")) == [[0]]


@pytest.mark.parametrize(("inside", "expected"), [(8, []), (9, [0])])
def test_overlap_must_exceed_the_threshold(inside, expected):
    # 10 pixels wide, of which 8 or 9 lie in the person's rectangle: 0.8 is not more than 0.8.
    person, bag = box(1, 0, 5, 20, 30), box(2, 20 - inside, 10, 10, 5)
    assert fuse([person], [bag], DEFAULT) == [expected]


@pytest.mark.parametrize(
    ("gap", "side", "expected"),
    [(1, "left", [0]), (1, "right", [0]), (2, "left", []), (2, "right", [0]), (3, "right", [])],
)
def test_dilated_accessory_must_meet_the_subject(gap, side, expected):
    # A 4x4 square with OpenCV's anchor carries a pixel 1 to the left and 2 to the right. `gap` is 1 for
    # neighbours. The subject is two columns, so that its rectangle holds the accessory.
    mask = np.zeros(SHAPE, np.uint8)
    mask[:, [5, 50]] = 1
    x = {"left": 5 + gap, "right": 50 - gap}[side]
    accessory = np.zeros(SHAPE, np.uint8)
    accessory[20, x] = 1
    assert fuse([region(1, mask)], [region(2, accessory)], DEFAULT) == [expected]


def test_ball_in_the_air_is_not_fused():
    person = np.zeros(SHAPE, np.uint8)
    person[5:35, 10:15] = 1
    person[5:10, 10:40] = 1
    assert fuse([region(1, person)], [box(2, 30, 25, 5, 5, "sports ball")], DEFAULT) == [[]]


def test_accessory_of_two_goes_to_the_one_it_touches_more():
    left, right, cup = box(7, 10, 5, 12, 30), box(3, 20, 5, 20, 30), box(9, 20, 10, 4, 4, "cup")
    # The dilated cup is columns 19 to 25: 3 of them on the left person, 6 on the right one.
    assert fuse([left, right], [cup], FusionConfig(overlap_threshold=0.4)) == [[], [0]]
    assert fuse([left, right], [cup], FusionConfig(overlap_threshold=0.4, assign="all")) == [[0], [0]]


def test_tie_goes_to_the_smaller_annotation_id_whatever_the_order():
    one, two, cup = box(7, 10, 5, 20, 30), box(3, 10, 5, 20, 30), box(9, 15, 10, 4, 4, "cup")
    assert fuse([one, two], [cup], DEFAULT) == [[], [0]]
    assert fuse([two, one], [cup], DEFAULT) == [[0], []]


def test_indices_are_ascending_and_a_region_is_not_its_own_accessory():
    person, cups = box(1, 10, 5, 20, 30), [box(i, 10 + i, 10, 4, 4) for i in (9, 5, 2)]
    assert fuse([person], [cups[0], person, cups[1], cups[2]], DEFAULT) == [[0, 2, 3]]


@pytest.mark.parametrize("accessories", [[], [box(2, 0, 0, 3, 3)]])
def test_nothing_to_fuse(accessories):
    assert fuse([], accessories, DEFAULT) == []
    assert fuse([box(1, 30, 20, 5, 5)], accessories, DEFAULT) == [[]]


def test_sizes_must_agree():
    other = Region(2, "cup", masks.encode(np.ones((3, 3), np.uint8)))
    with pytest.raises(ValueError, match=r"regions of one image have one size, got \[\(3, 3\), \(40, 60\)\]"):
        fuse([box(1, 0, 0, 5, 5)], [other], DEFAULT)


def test_fused_mask_is_the_union():
    person, bag = box(1, 10, 5, 20, 30), box(2, 28, 10, 6, 6)
    rle = fused_mask(person, [bag])
    expected = masks.decode(person.rle) | masks.decode(bag.rle)
    assert masks.decode(rle).tolist() == expected.tolist()
    assert isinstance(rle["counts"], str)
    assert fused_mask(person, []) == person.rle
    assert fused_mask(person, [bag, bag]) == fused_mask(bag, [person])


rectangles = st.tuples(st.integers(0, 50), st.integers(0, 30), st.integers(1, 30), st.integers(1, 25))


@given(
    st.lists(rectangles, min_size=1, max_size=4),
    st.lists(rectangles, min_size=1, max_size=4),
    st.integers(1, 7),
    st.sampled_from([0.0, 0.5, 0.8]),
)
def test_equals_the_definition_on_whole_images(subjects, accessories, kernel, threshold):
    ours = [box(i, *r) for i, r in enumerate(subjects)]
    theirs = [box(100 + i, *r) for i, r in enumerate(accessories)]
    config = FusionConfig(contact_kernel=kernel, overlap_threshold=threshold, assign="all")
    expected = [[] for _ in ours]
    for s, subject in enumerate(ours):
        for a, accessory in enumerate(theirs):
            one, other = masks.decode(subject.rle), masks.decode(accessory.rle)
            share = (one & other).sum() / other.sum()  # regions are their own rectangles here
            dilated = cv2.dilate(other, np.ones((kernel, kernel), np.uint8))
            if share > threshold and (dilated & one).any():
                expected[s].append(a)
    assert fuse(ours, theirs, config) == expected
