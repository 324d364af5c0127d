from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from pipelines.annotations.images import Photo
from pipelines.annotations.masks import decode
from pipelines.errors import UserError
from pipelines.labelling.matting import MattingFailed
from pipelines.propagation.cache import FeatureCache
from pipelines.propagation.in_context import InContextPropagator
from pipelines.propagation.in_context_network import Discovery
from pipelines.propagation.prompts import Marks
from pipelines.propagation.references import Marked
from pipelines.propagation.segmenter import Encoding
from pipelines.records import Annotation, ImageRecord


class Planted:
    """Finds what is brighter than 100, as surely as the picture's first value says in hundredths; reads the mean."""

    name, revision, min_score = "planted", "1", 0.3

    def __init__(self) -> None:
        self.reader, self.read = self, 0

    def encode(self, image: NDArray[np.uint8]) -> Encoding:
        self.read += 1
        return {"mean": np.array([image.mean()])}

    def remember(self, references: Sequence[tuple[Encoding, NDArray[np.bool_]]]) -> Any:
        return [(float(read["mean"][0]), int(mask.sum())) for read, mask in references]

    def find(self, image: NDArray[np.uint8], remembered: Any) -> Discovery:
        assert remembered == [(10.0, 6), (20.0, 6)]
        if image[0, 0, 1] == 1:
            raise MattingFailed("it does not fit in memory")
        alpha = (image[:, :, 2] > 100).astype(np.float32)
        return Discovery(alpha, alpha[::2, ::2] + 1, image[0, 0, 0] / 100)


def photo(pixels: NDArray[np.uint8], name: str) -> Photo:
    return Photo(pixels, name * 8, 1)


def marked(level: int) -> Marked:
    mask = np.zeros((4, 5), np.bool_)
    mask[:2, :3] = True
    pixels = np.full((4, 5, 3), level, np.uint8)
    return Marked(f"{level}.png", photo(pixels, str(level)), mask, None, Marks(np.zeros((0, 2)), np.zeros(0, np.bool_)))


@pytest.fixture
def network() -> Planted:
    return Planted()


def propagator(network: Planted, root: Path, min_score: float | None = None) -> InContextPropagator:
    return InContextPropagator(
        [marked(10), marked(20)], network, FeatureCache(root / "kept", 1 << 20, 0), min_score, root
    )


def annotate(network: Planted, root: Path, pixels: NDArray[np.uint8], min_score: float | None = None) -> Annotation:
    (root / "similarity").mkdir()
    record = ImageRecord(7, "some/a.jpg", 0, 0)
    (annotation,) = propagator(network, root, min_score)(record, photo(pixels, "t"))
    return annotation


def target(score: int) -> NDArray[np.uint8]:
    pixels = np.zeros((6, 8, 3), np.uint8)
    pixels[0, 0, 0] = score
    pixels[2:4, 4:8, 2] = 200
    return pixels


def test_the_mask_is_of_the_alpha_and_the_similarity_is_drawn(network: Planted, tmp_path: Path) -> None:
    found = annotate(network, tmp_path, target(90))
    assert (found.annotation_id, found.problem) == (1, None)
    assert isinstance(found.segmentation, dict)
    np.testing.assert_array_equal(decode(found.segmentation), target(90)[:, :, 2] > 0)
    origin = found.origin
    assert origin is not None
    assert (origin.reference_path, origin.object_score, origin.prompts) == ("10.png", 0.9, [])
    assert origin.features == origin.segmenter == "planted (1)"
    assert origin.similarity_path is not None
    drawn = cv2.imread(str(tmp_path / origin.similarity_path), cv2.IMREAD_UNCHANGED)
    np.testing.assert_array_equal(drawn, [[128] * 4, [128, 128, 255, 255], [128] * 4])


def test_references_are_read_once(network: Planted, tmp_path: Path) -> None:
    for _ in range(2):
        propagator(network, tmp_path)
    assert network.read == 2


def test_a_reference_that_cannot_be_read_is_a_mistake_that_names_it(
    network: Planted, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: Any) -> Encoding:
        raise MattingFailed("out of GPU memory")

    monkeypatch.setattr(network, "encode", full)
    with pytest.raises(UserError, match=r"^10\.png: the reference cannot be used: out of GPU memory$"):
        propagator(network, tmp_path)


@pytest.mark.parametrize(
    ("score", "min_score", "detail"),
    [
        (20, None, "object not found: score 0.200, expected at least 0.3"),
        (90, 0.95, "object not found: score 0.900, expected at least 0.95"),
    ],
)
def test_too_unsure_is_not_found(
    network: Planted, tmp_path: Path, score: int, min_score: float | None, detail: str
) -> None:
    found = annotate(network, tmp_path, target(score), min_score)
    assert (found.annotation_id, found.problem, found.detail) == (0, "object_not_found", detail)
    assert found.origin is not None
    assert found.origin.object_score == score / 100


def test_nothing_in_the_alpha_is_not_found(network: Planted, tmp_path: Path) -> None:
    pixels = target(90)
    pixels[:, :, 2] = 0
    found = annotate(network, tmp_path, pixels)
    assert (found.problem, found.detail) == ("object_not_found", "object not found: no alpha is above 0.5")


def test_a_picture_that_cannot_be_matted_says_so(network: Planted, tmp_path: Path) -> None:
    pixels = target(90)
    pixels[0, 0, 1] = 1
    found = annotate(network, tmp_path, pixels)
    assert (found.problem, found.detail) == ("matting_failed", "it does not fit in memory")
