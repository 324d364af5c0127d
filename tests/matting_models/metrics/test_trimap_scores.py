import numpy as np
import pytest

from matting_models.metrics import score_trimap, unknown_region

TRUTH = np.array([[0, 0, 128, 128, 255, 255]], np.uint8)


def test_by_hand() -> None:
    # Wrong: the second (unknown instead of background) and the fifth (unknown instead of foreground).
    scores = score_trimap(np.array([[0, 127, 128, 1, 254, 255]], np.uint8), TRUTH)
    assert scores.accuracy == pytest.approx(4 / 6)
    assert (scores.iou_background, scores.iou_unknown, scores.iou_foreground) == (0.5, 0.5, 0.5)
    assert scores.miou == 0.5


def test_kind_that_neither_has() -> None:
    flat = np.array([[0, 0, 128]], np.uint8)
    scores = score_trimap(flat, flat)
    assert np.isnan(scores.iou_foreground)
    assert (scores.accuracy, scores.miou) == (1, 1)


def test_kind_that_only_one_has() -> None:
    scores = score_trimap(np.array([[0, 0, 128]], np.uint8), np.array([[0, 0, 255]], np.uint8))
    assert (scores.iou_background, scores.iou_unknown, scores.iou_foreground) == (1, 0, 0)
    assert scores.miou == pytest.approx(1 / 3)


@pytest.mark.parametrize(
    ("prediction", "message"),
    [
        (TRUTH.T, "prediction is (6, 1), truth is (1, 6); expected the same shape, not empty"),
        (TRUTH / 255, "prediction is (1, 6) float64; expected (H, W) uint8: 0, between, 255"),
    ],
)
def test_mistakes_are_one_sentence(prediction, message: str) -> None:
    with pytest.raises(ValueError) as caught:
        score_trimap(prediction, TRUTH)
    assert str(caught.value) == message


def test_unknown_is_everything_between() -> None:
    assert unknown_region(np.array([[0, 1, 127, 128, 254, 255]], np.uint8)).tolist() == [
        [False, True, True, True, True, False]
    ]
    with pytest.raises(ValueError) as caught:
        unknown_region(np.zeros((2, 2, 3), np.uint8))
    assert str(caught.value) == "trimap is (2, 2, 3) uint8; expected (H, W) uint8: 0, between, 255"
