import pytest

from pipelines.refmatte.language.grammar import count_of, indefinite, joined, verb


@pytest.mark.parametrize(
    "phrase",
    [
        "an orange cat", "an umbrella", "an hourglass", "an apple", "an indigo dog", "an unidentified bird",
        "an honest man", "an x-ray", "an led lamp", "an oldlace veil", "an urn", "an old man", "an uncle",
        "a honeydew vase", "a horse", "a hotpink bag", "a unicorn", "a unicycle", "a ukulele", "a utensil", "a uniform",
        "a eucalyptus", "a one-eyed cat", "a ewe", "a european hare", "a yellow dog", "a t-shirt", "a usb stick",
    ],
)  # fmt: skip
def test_articles_are_by_sound(phrase):
    article, rest = phrase.split(maxsplit=1)
    assert indefinite(rest, "singular") == article


@pytest.mark.parametrize("count", ["plural", "mass"])
def test_what_cannot_be_counted_by_one_has_no_indefinite_article(count):
    assert indefinite("orange leaves", count) == ""


@pytest.mark.parametrize(
    ("noun", "count"),
    [
        ("cat", "singular"), ("glass", "singular"), ("wine glass", "singular"), ("bus", "singular"),
        ("lens", "singular"), ("iris", "singular"), ("hippopotamus", "singular"), ("rhinoceros", "singular"),
        ("water drop", "singular"), ("ice cube", "singular"), ("traffic light", "singular"), ("sheep", "singular"),
        ("leaves", "plural"), ("scissors", "plural"), ("sunglasses", "plural"), ("skis", "plural"),
        ("cattle", "plural"), ("tulips", "plural"), ("guinea pigs", "plural"),
        ("smoke", "mass"), ("water", "mass"), ("bubble wrap", "mass"), ("black lace", "mass"), ("light", "mass"),
    ],
)  # fmt: skip
def test_nouns_are_counted_as_english_does(noun, count):
    assert count_of(noun) == count


def test_only_plurals_are():
    assert [verb(count) for count in ("singular", "plural", "mass")] == ["is", "are", "is"]


def test_lists_have_commas_and_one_and():
    assert [joined(["peru", "salient", "old"][:length]) for length in range(4)] == [
        "",
        "peru",
        "peru and salient",
        "peru, salient and old",
    ]
