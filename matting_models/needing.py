"""The absence of a library as one sentence."""

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def needing(user: str, package: str) -> Iterator[None]:
    """Import what needs a library inside this.

    Args:
        user: what needs it, to begin the sentence.
        package: its name, for Python and for pip.

    Raises:
        ModuleNotFoundError: it is not installed.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        if str(error.name).partition(".")[0] != package:
            raise
        sentence = f"{user} needs {package}, which is not installed: pip install {package}"
        raise ModuleNotFoundError(sentence, name=package) from None
