import pytest

from matting_models.errors import InputError
from matting_models.networks.clipmat.prompts import PREFIXES, prompt_of
from matting_models.refmatte_layout import Text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (Text("keyword", "dog"), "a photo of a dog"),
        (Text("keyword", "orange"), "a photo of a orange"),  # templates are the paper's to the letter
        (Text("basic", "the brown dog"), "the brown dog"),
    ],
)
def test_keywords_alone_get_a_prefix(text: Text, expected: str) -> None:
    assert prompt_of(text) == expected


def test_a_keyword_of_nothing_is_no_prompt() -> None:
    with pytest.raises(InputError, match="the text is empty, expected words that say what is meant"):
        prompt_of(Text("keyword", " \n"))


def test_the_bag_has_the_bare_keyword_and_what_is_evaluated_with() -> None:
    said = [prompt_of(Text("keyword", "dog"), prefix) for prefix in PREFIXES]
    assert {"dog", "a photo of a dog", "the alpha matte of the dog", "to extract the dog"} < set(said)
    assert len(set(said)) == 9
