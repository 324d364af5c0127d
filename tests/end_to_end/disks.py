"""A disk of a test's own that becomes full or read-only while a run writes to it."""

import errno
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from types import TracebackType

_SIZE = "16m"
_PROBE = "mount -t tmpfs tmpfs '{0}' && mkdir '{0}/a' '{0}/b' && mount --bind '{0}/a' '{0}/b'"


def namespace() -> list[str] | None:
    """Words before a command that may then mount disks, which only it sees and which go with it; None if none do."""
    with tempfile.TemporaryDirectory() as folder:
        for words in (["unshare", "-m"], ["unshare", "-rm"]):
            with suppress(OSError):
                probe = [*words, "sh", "-c", _PROBE.format(folder)]
                if subprocess.run(probe, capture_output=True, check=False).returncode == 0:
                    return words
    return None


class Disk:
    """A folder to write to.

    With mounts it is a small file system in memory. It gets full by a file beside the folder. It gets read-only by a
    read-only mount of itself over the folder: a plain remount is refused as long as a run holds its lock open.

    Without mounts a limit on the size of files, set on the living processes, plays the full disk: every write fails.
    It plays the read-only one as well for root; for others folders lose their permissions.

    Use as a context manager.

    Attributes:
        out: the folder.
    """

    def __init__(self, folder: Path, *, mounts: bool) -> None:
        self.out = folder / "out"
        self._folder, self._mounts, self._frozen = folder, mounts, False

    def __enter__(self) -> "Disk":
        self._folder.mkdir()
        if self._mounts:
            _mount("-t", "tmpfs", "-o", f"size={_SIZE}", "tmpfs", self._folder)
        self.out.mkdir()
        if self._mounts:
            self._read_only.mkdir()
            _mount("--bind", self.out, self._read_only)
            _mount("-o", "remount,bind,ro", self._read_only)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.mend()
        if self._mounts:
            for place in (self._read_only, self._folder):
                subprocess.run(["umount", "-l", str(place)], check=False)

    @property
    def _read_only(self) -> Path:
        return self._folder / "read-only"

    @property
    def _ballast(self) -> Path:
        return self._folder / "ballast"

    def fill(self, processes: Iterable[int]) -> bool:
        """Make it full; returns whether it could be done now.

        Args:
            processes: those that write to it.
        """
        if not self._mounts:
            return _limit(processes)
        with self._ballast.open("wb", buffering=0) as file:
            for size in (1 << 16, 1):
                with suppress(OSError):
                    while True:
                        file.write(b"\0" * size)
        return True

    def freeze(self, processes: Iterable[int]) -> bool:
        """Make it read-only; as ``fill``."""
        if self._mounts:
            _mount("--bind", self._read_only, self.out)
            self._frozen = True
            return True
        if os.geteuid() == 0:
            return _limit(processes)
        for folder in (*(path for path in self.out.rglob("*") if path.is_dir() and not path.is_symlink()), self.out):
            with suppress(FileNotFoundError):
                folder.chmod(0o555)
        self._frozen = True
        return True

    def mend(self) -> None:
        """Make it as it was. No process writes to it any more."""
        self._ballast.unlink(missing_ok=True)
        if self._frozen and self._mounts:
            subprocess.run(["umount", str(self.out)], check=True)
        elif self._frozen:
            for folder in (self.out, *(path for path in self.out.rglob("*") if path.is_dir())):
                folder.chmod(0o755)
        self._frozen = False


def _mount(*words: object) -> None:
    subprocess.run(["mount", *map(str, words)], check=True, capture_output=True)


def _limit(processes: Iterable[int]) -> bool:
    assert sys.platform == "linux"
    done = False
    for process in processes:
        try:
            _, hard = resource.prlimit(process, resource.RLIMIT_FSIZE)
            resource.prlimit(process, resource.RLIMIT_FSIZE, (0, hard))
            done = True
        except OSError as error:
            if error.errno not in (errno.ESRCH, errno.EPERM):
                raise
    return done
