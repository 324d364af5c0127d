from pathlib import Path

import numpy as np
import pytest

from pipelines.refmatte.attributes import attributes_of, colour_name
from pipelines.refmatte.records import Entity, Group


def entity(group: Group, category: str, *stated: tuple[str, str]) -> Entity:
    return Entity("a", "set", group, category, Path("a.png"), None, True, "a", None, stated)


def plain(rgb: tuple[int, int, int], side: int = 8) -> np.ndarray:
    return np.full((side, side, 3), rgb, np.uint8)


WHOLE = np.full((8, 8), 255, np.uint8)


@pytest.mark.parametrize(
    ("rgb", "name"),
    [
        ((255, 0, 0), "red"),
        ((139, 69, 19), "saddlebrown"),
        ((211, 211, 211), "lightgray"),
        ((0, 255, 255), "cyan"),
        ((255, 0, 255), "magenta"),
        ((2, 3, 1), "black"),
        ((226, 191, 220), "thistle"),
        # Of CSS it is brown (165, 42, 42), as a viewer would not call it.
        ((168, 44, 42), "firebrick"),
        # Of CSS it is darkgray (169, 169, 169).
        ((170, 170, 170), "silver"),
        # A dull brown, 23 away from dimgray.
        ((126, 100, 68), None),
        # Nearer to dimgray, 13, and yet no gray: in Lab 14 away from those.
        ((110, 100, 80), None),
        ((107, 100, 90), "dimgray"),
    ],
)
def test_colours_are_named_by_the_nearest_of_css(rgb: tuple[int, int, int], name: str | None) -> None:
    assert colour_name(plain(rgb), WHOLE) == name


def test_the_colour_is_what_most_pixels_have_and_not_their_mean() -> None:
    """Two thirds yellow and a third blue mean gray."""
    colours = plain((255, 255, 0), 9)
    colours[:3] = (0, 0, 255)
    assert colour_name(colours, np.full((9, 9), 255, np.uint8)) == "yellow"


def test_shades_of_a_colour_count_together() -> None:
    """Red in light and shadow is more than the gray beside it, though no single red is."""
    colours = plain((128, 128, 128), 10)
    for row, red in enumerate((190, 200, 210, 220, 230, 240)):
        colours[row] = (red, red // 8, red // 8)
    assert colour_name(colours, np.full((10, 10), 255, np.uint8)) in ("crimson", "firebrick")


def test_pixels_count_by_their_alpha_and_faint_ones_not_at_all() -> None:
    colours, alpha = plain((0, 0, 255)), np.full((8, 8), 127, np.uint8)
    colours[:3], alpha[:3] = (255, 255, 0), 130
    assert colour_name(colours, alpha) == "yellow"


def test_what_is_faint_everywhere_has_a_colour_all_the_same() -> None:
    assert colour_name(plain((255, 255, 255)), np.full((8, 8), 30, np.uint8)) == "white"


def test_one_pixel_of_many_is_found() -> None:
    """Evenly spread samples of 1,000 x 1,000 pixels miss it."""
    colours, alpha = plain((0, 0, 0), 1000), np.zeros((1000, 1000), np.uint8)
    colours[500, 500], alpha[500, 500] = (255, 0, 0), 255
    assert colour_name(colours, alpha) == "red"


def test_humans_have_what_is_stated_in_order() -> None:
    somebody = entity("human", "human", ("clothes", "knit"), ("gender", "female"))
    assert attributes_of(somebody, plain((0, 0, 0)), WHOLE) == (
        ("gender", "female"),
        ("transparent", "non-transparent"),
        ("salient", "salient"),
        ("colour", "black"),
        ("clothes", "knit"),
    )


@pytest.mark.parametrize(
    ("given", "transparent", "salient"),
    [
        (entity("object", "smoke"), "transparent", "non-salient"),
        (entity("object", "wine glass"), "transparent", "salient"),
        (entity("object", "leaf"), "non-transparent", "non-salient"),
        (entity("object", "chair"), "non-transparent", "salient"),
        (entity("object", "vase", ("transparent", "transparent")), "transparent", "salient"),
        (entity("animal", "net"), "non-transparent", "salient"),
    ],
)
def test_transparency_and_salience_go_by_the_category(given: Entity, transparent: str, salient: str) -> None:
    found = attributes_of(given, plain((0, 0, 0)), WHOLE)
    assert found == (("transparent", transparent), ("salient", salient), ("colour", "black"))


def test_only_humans_have_a_gender() -> None:
    found = attributes_of(entity("animal", "dog", ("gender", "male"), ("age", "child")), plain((0, 0, 0)), WHOLE)
    assert [name for name, _ in found] == ["transparent", "salient", "colour"]


def test_a_colour_without_a_name_is_no_attribute() -> None:
    assert [name for name, _ in attributes_of(entity("animal", "rabbit"), plain((126, 100, 68)), WHOLE)] == [
        "transparent",
        "salient",
    ]
