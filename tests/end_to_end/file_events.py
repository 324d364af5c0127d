"""What happens to the files below a folder, as the kernel (inotify) tells it."""

import ctypes
import os
import select
import struct
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from types import TracebackType

_CLOSE_WRITE, _MOVED_TO, _CREATE, _DELETE, _ISDIR = 0x8, 0x80, 0x100, 0x200, 0x40000000
_HEAD = struct.Struct("iIII")
_libc = ctypes.CDLL(None, use_errno=True)


class FileEvents:
    """Files that were made, written, moved into place or removed below a folder, folders made later included.

    Use as a context manager.
    """

    def __init__(self, root: Path) -> None:
        """
        Args:
            root: a folder that stands.

        Raises:
            OSError: no more watches are to be had.
        """
        self._root = root
        self._file = _libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
        if self._file < 0:
            raise OSError(ctypes.get_errno(), "inotify_init1 failed")
        self._folders: dict[int, Path] = {}
        self._watch(root)

    def __enter__(self) -> "FileEvents":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self._file)

    def _watch(self, folder: Path) -> None:
        number = _libc.inotify_add_watch(self._file, os.fsencode(folder), _CLOSE_WRITE | _MOVED_TO | _CREATE | _DELETE)
        if number < 0:
            if ctypes.get_errno() == 2:  # gone again
                return
            raise OSError(ctypes.get_errno(), f"{folder}: inotify_add_watch failed")
        self._folders[number] = folder
        with suppress(FileNotFoundError):
            for entry in os.scandir(folder):
                if entry.is_dir(follow_symlinks=False):
                    self._watch(Path(entry))

    def read(self, seconds: float) -> Iterator[str]:
        """Paths below the folder, one per event, as they come; ends when nothing happens for so long."""
        if not select.select([self._file], [], [], seconds)[0]:
            return
        content, start = os.read(self._file, 1 << 16), 0
        while start < len(content):
            number, mask, _, length = _HEAD.unpack_from(content, start)
            name = os.fsdecode(content[start + _HEAD.size : start + _HEAD.size + length].rstrip(b"\0"))
            start += _HEAD.size + length
            folder = self._folders.get(number)
            if folder is None or not name:
                continue
            if mask & _ISDIR:
                if mask & (_CREATE | _MOVED_TO):
                    self._watch(folder / name)
                continue
            yield (folder / name).relative_to(self._root).as_posix()
