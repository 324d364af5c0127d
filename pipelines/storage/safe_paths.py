"""Names of files from annotations, which are data from strangers: they never leave the image folder."""

import os
from pathlib import Path, PureWindowsPath


class ImageProblem(ValueError):
    """A photo that cannot be used.

    Attributes:
        reason: ``image_missing``, ``image_empty`` (no bytes), ``image_unreadable`` (damaged, or no image of a
            supported kind), ``image_wrong_size``, ``image_too_large`` or ``path_escapes``.
        detail: one sentence for people, with the file's name.
    """

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(reason, detail)
        self.reason = reason
        self.detail = detail

    def __str__(self) -> str:
        return self.detail


def safe_path(root: Path, name: str) -> Path:
    """Path of an annotated file name below ``root``.

    The name is judged, not the disk: links inside ``root`` may lead elsewhere, as data folders on clusters do, since
    whoever runs the job made them.

    Args:
        root: the image folder.
        name: file name from an annotation file, with "/" between folders.

    Raises:
        ImageProblem: ``path_escapes`` for names that are absolute, climb ("..", between slashes of either kind), have
            a drive letter, are empty, or hold characters that no file name can.
    """
    as_windows = PureWindowsPath(name)  # splits at both kinds of slash, knows drives and both kinds of absolute
    try:
        possible = b"\0" not in os.fsencode(name)
    except UnicodeEncodeError:  # half a surrogate pair
        possible = False
    if not possible or as_windows.anchor or ".." in as_windows.parts or not as_windows.name:
        raise ImageProblem("path_escapes", f"file name {name!a} does not name a file inside the image folder")
    try:
        return root / name
    except ValueError:  # on a store: a URL of another one
        raise ImageProblem("path_escapes", f"file name {name!a} does not name a file inside the image folder") from None
