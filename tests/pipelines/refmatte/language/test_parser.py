import pytest

from pipelines.refmatte.language.clothes import Clothes
from pipelines.refmatte.language.parser import Description, NotUnderstood, Reading, UnknownWords, parse
from pipelines.refmatte.language.vocabulary import adjectives, base_vocabulary, relative_phrase, vocabulary_of
from pipelines.refmatte.records import Described
from tests.pipelines.refmatte.language.scenes import human, thing

WORDS = base_vocabulary()
ADJECTIVES = {adjective.word: adjective for adjective in adjectives()}


def described(article, noun, *words, clothes=None):
    (meaning,) = WORDS.nouns[tuple(noun.split())]
    return Description(article, meaning, tuple(ADJECTIVES[word] for word in words), clothes)


BLACK_KNIT = Clothes("knit", "black")


@pytest.mark.parametrize(
    ("text", "description"),
    [
        ("the cat", described("the", "cat")),
        ("an orange cat", described("an", "cat", "orange")),
        ("the lightgray and transparent plastic bag", described("the", "plastic bag", "lightgray", "transparent")),
        ("the peru, salient and non-transparent teddy",
         described("the", "teddy", "peru", "salient", "non-transparent")),
        ("The Peru and salient and non-transparent teddy bear",
         described("the", "teddy bear", "peru", "salient", "non-transparent")),
        ("the other dog", described("the other", "dog")),
        ("another black dog", described("another", "dog", "black")),
        ("other smoke", described("other", "smoke")),
        ("the leaves which are green", described("the", "leaves", "green")),
        ("smoke that is gray, transparent and non-salient",
         described("", "smoke", "gray", "transparent", "non-salient")),
        ("the orange which is orange", described("the", "orange", "orange")),
        ("the salient adult female person", described("the", "person", "salient", "adult", "female")),
        ("the human being who is male", described("the", "human being", "male")),
        ("the woman with the black knit", described("the", "woman", clothes=BLACK_KNIT)),
        ("a woman wearing a black knit", described("a", "woman", clothes=BLACK_KNIT)),
        ("the woman in the knit", described("the", "woman", clothes=Clothes("knit"))),
        ("the salient woman who is dressed in black knit", described("the", "woman", "salient", clothes=BLACK_KNIT)),
        ("the woman that is salient and dressed in black knit",
         described("the", "woman", "salient", clothes=BLACK_KNIT)),
    ],
)  # fmt: skip
def test_descriptions_mean_one_thing(text, description):
    assert parse(text, WORDS) == (Reading(description),)


@pytest.mark.parametrize(
    "position_and_words", [(position, words) for words, found in WORDS.absolute.items() for position in found]
)
@pytest.mark.parametrize("photo", ["photo", "image", "picture"])
def test_positions(position_and_words, photo):
    position, words = position_and_words
    assert parse(f"the black cat {' '.join(words)} the {photo}", WORDS) == (
        Reading(described("the", "cat", "black"), position),
    )


@pytest.mark.parametrize("words", sorted(" ".join(words) for words in WORDS.relative))
@pytest.mark.parametrize("subject", ["a black cat", "a cat which is black"])
@pytest.mark.parametrize("other", ["the salient dog", "the dog that is salient"])
def test_relations_in_both_shapes(words, subject, other):
    # A clause at the end may be of the cat too, if that has none of its own.
    low, *high = parse(f"{subject} {words} {other}", WORDS)
    assert low == Reading(
        described("a", "cat", "black"), None, relative_phrase(words), described("the", "dog", "salient")
    )
    assert len(high) == (subject == "a black cat" and other == "the dog that is salient")


def test_the_last_modifier_may_belong_to_either():
    near = relative_phrase("near")
    assert parse("the woman near the man in the black knit", WORDS) == (
        Reading(described("the", "woman"), None, near, described("the", "man", clothes=BLACK_KNIT)),
        Reading(described("the", "woman", clothes=BLACK_KNIT), None, near, described("the", "man")),
    )


@pytest.mark.parametrize(
    "text",
    [
        "the dog near the man in the black knit",
        "the dog near the man who is young",
        "the woman near the leaves which are green",
        "the cat near the leaves that are green",
        "the woman who is young near the man who is old",
    ],
)
def test_the_last_modifier_belongs_to_what_it_can_be_of(text):
    assert len(parse(text, WORDS)) == 1


def test_compounds_are_read_in_all_ways():
    assert parse("the old woman", WORDS) == (
        Reading(described("the", "old woman")),
        Reading(described("the", "woman", "old")),
    )


def test_words_of_the_scene_are_known():
    vocabulary = vocabulary_of([thing(1, "salt, pepper and vinegar set"), human(2, clothes="sienna poncho")])
    (noun,) = vocabulary.nouns["salt", ",", "pepper", "and", "vinegar", "set"]
    (reading,) = parse("the salt, pepper and vinegar set near the man in the sienna poncho", vocabulary)
    assert reading.subject.noun == noun
    assert reading.other is not None and reading.other.clothes == Clothes("poncho", "sienna")


def test_unknown_words_are_named():
    with pytest.raises(UnknownWords) as error:
        parse("the frumious cat near the bandersnatch", WORDS)
    assert error.value.words == ("frumious", "bandersnatch")
    assert str(error.value) == (
        "'the frumious cat near the bandersnatch': unknown words frumious, bandersnatch; expected those of expressions"
    )


@pytest.mark.parametrize(
    "text",
    [
        "",
        "the",
        "black",
        "the cat the dog",
        "the cat near",
        "cat black",
        "the leaves which is green",
        "the cat who is black",
        "the man which is young",
        "the cat in the black knit",
        "the cat who",
        "the cat and",
        "the cat on the far left of the photo near the dog",
    ],
)
def test_what_is_no_expression_is_not_understood(text):
    with pytest.raises(NotUnderstood, match="not understood"):
        parse(text, WORDS)


def test_capitals_of_every_script_are_no_matter():
    """Of some letters the case that a source writes is not the one that lower case gives back."""
    own = (Described(1, "object", "\u13a0 cup"), Described(2, "human", "human", (("clothes", "İ robe"),)))
    assert parse("the \u13a0 cup", vocabulary_of(own))
    assert parse("the human in the İ robe", vocabulary_of(own))
