"""Read a huge COCO-style JSON file in bounded memory."""

import codecs
import hashlib
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

import ijson
import numpy as np

from pipelines.errors import UserError

CHUNK = 1 << 20
DEEPEST = 1000
"""How deep lists and objects may be nested: the parser's memory grows with the square. COCO has 5 levels."""
_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*+(?:"|\\?\Z)|,|-?\bInfinity\b|\bNaN\b', re.DOTALL)
"""A string (whole, or cut off at the end), a comma, or a number that JSON does not have."""
_ESCAPED = re.compile(rb"\\.", re.DOTALL)


class JsonStream:
    """Iterate over the items of several top-level arrays of one file, in one reading.

    Python writes NaN and Infinity into JSON although the format has neither; they are read as null, so that the
    one annotation that holds them can be rejected by name instead of the file.

    Attributes:
        sha256: hex digest of the file's bytes, complete once iteration has ended.
    """

    def __init__(
        self,
        path: Path,
        keys: tuple[str, ...],
        on_bytes: Callable[[int], None] = lambda _: None,
        content: Path | None = None,
    ) -> None:
        """
        Args:
            path: a JSON file whose top level is an object.
            keys: the arrays whose items are wanted.
            on_bytes: called with the length of every piece that was read.
            content: a copy of the file that is read in its place; messages name ``path``.
        """
        self.path = path
        self.keys = keys
        self._on_bytes = on_bytes
        self._content = content or path
        self.sha256 = ""

    def __iter__(self) -> Iterator[tuple[str, Any]]:
        """Yield (key, item) in file order within each key.

        Raises:
            UserError: the file is missing, empty, cut short, not JSON or not in UTF-8, nested too deeply, or its top
                level is not an object.
        """
        digest = hashlib.sha256()
        try:
            with self._content.open("rb") as file:
                yield from self._items(file, digest)
        except OSError as error:
            raise UserError(f"{self.path}: cannot be read ({error.strerror})") from error
        self.sha256 = digest.hexdigest()

    def _items(self, file: BinaryIO, digest: Any) -> Iterator[tuple[str, Any]]:
        found = {key: ijson.sendable_list() for key in self.keys}
        parsers = {key: ijson.items_coro(found[key], f"{key}.item", use_float=True) for key in self.keys}
        try:
            for chunk in _without_nan(_shallow(_chunks(file, self.path, digest), self.path)):
                self._on_bytes(len(chunk))
                for key, parser in parsers.items():
                    parser.send(chunk)
                    yield from ((key, item) for item in found[key])
                    del found[key][:]
            for parser in parsers.values():
                parser.close()
        except ijson.JSONError as error:
            text = str(error).strip() or "it ends inside a value"
            cut_short = "EOF" in text or not str(error).strip()
            what = "the JSON is cut short" if cut_short else "not valid JSON"
            raise UserError(f"{self.path}: {what} ({text.splitlines()[0]})") from error


def _chunks(file: BinaryIO, path: Path, digest: Any) -> Iterator[bytes]:
    first = file.read(CHUNK)
    digest.update(first)
    if first.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or b"\0" in first[:2]:
        raise UserError(f"{path}: the text is in UTF-16 or UTF-32, expected UTF-8")
    head = first.removeprefix(codecs.BOM_UTF8).lstrip()
    if not head:
        raise UserError(f"{path}: the file is empty, expected COCO JSON")
    if not head.startswith(b"{"):
        kind = "a list" if head.startswith(b"[") else f"something that starts with {head[:12]!r}"
        raise UserError(f'{path}: found {kind}, expected a COCO JSON object with "images" and "annotations"')
    yield head
    while chunk := file.read(CHUNK):
        digest.update(chunk)
        yield chunk


_LEVELS = np.zeros(256, np.int8)
_LEVELS[[*b"[{"]], _LEVELS[[*b"]}"]] = 1, -1


def _shallow(chunks: Iterator[bytes], path: Path) -> Iterator[bytes]:
    """The same chunks, unless they are nested too deeply."""
    level, inside, escape, position = 0, False, b"", 0
    for chunk in chunks:
        text = escape + chunk
        escape = b""
        if b"\\" in text:
            if text.endswith(b"\\") and (len(text) - len(text.rstrip(b"\\"))) % 2:
                text, escape = text[:-1], b"\\"
            text = _ESCAPED.sub(b"__", text)
        codes = np.frombuffer(text, np.uint8)
        strings = np.logical_xor.accumulate(np.concatenate([[inside], codes == ord('"')]))
        levels = level + np.cumsum(np.where(strings[1:], 0, _LEVELS[codes]), dtype=np.int64)
        if levels.size and levels.max() > DEEPEST:
            at = position + int(np.argmax(levels > DEEPEST))
            raise UserError(f"{path}: lists or objects are nested more than {DEEPEST} deep at byte {at}")
        if levels.size:
            level, inside = int(levels[-1]), bool(strings[-1])
        position += len(text)
        yield chunk


def _without_nan(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Replace NaN and Infinity outside of strings by null; cut only after a comma that is outside of any string."""
    rest = b""
    for chunk in chunks:
        rest += chunk
        cut = rest.rfind(b",") + 1
        plain = b"\\" not in rest and rest.count(b'"', 0, cut) % 2 == 0
        if not plain:
            cut = max((m.end() for m in _TOKEN.finditer(rest) if m[0] == b","), default=0)
        if cut:
            yield _null_for_nan(rest[:cut])
            rest = rest[cut:]
    yield _null_for_nan(rest)


def _null_for_nan(text: bytes) -> bytes:
    if b"NaN" not in text and b"Infinity" not in text:
        return text
    return _TOKEN.sub(lambda m: m[0] if m[0][:1] in (b'"', b",") else b"null", text)
