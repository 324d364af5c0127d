"""Mistakes a user can mend: shown as one sentence, without a traceback."""


class UserError(Exception):
    """Input or settings that cannot be used; the message names the file, what was found and what was expected."""


class NoPictures(UserError):
    """A folder of targets that holds no picture, or none yet."""


class StoreError(OSError):
    """A store that gives no answer, after all retries."""
