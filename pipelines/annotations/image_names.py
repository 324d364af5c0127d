"""Where below the image folder a picture may lie that an annotation file names in another tool's way."""

import re
from pathlib import PureWindowsPath
from urllib.parse import parse_qs, unquote, urlsplit

_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://|file:")
_LOCAL_FILES = "/data/local-files/"
"""What Label Studio names files of its own machine by: ``/data/local-files/?d=folder/a.jpg``."""


def lookups(name: str) -> list[str]:
    """Names to look for below the image folder in the place of one that is not below it, best first.

    - A URL, an absolute path, or one with a drive: its ends, the longest first.
    - A path with backslashes: itself, which is a file's name on Linux, then with slashes.

    Args:
        name: as an annotation file has it.

    Returns:
        Relative names with "/" between folders; empty for a plain relative name, and for one that climbs ("..").
    """
    path = _path(name)
    if path is not None:
        parts = [part for part in re.split(r"[/\\]", path) if part not in ("", ".")]
        return [] if ".." in parts else ["/".join(parts[start:]) for start in range(len(parts))]
    if "\\" in name and ".." not in PureWindowsPath(name).parts:
        return [name, name.replace("\\", "/")]
    return []


def _path(name: str) -> str | None:
    """The path of a URL, an absolute path or one with a drive; None for a relative one."""
    if _URL.match(name) or name.startswith(_LOCAL_FILES):
        try:
            url = urlsplit(name)
        except ValueError:  # no URL after all
            return None
        asked = parse_qs(url.query).get("d") if url.path == _LOCAL_FILES else None
        return asked[0] if asked else unquote(url.path)
    anchor = PureWindowsPath(name).anchor
    return name[len(anchor) :] if anchor else None
