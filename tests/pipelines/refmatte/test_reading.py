from dataclasses import replace
from pathlib import Path

import pytest

from pipelines.refmatte.reading import input_hash
from pipelines.refmatte.records import Background, Entity, Planned, Rights

FIRST = Entity("set/a", "set", "human", "human", Path("a.png"), None, True, "a")
OTHER = replace(FIRST, entity_id="set/b", colours=Path("b.png"))
PLANNED = Planned(1, "train", (FIRST, OTHER), Background("0.jpg", Path("0.jpg")), "depth", 7)


@pytest.mark.parametrize(
    "changed",
    [
        replace(PLANNED, split="test"),
        replace(PLANNED, arrangement="vertical"),
        replace(PLANNED, seed=8),
        replace(PLANNED, entities=(OTHER, FIRST)),
        replace(PLANNED, entities=(replace(FIRST, category="dog"), OTHER)),
        replace(PLANNED, entities=(replace(FIRST, group="object"), OTHER)),
        replace(PLANNED, entities=(replace(FIRST, stated=(("gender", "male"),)), OTHER)),
        replace(PLANNED, entities=(replace(FIRST, straight=False), OTHER)),
        replace(PLANNED, entities=(replace(FIRST, rights=Rights("CC0-1.0")), OTHER)),
        replace(PLANNED, background=Background("1.jpg", Path("0.jpg"))),
        replace(PLANNED, background=Background("0.jpg", Path("0.jpg"), Rights("CC0-1.0"))),
    ],
)
def test_an_image_is_made_anew_when_anything_that_it_is_made_from_changes(changed: Planned) -> None:
    assert input_hash(changed, "settings") != input_hash(PLANNED, "settings")


def test_where_the_files_are_does_not_matter_but_the_settings_do() -> None:
    moved = replace(PLANNED, background=Background("0.jpg", Path("elsewhere/0.jpg")))
    assert input_hash(moved, "settings") == input_hash(PLANNED, "settings") != input_hash(PLANNED, "others")
