import pytest

from pipelines.refmatte.language.colours import alike_colours, css_colours


def test_all_148_css_names_have_their_values():
    assert len(css_colours()) == 148
    assert css_colours()["tomato"] == (255, 99, 71)
    assert css_colours()["grey"] == css_colours()["gray"] == (128, 128, 128)


@pytest.mark.parametrize(
    ("colour", "other", "alike"),
    [
        ("aqua", "cyan", True),
        ("lightgray", "silver", True),
        ("sienna", "saddlebrown", True),
        # Far apart, yet nothing is named that is between them.
        ("black", "darkslategray", True),
        # 42 apart, and (54, 78, 174) is as near to the one as to the other.
        ("darkslateblue", "royalblue", True),
        # Between them is brown, which is no name that is given.
        ("indianred", "maroon", True),
        ("black", "gray", False),
        ("black", "white", False),
        ("orange", "blue", False),
        ("crimson", "saddlebrown", False),
    ],
)
def test_colours_that_are_taken_for_one_another(colour, other, alike):
    assert (other in alike_colours()[colour]) is (colour in alike_colours()[other]) is alike


def test_every_colour_is_alike_to_itself_and_unlike_most():
    assert all(name in alike and len(alike) < 148 / 3 for name, alike in alike_colours().items())
