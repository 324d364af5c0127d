import time
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from pipelines.errors import UserError
from pipelines.refmatte.planning import PlanSettings, plan_images
from pipelines.refmatte.records import Background, Entity, Group, Planned, Split


def entity(name: str, group: Group = "human", split: Split | None = "train", category: str = "") -> Entity:
    picture = Path(f"{name}.png")
    return Entity(f"set/{name}", "set", group, category or group, picture, None, True, name, split)


def several(count: int, group: Group = "human", split: Split | None = "train") -> list[Entity]:
    return [entity(f"{group}-{split}-{number}", group, split) for number in range(count)]


def backgrounds(count: int) -> list[Background]:
    return [Background(f"{number}.jpg", Path(f"{number}.jpg")) for number in range(count)]


def appearances(plan: list[Planned]) -> Counter[Group]:
    return Counter(e.group for image in plan for e in image.entities)


PUBLISHED: dict[Split, dict[Group, int]] = {
    "train": {"human": 9186, "animal": 1800, "object": 813},
    "test": {"human": 977, "animal": 200, "object": 211},
}


def test_the_published_set_in_numbers() -> None:
    """Table 1's entities: 11,799 for training and 1,388 for testing."""
    entities = [e for s, of in PUBLISHED.items() for group, count in of.items() for e in several(count, group, s)]
    began = time.perf_counter()
    plan = plan_images(entities, backgrounds(20000), PlanSettings(count=47500))
    assert time.perf_counter() - began < 10
    assert [image.image_id for image in plan] == list(range(1, 47501))
    for split, images, mattes in (("train", 45000, 112506), ("test", 2500, 6243)):
        found = [image for image in plan if image.split == split]
        assert len(found) == images
        assert sum(len(image.entities) for image in found) == pytest.approx(mattes, rel=0.01)
        assert {e.split for image in found for e in image.entities} == {split}
        groups = appearances(found)
        assert abs(groups["human"] - 5 * groups["animal"]) <= 50
        assert abs(groups["animal"] - groups["object"]) <= 10
        # All are used, and as often as others of their group, give or take one.
        uses = Counter(e.entity_id for image in found for e in image.entities)
        for group in PUBLISHED[split]:
            often = [uses[e.entity_id] for e in entities if e.split == split and e.group == group]
            assert max(often) - min(often) <= 1
    assert all(len({e.entity_id for e in image.entities}) == len(image.entities) for image in plan)
    shares = Counter(image.arrangement for image in plan)
    assert all(shares[name] == pytest.approx(47500 / 3, rel=0.03) for name in ("horizontal", "vertical", "depth"))
    behind = {split: {image.background.name for image in plan if image.split == split} for split in PUBLISHED}
    assert not behind["train"] & behind["test"]
    assert len(behind["train"]) == pytest.approx(20000 * (1 - 1388 / 13187), rel=0.02)
    assert len({image.seed for image in plan}) == 47500


def test_an_image_does_not_depend_on_how_many_there_are_nor_on_the_order_of_the_lists() -> None:
    entities, behind = several(9) + several(4, "animal") + several(3, "animal", "test"), backgrounds(6)
    plan = plan_images(entities, behind, PlanSettings(count=60))
    assert plan_images(entities[::-1], behind[::-1], PlanSettings(count=25)) == plan[:25]
    assert plan_images(entities, behind, PlanSettings(count=60, seed=1)) != plan


def test_no_entity_twice_in_an_image_where_a_group_has_few() -> None:
    """One animal and two humans: what a group cannot give, another does."""
    plan = plan_images(
        [*several(2), *several(1, "animal")], backgrounds(1), PlanSettings(count=40, three=1, long_tail=0)
    )
    assert all(len({e.entity_id for e in image.entities}) == 3 for image in plan)
    # Of three the second image begins with the last of one turn and goes on with any of the next.
    pairs = plan_images(several(3), backgrounds(1), PlanSettings(count=40, three=0, long_tail=0))
    assert all(len({e.entity_id for e in image.entities}) == 2 for image in pairs)


def test_two_entities_make_images_of_two_where_three_are_asked() -> None:
    plan = plan_images(several(2), backgrounds(1), PlanSettings(count=3, three=1, long_tail=0))
    assert [len(image.entities) for image in plan] == [2, 2, 2]


def test_shares_can_be_given() -> None:
    settings = PlanSettings(count=70, human=1, object=0, three=0, horizontal=0, vertical=0, test=0)
    plan = plan_images([*several(5), *several(5, "animal"), *several(5, "object")], backgrounds(2), settings)
    assert appearances(plan) == {"human": 70, "animal": 70}
    assert {(image.arrangement, image.split) for image in plan} == {("depth", "train")}


def test_what_is_missing_is_said() -> None:
    said: list[str] = []
    entities = [*several(6), *several(1, "animal", "test")]
    plan = plan_images(entities, backgrounds(3), PlanSettings(count=20, long_tail=1), said.append)
    assert {image.split for image in plan} == {"train"}
    assert said == [
        "all images are for train: an image needs 2 entities and a background; found for train entities: 6, "
        "backgrounds: 2; for test entities: 1, backgrounds: 1",
        "images for train are without animal and object, since it has no such entity",
    ]


def test_too_few_to_compose_anything() -> None:
    with pytest.raises(UserError) as caught:
        plan_images(several(1), backgrounds(1), PlanSettings())
    assert str(caught.value) == (
        "fewer entities or backgrounds than an image needs, which are 2 and 1: found for train entities: 1, "
        "backgrounds: 1; for test entities: 0, backgrounds: 0"
    )
    with pytest.raises(UserError, match="for train entities: 2, backgrounds: 0"):
        plan_images(several(2), [], PlanSettings())


@pytest.mark.parametrize(
    ("zero", "names"),
    [
        (dict.fromkeys(("human", "animal", "object"), 0), "human, animal, object"),
        (dict.fromkeys(("horizontal", "vertical", "depth"), 0.0), "horizontal, vertical, depth"),
    ],
)
def test_shares_that_leave_nothing(zero: dict[str, int], names: str) -> None:
    with pytest.raises(UserError, match=f"the shares of {names} are all 0, expected one above"):
        plan_images(several(2), backgrounds(1), PlanSettings(**zero))


def test_entities_of_groups_without_a_share_are_not_used() -> None:
    with pytest.raises(UserError, match="found for train entities: 0"):
        plan_images([replace(e, group="object") for e in several(5)], backgrounds(1), PlanSettings(object=0))


def test_images_for_testing_are_spread_evenly_from_the_first_on() -> None:
    """Every 19th is, of each 19 the tenth: a small set has one too."""
    plan = plan_images([*several(4), *several(2, split="test")], backgrounds(4), PlanSettings(count=30))
    assert [image.image_id for image in plan if image.split == "test"] == [10, 29]


def test_where_nothing_is_tested_everything_is_trained_on() -> None:
    plan = plan_images(several(8), backgrounds(4), PlanSettings(count=40, test=0, long_tail=0))
    assert len({entity.entity_id for image in plan for entity in image.entities}) == 8
    assert len({image.background.name for image in plan}) == 4


def test_the_seed_draws_sizes_arrangements_and_places_of_every_image() -> None:
    entities, behind = several(4), backgrounds(2)
    first, other = (plan_images(entities, behind, PlanSettings(count=30, test=0, seed=seed)) for seed in (0, 1))
    assert [image.arrangement for image in first] != [image.arrangement for image in other]
    assert [len(image.entities) for image in first] != [len(image.entities) for image in other]
    assert not {image.seed for image in first} & {image.seed for image in other}
