"""All entities, drawn at a fifth of their size."""

from collections import Counter

import cv2
import numpy as np
import pytest

from pipelines.sample.entities.plan import PLANS
from pipelines.sample.entities.scenes import SCENES
from pipelines.sample.entities.sheet import blank, finished

SCALE = 0.2


@pytest.fixture(scope="module")
def drawn():
    out = []
    for i, plan in enumerate(PLANS):
        sheet = blank(*plan.size, SCALE * plan.unit, np.random.default_rng(i), flip=i % 2 == 1)
        plan.draw(sheet)
        out.append((plan, finished(sheet)))
    return out


def test_groups_and_categories():
    groups = Counter(plan.group for plan in PLANS)
    assert groups.keys() == {"human", "animal", "object"}
    counts = {group: Counter(plan.category for plan in PLANS if plan.group == group) for group in groups}
    assert counts["human"] == {"person": 12}
    assert sum(count >= 3 for count in counts["animal"].values()) >= 8
    assert sum(count >= 2 for count in counts["object"].values()) >= 14
    # The long tail.
    assert sum(count == 1 for count in (counts["animal"] | counts["object"]).values()) >= 2
    assert not counts["animal"].keys() & counts["object"].keys()
    assert all(plan.category == plan.category.strip().lower() for plan in PLANS)
    assert {plan.group for plan in PLANS if plan.clothes} == {"human"}


def test_sizes(drawn):
    for plan, pixels in drawn:
        assert 400 <= max(pixels.shape[:2]) / SCALE <= 700 + 8 / SCALE, plan.category


def test_alpha_ends_before_the_picture_does(drawn):
    for plan, pixels in drawn:
        alpha = pixels[..., 3]
        border = np.concatenate([alpha[:3].ravel(), alpha[-3:].ravel(), alpha[:, :3].ravel(), alpha[:, -3:].ravel()])
        assert not border.any() and alpha.any(), plan.category


def test_what_is_solid_is_full_and_what_is_clear_is_not(drawn):
    for plan, pixels in drawn:
        alpha = pixels[..., 3]
        full = (alpha == 255).sum() / (alpha > 0).sum()
        if plan.category in ("smoke", "fire", "bubble", "ice cube", "balloon"):
            assert alpha.max() < 255 or full < 0.2, plan.category
        elif plan.category in ("wine glass", "spider web", "dandelion", "feather"):
            assert full < 0.5, plan.category
        elif plan.kind in ("solids", "human", "fur"):
            assert full > 0.4, plan.category


@pytest.mark.parametrize("category", ["dog", "rabbit"])
def test_fur_is_softer_than_an_outline(category):
    """Strands thinner than a pixel reach further than anti-aliasing, which makes about one pixel soft."""
    plan = next(plan for plan in PLANS if plan.category == category)
    sheet = blank(*plan.size, plan.unit, np.random.default_rng(0))
    plan.draw(sheet)
    alpha = finished(sheet)[..., 3].astype(int)
    hard = (cv2.GaussianBlur((alpha > 127).astype(np.float32), (0, 0), 4) > 0.5).astype(int)
    outline = np.abs(np.diff(hard, axis=0)).sum() + np.abs(np.diff(hard, axis=1)).sum()
    assert ((alpha > 12) & (alpha < 243)).sum() > 2.5 * outline


def test_individuals_of_a_category_have_colours_of_their_own(drawn):
    means = {}
    for plan, pixels in drawn:
        weights = pixels[..., 3].astype(float)
        means.setdefault(plan.category, []).append((pixels[..., :3] * weights[..., None]).sum((0, 1)) / weights.sum())
    for category, colours in means.items():
        if len(colours) > 1:
            assert np.ptp(colours, axis=0).max() > 12, category


def test_backgrounds():
    assert len(SCENES) == len({scene.name for scene in SCENES}) == 24
    for i, scene in enumerate(SCENES):
        assert scene.size[0] >= 1024 and scene.size[1] >= 768
        picture = scene.draw(160, 120, np.random.default_rng(i))
        assert picture.shape == (120, 160, 3) and np.isfinite(picture).all(), scene.name
        assert 0.02 < picture.mean() < 0.95, scene.name
