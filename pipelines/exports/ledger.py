"""Which files of an export stand, so that one that was stopped goes on where it was."""

import re
from collections.abc import Callable, Iterable
from hashlib import sha256
from pathlib import Path
from typing import Any

import orjson

from pipelines.errors import UserError
from pipelines.storage.files import make_folder, mark, names, read_whole, remove, write_whole
from pipelines.storage.streams import written_whole

NAME = "export.json"
_SHARD = re.compile(r"[\w.]+-\d{5,6}\.(?:parquet|tar|jsonl)|left_out\.tsv")
_FOLDERS = ("", "data/", ".records/")
FILES, BYTES = 256, 8 << 20
"""What stands is noted again after so many files, or one of so many bytes: that much may be made twice."""


class FileLedger:
    """Files below an export's folder, each with the digest of what it was made from and of its bytes.

    Args:
        target: the folder, locally or on a store; made if need be.
        about: what the export is; a folder with another export's files is not written over.

    Raises:
        UserError: something else lies in the folder.
    """

    def __init__(self, target: Path, about: dict[str, Any]) -> None:
        self._target, self._about = target, about
        self._before = self._standing()
        self.files: dict[str, dict[str, Any]] = {}
        self._unnoted = 0
        self._note(self._before)  # from now on the folder is known as an export's, however this one ends

    def _standing(self) -> dict[str, dict[str, Any]]:
        try:
            known = orjson.loads(read_whole(self._target / NAME))
            if not isinstance(known["files"], dict):
                raise KeyError("files")
            if known["about"]["format"] != self._about["format"]:
                raise UserError(f"{self._target}: holds an export to {known['about']['format']}; give another --out")
            return dict(known["files"])
        except (FileNotFoundError, NotADirectoryError):
            if next(iter(names(self._target)), None) is not None:
                raise UserError(f"{self._target}: is not empty and holds no export; give another --out") from None
            return {}
        except (ValueError, KeyError, TypeError):
            raise UserError(f"{self._target}: its {NAME} is no export's, or damaged; give another --out") from None

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
        content = make()
        if not content:
            return
        make_folder((self._target / name).parent)
        write_whole(self._target / name, content)
        self.files[name] = {"source": source, "bytes": len(content), "sha256": sha256(content).hexdigest()}
        self._unnoted += 1 + len(content) // BYTES * FILES
        if self._unnoted >= FILES:
            self._note(self._before | self.files)
            self._unnoted = 0

    def stands(self, name: str, source: str) -> bool:
        """Whether a file is there, whole, and was made from this."""
        known = self._before.get(name, {})
        size = (mark(self._target / name) or [None])[0]
        return known.get("source") == source and size == known.get("bytes") and "incomplete" not in known

    def put_pieces(self, name: str, pieces: Iterable[bytes]) -> None:
        """Write a large file piece by piece, each time."""
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
        self._before.pop(name, None)
        remove(self._target / name)

    def close(self) -> None:
        """Remove files of an earlier export that are not of this one, noted or not, and note what stands."""
        standing = {name for folder in _FOLDERS for name in self._shards(folder)}
        for name in sorted((self._before.keys() | standing) - self.files.keys()):
            remove(self._target / name)
        self._note(self.files)

    def _shards(self, folder: str) -> list[str]:
        """Files that are named as ours, below the export's folder."""
        return [f"{folder}{name}" for name in names(self._target / folder) if _SHARD.fullmatch(name)]

    def _note(self, files: dict[str, dict[str, Any]]) -> None:
        make_folder(self._target)
        content = {"about": self._about, "files": dict(sorted(files.items()))}
        write_whole(self._target / NAME, orjson.dumps(content, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS))
