"""What a keyword is said with: the bag of prefixes, which brings single words nearer to the sentences that CLIP knows.

Supplement, section 3. Of its ten templates two stand there twice; "an image of a" is of Table 8. They are kept to the
letter: CLIP's own templates say "a photo of a" of an orange, too.
"""

from matting_models.errors import InputError
from matting_models.refmatte_layout import KEYWORD, Text

PREFIXES = (
    "",
    "a photo of a ",
    "a photograph of a ",
    "an image of a ",
    "a photo of the ",
    "the foreground of the ",
    "the mask of the ",
    "the alpha matte of the ",
    "to extract the ",
)
EVALUATED = "a photo of a "
"""Where nothing is drawn at random."""


def prompt_of(text: Text, prefix: str = EVALUATED) -> str:
    """The words for the network: keywords behind a prefix, expressions as they are.

    Raises:
        InputError: the text is empty, which behind a prefix nobody would see.
    """
    if not text.text.strip():
        raise InputError("the text is empty, expected words that say what is meant")
    return f"{prefix}{text.text}" if text.kind == KEYWORD else text.text
