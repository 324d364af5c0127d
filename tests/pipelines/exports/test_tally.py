import math

from pipelines.exports.choice import Chosen
from pipelines.exports.tally import Tally
from tests.pipelines.review.conftest import instance


def test_histograms_have_both_ends_and_leave_out_what_is_not_known() -> None:
    tally = Tally()
    row = instance(1, mask_iou=1.0, soft_fraction=0.0, unknown_fraction=math.nan)
    tally.add(Chosen(row, "undecided", "a", "0", "t", "0", mended=False))
    assert tally.histograms == {
        "mask_iou": [0] * 9 + [1], "soft_fraction": [1] + [0] * 9, "unknown_fraction": [0] * 10
    }  # fmt: skip
