"""The gates, and the second opinion, as the conductor asks for them."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from pipelines.annotations import masks
from pipelines.annotations.images import Photo
from pipelines.config import QualityConfig
from pipelines.labelling.candidates import Candidate
from pipelines.labelling.instance_matte import Made
from pipelines.labelling.job import Methods
from pipelines.labelling.judging import Judge
from pipelines.labelling.matting import MattingFailed
from pipelines.records import Instance

SIDE = 40
MASK = np.zeros((SIDE, SIDE), np.uint8)
MASK[10:30, 10:30] = 1


class Method:
    """Stands where a method's name and revision are asked for."""

    name, revision, batch_size = "m", "1", 1


class Second:
    """A second opinion that always has the same IoU, and remembers what it was shown."""

    def __init__(self, iou: float) -> None:
        self.iou, self.shown = iou, list[int]()

    def set_image(self, image: NDArray[np.uint8]) -> None:
        self.shown.append(int(image[0, 0, 0]))

    def iou_for(self, mask: NDArray[np.uint8], box: tuple[float, float, float, float]) -> float:
        assert box == (10, 10, 20, 20) and np.array_equal(mask, MASK)
        return self.iou


def photo(tone: int) -> Photo:
    return Photo(np.full((SIDE, SIDE, 3), tone, np.uint8), "", 1)


def candidate(of: Photo) -> Candidate:
    row = Instance("s", "d", "p", 1, 1, "person", "a.png", SIDE, SIDE, mask_rle=masks.encode(MASK > 0))
    return Candidate(row, masks.encode(MASK > 0), of, None)


def made(alpha: NDArray[np.uint8] = MASK) -> Made:
    """A matte with a soft rim in its trimap."""
    trimap = np.where(MASK, np.uint8(255), np.uint8(0))
    trimap[10, 10:30] = 128
    return Made(alpha.astype(np.float32), MASK, trimap, np.s_[0:SIDE, 0:SIDE])


def judge(second: Second | None = None, **gates: Any) -> Judge:
    return Judge(QualityConfig(**gates), Methods(Method(), agreement=second))  # type: ignore[arg-type]


def test_the_second_opinion_is_shown_each_photo_once() -> None:
    second, first, other = Second(0.97), photo(1), photo(2)
    asked = judge(second)
    items = [candidate(first), candidate(first), candidate(other)]
    for item in items:
        asked.judge(item, made())
    assert second.shown == [1, 2]
    assert {(item.instance.sam_iou, item.instance.reason) for item in items} == {(0.97, None)}
    asked.forget()
    asked.judge(candidate(other), made())
    assert second.shown == [1, 2, 2]


def test_a_second_opinion_that_differs_rejects() -> None:
    item = candidate(photo(1))
    judge(Second(0.1)).judge(item, made())
    assert item.instance.reason == "sam_disagrees" and item.instance.sam_iou == 0.1


def test_what_failed_an_earlier_gate_is_not_asked_about() -> None:
    second, item = Second(0.97), candidate(photo(1))
    judge(second).judge(item, made(np.zeros_like(MASK)))
    assert item.instance.reason == "matte_disagrees" and second.shown == [] and item.instance.sam_iou is None


def test_a_method_that_failed_leaves_the_masks_box() -> None:
    item = candidate(photo(1))
    judge().judge(item, MattingFailed("no colours"))
    row = item.instance
    assert (row.reason, row.detail, row.bbox) == ("matting_failed", "no colours", (10, 10, 20, 20))
    assert (row.matting_backend, row.matting_revision) == ("m", "1")


@pytest.mark.parametrize(("exempt", "shown"), [(True, None), (False, 0.1)])
def test_fused_masks_may_be_exempt(exempt: bool, shown: float | None) -> None:
    item = candidate(photo(1))
    item.instance.accessory_annotation_ids = [2]
    judge(Second(0.1), sam_exempts_fused=exempt).judge(item, made())
    assert item.instance.sam_iou == shown
