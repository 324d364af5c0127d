"""Texts as numbers."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matting_models.errors import InputError, MissingError
from matting_models.weights import Source, models_extra
from pipelines.storage.files import write_whole

with models_extra("CLIPMat"):
    from tokenizers import Tokenizer
    from transformers import AutoTokenizer

TOKENIZER_FILE = "tokenizer.json"
SHOWN = 60
"""Characters of a text in a message."""


class Tokens:
    """CLIP's byte-pair encoding: lower case, and no word unknown, since what is rare falls into pieces.

    Args:
        tokenizer: that puts a start and an end around every text.
        length: tokens of a text, with both.

    Raises:
        InputError: it does not.
    """

    def __init__(self, tokenizer: Tokenizer, length: int) -> None:
        tokenizer.no_padding()
        tokenizer.no_truncation()
        around = tokenizer.encode("").ids
        if len(around) != 2:
            raise InputError(f"the tokenizer puts {len(around)} tokens around a text, expected a start and an end")
        self._tokenizer, self.length = tokenizer, length
        self.start, self.end = around

    @property
    def size(self) -> int:
        """Tokens that there are."""
        return self._tokenizer.get_vocab_size()

    @classmethod
    def of_backbone(cls, source: Source, length: int) -> "Tokens":
        """Those beside a CLIP's weights.

        Raises:
            MissingError: none there.
        """
        try:
            found: Any = AutoTokenizer.from_pretrained(source.location, **source.options)
            return cls(Tokenizer.from_str(found.backend_tokenizer.to_str()), length)
        except (OSError, ValueError, AttributeError, TypeError) as error:
            if isinstance(error, InputError):
                raise
            raise MissingError(
                f"weights {source.location} have no tokenizer, expected vocab.json and merges.txt, or tokenizer.json"
            ) from error

    @classmethod
    def read(cls, folder: Path, length: int) -> "Tokens":
        """What ``write`` wrote.

        Raises:
            MissingError: no such file.
            InputError: it is damaged.
        """
        path = folder / TOKENIZER_FILE
        if not path.is_file():
            raise MissingError(f"{path} does not exist; expected what training clipmat wrote")
        try:
            tokenizer = Tokenizer.from_str(path.read_text(encoding="utf-8"))
        except Exception as error:  # tokenizers raises nothing narrower
            raise InputError(f"{path} is damaged: {str(error).splitlines()[0]}") from error
        return cls(tokenizer, length)

    def write(self, folder: Path) -> None:
        """Write the tokenizer's file; the folder is there."""
        write_whole(folder / TOKENIZER_FILE, self._tokenizer.to_str().encode())

    def encode(self, text: str) -> NDArray[np.int64]:
        """A text as numbers.

        Args:
            text: in any case and script.

        Returns:
            (length,): start, text, end, and the end repeated.

        Raises:
            InputError: it is no UTF-8, empty or too long, or has what the tokenizer takes for a start, an end or
                nothing.
        """
        try:
            text.encode()
        except UnicodeEncodeError:
            raise InputError(f"text {_short(text)!r} is no UTF-8") from None
        ids = self._tokenizer.encode(text).ids
        if len(ids) == 2:
            raise InputError("the text is empty, expected words that say what is meant")
        if {self.start, self.end} & set(ids[1:-1]):
            raise InputError(
                f"text {_short(text)!r} has characters that the tokenizer does not know or keeps for itself"
            )
        if len(ids) > self.length:
            raise InputError(
                f"text {_short(text)!r} has {len(ids) - 2} tokens, and {self.length - 2} fit; say it in fewer words"
            )
        padded = np.full(self.length, self.end, np.int64)
        padded[: len(ids)] = ids
        return padded


def _short(text: str) -> str:
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}..."
