import re
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from pipelines.annotations import masks
from pipelines.annotations.images import Photo
from pipelines.propagation.cache import FeatureCache
from pipelines.propagation.config import SearchConfig
from pipelines.propagation.features import FeatureMap, View
from pipelines.propagation.matching import ReferenceObject
from pipelines.propagation.propagate import Propagator, similarity_levels
from pipelines.propagation.references import Reference
from pipelines.propagation.segmenter import Prompt
from pipelines.records import Annotation, ImageRecord
from tests.pipelines.propagation.planted import (
    CELL,
    EMPTY,
    VECTORS,
    Labels,
    Planted,
    Scripted,
    field,
    leftovers,
    pasted,
    photo,
    pixel,
    spaced,
)

BLOCK = np.arange(1, 17).reshape(4, 4)
SPACED = spaced(BLOCK)
OTHER = spaced(np.arange(21, 37).reshape(4, 4))
RECORD = ImageRecord(77, "some/where/my cat.jpg", 0, 0)
Made = Callable[..., list[Annotation]]


def reference(
    name: str = "ref.png",
    digest: str = "ref",
    block: Labels = SPACED,
    *,
    prompts: int = 16,
    negative: tuple[tuple[int, int], ...] = (),
    labels: Labels | None = None,
) -> Reference:
    """The block at row 3, column 5 of 16 x 16 cells; its mask is the square around it."""
    if labels is None:
        labels = pasted(field(16, 16, 99), block, 3, 5)
    picture = photo(labels, digest)
    mask = np.zeros((64, 64), np.bool_)
    mask[3 * CELL : 10 * CELL, 5 * CELL : 12 * CELL] = True
    places = [*negative, *((3 + 2 * r, 5 + 2 * c) for r in range(4) for c in range(4))]
    points = np.array([pixel(*place) for place in places])
    positive = np.arange(len(points)) >= len(negative)
    method = Planted()
    found = method.extract(picture.pixels)
    of = ReferenceObject(method.describer(picture.pixels, found), (64, 64), 1.0, points, positive, 7.0 * CELL)
    return Reference(name, picture, mask, None, points, positive, prompts, len(negative), of)


@pytest.fixture
def out(tmp_path: Path) -> Path:
    (tmp_path / "out" / "similarity").mkdir(parents=True)
    return tmp_path / "out"


@pytest.fixture
def propagated(out: Path) -> Made:
    def run(
        target: Photo | Labels,
        *references: Reference,
        segmenter: Scripted | None = None,
        features: Planted | None = None,
        record: ImageRecord = RECORD,
        **search,
    ) -> list[Annotation]:
        target = target if isinstance(target, Photo) else photo(target, "target")
        cache = FeatureCache(out.parent / "cache", 10**9, 0.0)
        of = references or (reference(),)
        maker = Propagator(of, features or Planted(), segmenter or Scripted(), cache, SearchConfig(**search), out)
        return maker(record, target)

    return run


def mask_of(annotation: Annotation) -> NDArray[np.bool_]:
    assert isinstance(annotation.segmentation, dict)
    return masks.decode(annotation.segmentation).astype(np.bool_)


def square(row: int, column: int, shape: tuple[int, int] = (120, 160), side: int = 28) -> NDArray[np.bool_]:
    """The block's mask with its upper left cell at (row, column)."""
    mask = np.zeros(shape, np.bool_)
    mask[row * CELL : row * CELL + side, column * CELL : column * CELL + side] = True
    return mask


def test_an_instance(propagated: Made) -> None:
    segmenter = Scripted()
    (found,) = propagated(pasted(field(30, 40), SPACED, 8, 12), segmenter=segmenter)
    assert (found.annotation_id, found.category_id, found.problem, found.detail) == (1, 0, None, "")
    assert (mask_of(found) == square(8, 12)).all()
    (prompt,) = segmenter.prompts
    assert prompt.positive.all() and prompt.box is None and (prompt.outline == square(8, 12)).all()
    belong = [pixel(8 + 2 * r, 12 + 2 * c) for r in range(4) for c in range(4)]
    np.testing.assert_allclose(prompt.points, belong, atol=0.1)
    assert prompt.outline_error == pytest.approx(0, abs=0.1)


def test_where_it_came_from(propagated: Made) -> None:
    (found,) = propagated(pasted(field(30, 40), SPACED, 8, 12))
    origin = found.origin
    assert origin is not None
    assert (origin.reference_path, origin.reference_sha256) == ("ref.png", "ref")
    assert (origin.features, origin.segmenter) == ("planted (1)", "scripted (1)")
    assert origin.object_score == pytest.approx(1, abs=2e-3) and len(origin.prompts) == 16
    first = origin.prompts[1]
    assert (first["reference_x"], first["reference_y"]) == (29.5, 13.5)
    assert (first["x"], first["y"]) == pytest.approx((57.5, 33.5), abs=0.1)
    assert first["positive"] is True and first["used"] is True and first["score"] == pytest.approx(1, abs=2e-3)
    for value in (origin.object_score, *first.values()):
        assert type(value) in (float, bool)


def test_only_prompts_go_to_the_segmenter(propagated: Made) -> None:
    segmenter = Scripted()
    (found,) = propagated(pasted(field(30, 40), SPACED, 8, 12), reference(prompts=3), segmenter=segmenter)
    assert len(segmenter.prompts[0].points) == 3
    assert found.origin is not None
    assert [p["used"] for p in found.origin.prompts] == [True] * 3 + [False] * 13


def test_where_no_prompt_has_a_match_the_others_serve(propagated: Made) -> None:
    without = SPACED.copy()
    without[0, [0, 2]] = EMPTY
    segmenter = Scripted()
    propagated(pasted(field(30, 40), without, 8, 12), reference(prompts=2), segmenter=segmenter)
    assert len(segmenter.prompts[0].points) == 14


def test_negative_points_go_along(propagated: Made) -> None:
    beside = reference(negative=((13, 5),), prompts=4, labels=pasted(place_on_reference(), np.array([[40]]), 13, 5))
    segmenter = Scripted()
    target = pasted(pasted(field(30, 40), SPACED, 8, 12), np.array([[40]]), 18, 12)
    (found,) = propagated(target, beside, segmenter=segmenter)
    (prompt,) = segmenter.prompts
    assert prompt.positive.tolist() == [False, True, True, True]
    np.testing.assert_allclose(prompt.points[0], pixel(18, 12), atol=0.1)
    assert found.origin is not None and found.origin.prompts[0]["positive"] is False


def place_on_reference() -> Labels:
    return pasted(field(16, 16, 99), SPACED, 3, 5)


def test_the_outline_follows_the_view(propagated: Made) -> None:
    target = pasted(field(30, 40), np.rot90(spaced(SPACED), -1), 8, 12)
    views = (View(), View(90), View(0, 2), View(90, 2))
    segmenter = Scripted()
    propagated(target, segmenter=segmenter, features=Planted(views))
    outline = segmenter.prompts[0].outline
    assert outline is not None
    # The square reaches half a cell beyond its points, a whole one at twice the size; cells' centres stay centres.
    expected = np.zeros((120, 160), np.bool_)
    expected[8 * CELL - 2 : 21 * CELL + 2, 12 * CELL - 2 : 25 * CELL + 2] = True
    assert (outline & expected).sum() / (outline | expected).sum() > 0.93


def test_an_object_that_is_not_there(propagated: Made) -> None:
    segmenter = Scripted()
    (found,) = propagated(field(30, 40), segmenter=segmenter)
    assert (found.annotation_id, found.segmentation, found.problem) == (0, None, "object_not_found")
    assert found.detail == ("object not found: best score 0.000, expected at least 0.5 (0 of 16 points have a match)")
    assert segmenter.prompts == [] and segmenter.encoded == 0
    assert found.origin is not None and found.origin.object_score == 0
    assert str(found.origin.similarity_path).startswith("similarity/my_cat_000000000077-")
    assert len(found.origin.prompts) == 16 and not any(p["used"] for p in found.origin.prompts)


def test_half_an_object(propagated: Made) -> None:
    half = SPACED.copy()
    half[4:] = EMPTY
    target = pasted(field(30, 40), half, 8, 12)
    (found,) = propagated(target, min_score=0.75)
    assert found.detail == ("object not found: best score 0.500, expected at least 0.75 (8 of 16 points have a match)")
    assert propagated(target, min_score=0.4)[0].problem is None


def test_the_chance_is_the_features(propagated: Made) -> None:
    # The target's cells are half way between the object's and something else: cosines of 0.7071.
    class Blurred(Planted):
        chance = 0.5

        def extract(self, image: NDArray[np.uint8]) -> FeatureMap:
            found = super().extract(image)
            return replace(found, values=((found.values + VECTORS[127]) / np.sqrt(2)).astype(np.float16))

    (found,) = propagated(pasted(field(30, 40), SPACED, 8, 12), features=Blurred(), min_score=0.4)
    assert found.origin is not None
    assert found.origin.object_score == pytest.approx((0.5**0.5 - 0.5) / 0.5, abs=3e-3)
    assert found.origin.prompts[0]["score"] == pytest.approx(0.5**0.5, abs=2e-3)


def test_a_score_of_zero_may_be_enough(propagated: Made) -> None:
    # Whoever asks for it gets something in every target, whatever segmenter is asked.
    (found,) = propagated(field(30, 40), min_score=0)
    assert found.annotation_id in (0, 1)


def test_two_instances(propagated: Made) -> None:
    target = pasted(pasted(field(30, 40), SPACED, 2, 3), SPACED, 18, 25)
    found = propagated(target)
    assert [a.annotation_id for a in found] == [1, 2]
    both = sorted(np.argwhere(mask_of(a))[0].tolist() for a in found)
    assert both == [[8, 12], [72, 100]]
    (one,) = propagated(target, max_instances=1)
    assert one.annotation_id == 1


@pytest.mark.parametrize(("moved", "count"), [(0, 1), (9, 1), (10, 2), (28, 2)])
def test_instances_of_one_mask_are_one(propagated: Made, moved, count) -> None:
    # Squares of 28: moved by 9, they share 19 / 37, which is more than a half; moved by 10, 18 / 38.
    target = pasted(pasted(field(30, 40), SPACED, 2, 3), SPACED, 18, 25)

    def mask(prompt: Prompt) -> NDArray[np.bool_]:
        # The first instance gives one square, the second another.
        right = prompt.points[:, 0].mean() > 80
        done = np.zeros((120, 160), np.bool_)
        done[40:68, 50 + right * moved : 78 + right * moved] = True
        return done

    segmenter = Scripted(mask)
    found = propagated(target, segmenter=segmenter, min_agreement=0)
    assert len(segmenter.prompts) == 2 and [a.annotation_id for a in found] == [1, 2][:count]


@pytest.mark.parametrize(("least", "problem"), [(0.25, None), (0.3, "points_disagree")])
def test_points_disagree(propagated: Made, least, problem) -> None:
    # A mask of the object's upper row alone: 4 of 16 points lie on it.
    def row(prompt: Prompt) -> NDArray[np.bool_]:
        mask = np.zeros((120, 160), np.bool_)
        mask[8 * CELL : 9 * CELL, 40:90] = True
        return mask

    (found,) = propagated(pasted(field(30, 40), SPACED, 8, 12), segmenter=Scripted(row), min_agreement=least)
    assert (found.annotation_id, found.problem) == (1, problem)
    assert (found.segmentation is None) == (problem is not None)
    assert found.detail == (
        "0.25 of the propagated points lie on their side of the mask, expected at least 0.3" if problem else ""
    )
    assert found.origin is not None and any(p["used"] for p in found.origin.prompts)


def test_an_empty_mask(propagated: Made) -> None:
    segmenter = Scripted(lambda prompt: np.zeros((120, 160), np.bool_))
    (found,) = propagated(pasted(field(30, 40), SPACED, 8, 12), segmenter=segmenter)
    assert (found.annotation_id, found.problem, found.detail) == (1, "mask_empty", "scripted gives an empty mask")
    assert found.segmentation is None


def test_a_reference_among_the_targets_keeps_its_mask(propagated: Made) -> None:
    segmenter = Scripted()
    of = reference(prompts=3)
    (found,) = propagated(of.photo, of, segmenter=segmenter)
    assert segmenter.prompts == [] and (mask_of(found) == of.mask).all()
    assert found.origin is not None and found.origin.object_score == 1
    assert all((p["x"], p["y"]) == (p["reference_x"], p["reference_y"]) for p in found.origin.prompts)
    assert all(p["score"] == 1 for p in found.origin.prompts)


def test_a_reference_is_known_by_its_bytes(propagated: Made) -> None:
    of = reference()
    segmenter = Scripted()
    propagated(photo(place_on_reference(), "other bytes"), of, segmenter=segmenter)
    assert len(segmenter.prompts) == 1


def test_the_best_reference_wins(propagated: Made) -> None:
    one, other = reference("one.png", "1"), reference("other.png", "2", OTHER)
    for block, name in ((SPACED, "one.png"), (OTHER, "other.png")):
        (found,) = propagated(photo(pasted(field(30, 40), block, 8, 12), f"shows {name}"), one, other)
        assert found.origin is not None and found.origin.reference_path == name


def test_each_instance_by_the_reference_that_shows_it(propagated: Made) -> None:
    target = pasted(pasted(field(30, 40), SPACED, 2, 3), OTHER, 18, 25)
    found = propagated(target, reference("one.png", "1"), reference("other.png", "2", OTHER))
    assert {(a.origin and a.origin.reference_path, *np.argwhere(mask_of(a))[0].tolist()) for a in found} == {
        ("one.png", 8, 12),
        ("other.png", 72, 100),
    }


def test_one_instance_seen_by_two_references_is_one(propagated: Made) -> None:
    worse = SPACED.copy()
    worse[0, 0] = 98
    segmenter = Scripted()
    found = propagated(
        pasted(field(30, 40), SPACED, 8, 12),
        reference("worse", "1", worse),
        reference("best", "2"),
        segmenter=segmenter,
    )
    assert len(segmenter.prompts) == 2 and len(found) == 1
    assert found[0].origin is not None and found[0].origin.reference_path == "best"


def test_the_similarity_map(propagated: Made, out: Path) -> None:
    target = pasted(field(30, 40), SPACED, 8, 12)
    (found,) = propagated(target)
    assert found.origin is not None
    content = (out / str(found.origin.similarity_path)).read_bytes()
    digest = sha256(content).hexdigest()
    assert found.origin.similarity_sha256 == digest
    assert found.origin.similarity_path == f"similarity/my_cat_000000000077-{digest[:12]}.png"
    levels = cv2.imread(str(out / str(found.origin.similarity_path)), cv2.IMREAD_UNCHANGED)
    assert levels is not None and levels.shape == (30, 40) and levels.dtype == np.uint8
    on = (target != EMPTY).astype(int) * 255
    assert np.abs(levels.astype(int) - on).max() <= 1
    assert leftovers(out) == [] and len(list(out.rglob("*.png"))) == 1


def test_the_similarity_map_shows_no_negative_points(propagated: Made, out: Path) -> None:
    beside = reference(negative=((13, 5),), labels=pasted(place_on_reference(), np.array([[40]]), 13, 5))
    target = pasted(pasted(field(30, 40), SPACED, 8, 12), np.array([[40]]), 18, 12)
    propagated(target, beside)
    levels = cv2.imread(str(next((out / "similarity").glob("my_cat_000000000077-*.png"))), cv2.IMREAD_UNCHANGED)
    assert levels is not None and levels[18, 12] <= 1 and levels[8, 12] >= 254


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("a.png", "a_000000000077.png"),
        ("x" * 90 + ".png", "x" * 60 + "_000000000077.png"),
        ("a b/c?d%.e.png", "c_d_.e_000000000077.png"),
        ("\u732b" * 60 + ".png", "\u732b" * 20 + "_000000000077.png"),
    ],
)
def test_names_of_similarity_maps(propagated: Made, out: Path, name, expected) -> None:
    (found,) = propagated(field(5, 5), record=ImageRecord(77, name, 0, 0))
    assert found.origin is not None
    name = str(found.origin.similarity_path)
    assert re.sub(r"-[0-9a-f]{12}\.png$", ".png", name) == f"similarity/{expected}"
    assert (out / name).is_file()


def test_long_names_of_wide_letters(propagated: Made, out: Path) -> None:
    # Four bytes each: the target's own name has 244 of the 255 that a name may have.
    (found,) = propagated(field(5, 5), record=ImageRecord(2**48 - 1, "\U00020000" * 60 + ".png", 0, 0))
    assert found.origin is not None and (out / str(found.origin.similarity_path)).is_file()


def test_similarity_levels_by_hand() -> None:
    alike = np.array([[[0.5, -0.2], [1.0004, 0.1]], [[0.2, -0.1], [0.3, 0.7]]], np.float32)
    assert similarity_levels(alike).tolist() == [[128, 0], [255, 178]]
    assert similarity_levels(alike).dtype == np.uint8


def test_what_targets_gave_is_kept(propagated: Made) -> None:
    method, segmenter = Planted(), Scripted()
    target = pasted(field(30, 40), SPACED, 8, 12)
    one = propagated(target, features=method, segmenter=segmenter)
    other = propagated(target, features=method, segmenter=segmenter)
    assert one == other and (method.extracted, segmenter.encoded) == (1, 1)


def test_settings_override_what_suits_the_features(propagated: Made) -> None:
    # One point is two cells off: more than 0.1 times seven.
    target = pasted(pasted(field(30, 40), SPACED, 8, 12), np.array([[1], [EMPTY], [EMPTY]]), 6, 12)
    (narrow,), (wide,) = propagated(target), propagated(target, tolerance=0.6)
    assert narrow.origin is not None and wide.origin is not None
    assert (narrow.origin.prompts[0]["used"], wide.origin.prompts[0]["used"]) == (False, True)
    (strict,) = propagated(target, min_similarity=1.0, min_score=0.99)
    assert strict.problem == "object_not_found"
