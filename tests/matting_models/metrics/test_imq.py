import numpy as np
import pytest

from matting_models.metrics import InstanceMatting, imq


def bar(*columns: int, value: float = 1.0) -> np.ndarray:
    matte = np.zeros((2, 10))
    matte[:, list(columns)] = value
    return matte


def test_perfect_prediction_in_another_order() -> None:
    truths = [bar(0, 1), bar(4, 5, 6)]
    found = imq(truths[::-1], truths)
    assert (found.true_positives, found.false_positives, found.false_negatives) == (2, 0, 0)
    assert {(m.prediction, m.truth) for m in found.matches} == {(0, 1), (1, 0)}
    assert [found.quality(form) for form in ("mad", "mse", "grad", "conn")] == [1, 1, 1, 1]


def test_error_is_averaged_over_the_union_and_scaled_by_ten() -> None:
    # Union of 3 columns, one of them 0.9 instead of 1: MAD 0.1 / 3, MSE 0.01 / 3.
    truth = bar(2, 3, 4)
    prediction = bar(2, 3, 4)
    prediction[:, 4] = 0.9
    found = imq([prediction], [truth])
    assert found.matches[0].iou == 1
    assert found.quality("mad") == pytest.approx(1 - 10 * 0.1 / 3, rel=1e-9)
    assert found.quality("mse") == pytest.approx(1 - 10 * 0.01 / 3, rel=1e-9)
    assert found.quality("conn") == 1  # 0.1 below the threshold's level is no distance


def test_union_goes_beyond_the_truth() -> None:
    # The prediction has a fourth column of 0.2 that the truth lacks: IoU 3 / 4, MAD 0.2 / 4.
    found = imq([bar(2, 3, 4) + bar(5, value=0.2)], [bar(2, 3, 4)])
    assert found.matches[0].iou == 0.75
    assert found.quality("mad") == pytest.approx(1 - 10 * 0.05, rel=1e-9)


def test_similarity_stops_at_zero() -> None:
    found = imq([bar(2, 3, 4, value=0.5)], [bar(2, 3, 4)])
    assert found.true_positives == 1
    assert found.quality("mad") == 0


def test_iou_of_a_half_is_enough_and_less_is_not() -> None:
    assert imq([bar(0, 1)], [bar(0)]).true_positives == 1
    below = imq([bar(0, 1, 2)], [bar(0)])
    assert (below.true_positives, below.false_positives, below.false_negatives) == (0, 1, 1)
    assert below.quality("mad") == 0


def test_matching_is_the_best_of_all_not_greedy() -> None:
    # Prediction 0 fits truth 0 best (IoU 0.8), but then prediction 1 (0.6 with truth 0) is left with nothing.
    truths = [bar(0, 1, 2, 3, 4), bar(0, 1, 2)]
    found = imq([bar(0, 1, 2, 3), bar(2, 3, 4)], truths)
    assert {(m.prediction, m.truth) for m in found.matches} == {(0, 1), (1, 0)}


def test_false_positives_and_negatives_count_half() -> None:
    truth = [bar(0, 1), bar(4, 5), bar(8)]
    found = imq([bar(0, 1), bar(6)], truth)
    assert (found.true_positives, found.false_positives, found.false_negatives) == (1, 1, 2)
    assert found.quality("mad") == pytest.approx(1 / (1 + 0.5 + 1), rel=1e-12)


def test_image_without_predictions_counts() -> None:
    missed = imq([], [bar(0, 1), bar(4)])
    assert (missed.true_positives, missed.false_positives, missed.false_negatives) == (0, 0, 2)
    assert missed.quality("mad") == 0
    invented = imq([bar(0)], [])
    assert (invented.true_positives, invented.false_positives, invented.false_negatives) == (0, 1, 0)


def test_nothing_at_all_has_no_quality() -> None:
    assert np.isnan(imq([], []).quality("conn"))


def test_empty_mattes_match_nothing() -> None:
    found = imq([bar()], [bar()])
    assert (found.true_positives, found.false_positives, found.false_negatives) == (0, 1, 1)


def test_test_sets_are_sums() -> None:
    one, other = imq([bar(0, 1)], [bar(0, 1)]), imq([], [bar(0, 1), bar(4), bar(6)])
    both = sum([one, other], InstanceMatting())
    assert both.quality("mad") == pytest.approx(1 / (1 + 1.5), rel=1e-12)  # not the mean of 1 and 0


def test_stacks_and_other_sizes() -> None:
    assert imq(np.stack([bar(0), bar(4)]), np.stack([bar(4), bar(0)])).true_positives == 2
    with pytest.raises(ValueError) as caught:
        imq([np.ones((2, 3))], [np.ones((3, 2))])
    assert str(caught.value) == "mattes are (2, 3), (3, 2); expected the same shape"


@pytest.mark.parametrize(
    ("matte", "message"),
    [
        (np.full((2, 3), np.nan), "matte has 6 of 6 pixels that are NaN or infinite; expected floats in [0, 1]"),
        (np.full((2, 3), 255.0), "matte has values from 255 to 255; expected floats in [0, 1]"),
        (np.ones((2, 3, 1)), "matte has shape (2, 3, 1); expected (H, W), both at least 1"),
    ],
)
def test_mattes_that_match_nothing_are_checked_too(matte: np.ndarray, message: str) -> None:
    for given in (([matte], []), ([], [matte])):
        with pytest.raises(ValueError) as caught:
            imq(*given)
        assert str(caught.value) == message
