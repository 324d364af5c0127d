"""Which files of an export stand, so that one that was stopped goes on where it was."""

import re
from collections.abc import Callable, Iterable
from hashlib import sha256
from pathlib import Path
from typing import Any

import orjson

from pipelines.errors import UserError
from pipelines.storage.files import PARTIAL, is_local, make_folder, mark, names, read_whole, remove, write_whole
from pipelines.storage.streams import written_whole

NAME = "export.json"
WORK = ".work"
"""Folder of what an export needs to go on, and its lock."""
_OURS = re.compile(
    r"README\.md|ATTRIBUTION\.tsv|SOURCES\.tsv|left_out\.tsv|croissant\.json|metadata\.jsonl?|samples\.json"
    r"|(?:train|test)/(?:refmatte_(?:train|test)_label|eval_index_expression)\.json"
    r"|annotations/mattes_[\w.+-]+\.json|(?:data/|\.work/records/)?[\w.+-]+-\d{5,6}\.(?:parquet|tar|jsonl)"
)
"""Names that an export gives; a list that came from elsewhere may name nothing else."""
_PLANNED = {"source": "", "bytes": -1}
FILES, BYTES = 256, 8 << 20
"""What stands is noted again after so many files, or one of so many bytes: that much may be made twice."""


class FileLedger:
    """Files below an export's folder, each with the digest of what it was made from and of its bytes.

    A file is noted before it is written for the first time, so that whatever is left of an export that was stopped is
    known as its own, and nothing else is ever removed.

    Args:
        target: the folder, locally or on a store; made if need be.
        about: what the export is; a folder with another export's files is not written over.

    Raises:
        UserError: something else lies in the folder.
    """

    def __init__(self, target: Path, about: dict[str, Any]) -> None:
        self._target, self._about = target, about
        self._before = check_target(target, about)
        self.files: dict[str, dict[str, Any]] = {}
        self._planned: dict[str, dict[str, Any]] = {}
        self._unnoted = 0
        self._note(self._before)  # from now on the folder is known as an export's, however this one ends

    def put(self, name: str, source: str, make: Callable[[], bytes]) -> None:
        """Write a file, unless it stands and was made from the same.

        Args:
            name: below the folder.
            source: digest of all that the file is made from; empty for one that is written each time.
            make: gives its bytes; none where there is nothing to write.
        """
        if source and self.stands(name, source):
            self.files[name] = self._before[name]
            return
        self._plan(name)
        content = make()
        if not content:
            return
        make_folder((self._target / name).parent)
        write_whole(self._target / name, content)
        self.files[name] = {"source": source, "bytes": len(content), "sha256": sha256(content).hexdigest()}
        self._unnoted += 1 + len(content) // BYTES * FILES
        if self._unnoted >= FILES:
            self._note(self._before | self._planned | self.files)
            self._unnoted = 0

    def stands(self, name: str, source: str) -> bool:
        """Whether a file is there, whole, and was made from this."""
        known = self._before.get(name, {})
        size = (mark(self._target / name) or [None])[0]
        return known.get("source") == source and size == known.get("bytes") and "incomplete" not in known

    def put_pieces(self, name: str, pieces: Iterable[bytes]) -> None:
        """Write a large file piece by piece, each time."""
        self._plan(name)
        make_folder((self._target / name).parent)
        digest, size = sha256(), 0
        with written_whole(self._target / name) as file:
            for piece in pieces:
                file.write(piece)
                digest.update(piece)
                size += len(piece)
        self.files[name] = {"source": "", "bytes": size, "sha256": digest.hexdigest()}

    def lacks(self, name: str) -> None:
        """Say of a file that something is missing from it, which may be there another time: it is then made anew."""
        self.files[name] = self.files[name] | {"incomplete": True}

    def forget(self, name: str) -> None:
        """Remove a file that is to be made anew, before what it names is written over."""
        if name in self._before:
            self._before[name] = _PLANNED
            self._remove(name)

    def forget_whole(self) -> None:
        """Remove the files that are about all mattes, since some of these change now."""
        whole = [name for name, known in self._before.items() if known.get("source") == "" and known != _PLANNED]
        for name in whole:
            self.forget(name)

    def close(self) -> None:
        """Remove files of an earlier export that are not of this one, and note what stands."""
        for name in sorted((self._before.keys() | self._planned.keys()) - self.files.keys()):
            self._remove(name)
        self._note(self.files)

    def _plan(self, name: str) -> None:
        if name not in self._before and name not in self._planned:
            self._planned[name] = _PLANNED
            self._note(self._before | self._planned | self.files)

    def _remove(self, name: str) -> None:
        path = self._target / name
        remove(path)
        if is_local(path):
            remove(path.with_name(f".{path.name}{PARTIAL}"))

    def _note(self, files: dict[str, dict[str, Any]]) -> None:
        make_folder(self._target)
        content = {"about": self._about, "files": dict(sorted(files.items()))}
        write_whole(self._target / NAME, orjson.dumps(content, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS))


def check_target(target: Path, about: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """What an earlier export noted in a folder; nothing where it is empty or not there.

    Raises:
        UserError: something else lies there, or an export of another format.
    """
    if is_local(target) and target.exists() and not target.is_dir():
        raise UserError(f"{target}: is a file, expected a folder; give another --out")
    try:
        known = orjson.loads(read_whole(target / NAME))
        files = known["files"]
        if not all(_OURS.fullmatch(name) and isinstance(entry, dict) for name, entry in files.items()):
            raise KeyError("files")
        if known["about"]["format"] != about["format"]:
            raise UserError(f"{target}: holds an export to {known['about']['format']}; give another --out")
        return dict(files)
    except (FileNotFoundError, NotADirectoryError):
        if set(names(target)) - {WORK}:
            raise UserError(f"{target}: is not empty and holds no export; give another --out") from None
        return {}
    except (ValueError, KeyError, TypeError, AttributeError):
        raise UserError(f"{target}: its {NAME} is no export's, or damaged; give another --out") from None
