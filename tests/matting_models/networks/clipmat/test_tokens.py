import pickle
from pathlib import Path

import pytest

from matting_models.errors import InputError
from matting_models.networks.clipmat.backbone import Backbone
from matting_models.networks.clipmat.tokens import Tokens


def test_start_words_end_and_the_end_repeated(backbone: Backbone) -> None:
    tokens = backbone.tokens
    found = tokens.encode("the red disc")
    assert found.shape == (69,)
    assert [found[0], found[4]] == [tokens.start, tokens.end]
    assert set(found[4:]) == {tokens.end}
    assert (tokens.encode("  The RED disc ") == found).all()


def test_no_word_is_unknown(backbone: Backbone) -> None:
    """A dog in four bytes, and a word that falls into letters."""
    assert list(backbone.tokens.encode("zyx 🐶")).index(backbone.tokens.end) == 1 + 3 + 4


def test_written_and_read_is_the_same_also_in_other_processes(backbone: Backbone, tmp_path: Path) -> None:
    backbone.tokens.write(tmp_path)
    for other in (Tokens.read(tmp_path, 69), pickle.loads(pickle.dumps(backbone.tokens))):
        assert (other.encode("the blue square") == backbone.tokens.encode("the blue square")).all()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the text is empty, expected words that say what is meant"),
        (" \n", "the text is empty"),
        ("red " * 70, "^text 'red red .*\\.\\.\\.' has 70 tokens, and 67 fit; say it in fewer words$"),
        ("a \udcff b", r"^text 'a \\udcff b' is no UTF-8$"),
        ("a <|endoftext|> b", "has characters that the tokenizer does not know or keeps"),
    ],
)
def test_texts_that_will_not_do(text: str, message: str, backbone: Backbone) -> None:
    assert len(backbone.tokens.encode("red " * 67)) == 69
    with pytest.raises(InputError, match=message):
        backbone.tokens.encode(text)


def test_damaged_files_are_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"tokenizer\.json does not exist; expected what training clipmat wrote"):
        Tokens.read(tmp_path, 69)
    (tmp_path / "tokenizer.json").write_text("{")
    with pytest.raises(InputError, match=r"tokenizer\.json is damaged: "):
        Tokens.read(tmp_path, 69)
