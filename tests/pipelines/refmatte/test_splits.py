from pathlib import Path

from pipelines.refmatte.entities.names import silent
from pipelines.refmatte.records import Background, Entity, Split
from pipelines.refmatte.splits import Rule, lowest, split_backgrounds, split_entities


def entity(name: str, photo: str, category: str = "dog", split: Split | None = None) -> Entity:
    return Entity(name, "set", "animal", category, Path(name), None, True, photo, split)


def for_testing(entities: list[Entity], rule: Rule = "stated", long_tail: int = 0) -> list[str]:
    found = split_entities(entities, rule, 0.1, long_tail, silent)
    assert sorted(e.entity_id for members in found.values() for e in members) == sorted(e.entity_id for e in entities)
    return sorted(e.entity_id for e in found["test"])


def test_sources_say_where_their_entities_belong() -> None:
    entities = [entity("a", "1", split="train"), entity("b", "2", split="test"), entity("c", "3", split="test")]
    assert for_testing(entities) == ["b", "c"]
    assert for_testing(entities, "photo") == []  # three photos, none of which has a low digest


def test_a_photo_that_is_anywhere_trained_on_is_never_tested() -> None:
    entities = [entity("a", "1", split="train"), entity("b", "1", split="test"), entity("c", "1")]
    assert for_testing(entities) == []


def test_the_long_tail_is_for_training_and_takes_its_photos_along() -> None:
    entities = [entity(f"d{n}", f"{n}", split="test") for n in range(3)] + [entity("u", "0", "unicorn", "test")]
    said: list[str] = []
    found = split_entities(entities, "stated", 0.1, 2, said.append)
    assert [e.entity_id for e in found["test"]] == ["d1", "d2"]
    assert said == ["for training alone, since they have fewer than 2 photos: unicorn"]


def test_photos_are_counted_for_the_tail_not_mattes() -> None:
    """Four dogs of one photo are one."""
    assert for_testing([entity(f"d{n}", "1", split="test") for n in range(4)], long_tail=2) == []


def test_entities_of_a_photo_stay_together_by_chance_too() -> None:
    entities = [entity(f"{photo}-{n}", f"{photo}") for photo in range(200) for n in range(2)]
    photos = [name.split("-")[0] for name in for_testing(entities)]
    assert len(photos) == 2 * len(set(photos))
    assert 10 <= len(set(photos)) <= 30


def test_what_is_added_moves_nothing_that_was_there() -> None:
    names = [f"{n}" for n in range(100)]
    assert lowest(names, 0.1, 2) == lowest([*names, *(f"new {n}" for n in range(50))], 0.1, 2) & set(names)


def test_what_is_left_is_for_training() -> None:
    assert [len(lowest(["a", "b", "c"][:count], 1.0, 1)) for count in (1, 2, 3)] == [0, 1, 2]


def test_small_sets_are_tested_too_but_not_without_a_share() -> None:
    names = ["a", "b", "c", "d"]
    assert len(lowest(names, 0.001, 2)) == 2
    assert len(lowest(names[:3], 0.001, 2)) == 0
    assert len(lowest(names, 0.0, 2)) == 0


def test_no_background_is_in_two_splits() -> None:
    names = [f"{n}.jpg" for n in range(5)]
    found = split_backgrounds([Background(name, Path(name)) for name in names], 0.1)
    assert len(found["test"]) >= 1
    assert sorted(b.name for split in found.values() for b in split) == names
