"""Mistakes a user can mend: shown as one sentence, without a traceback."""


class InputError(ValueError):
    """Data, weights or settings that cannot be used; the message names what was found and what was expected."""


class MissingError(InputError, FileNotFoundError):
    """A file or folder that is not there."""

    def __str__(self) -> str:
        return str(self.args[0])


def os_problem(error: OSError) -> str:
    """What the operating system refused, without its number."""
    return ": ".join(str(part) for part in (error.filename, error.strerror) if part) or str(error)
