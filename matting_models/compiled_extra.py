"""The absence of Numba as one sentence."""

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def compiled_extra(user: str) -> Iterator[None]:
    """Import compiled code inside this.

    Args:
        user: what needs it, to begin the sentence.

    Raises:
        ModuleNotFoundError: Numba is not installed.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        if error.name != "numba":
            raise
        sentence = f"{user} needs numba, which is not installed: pip install numba"
        raise ModuleNotFoundError(sentence, name="numba") from None
