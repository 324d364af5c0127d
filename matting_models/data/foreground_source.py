"""Our own foregrounds with exact alpha (``make foregrounds``), composited on photographs on the fly."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from matting_models.data.backgrounds import backgrounds_in, random_background
from matting_models.data.cutouts import Cutout, Spread, cutout_of, place
from matting_models.data.gca import augmented
from matting_models.data.photography import photograph
from matting_models.data.sample import BadSample, Sample, digest_of
from matting_models.data.together import together
from matting_models.errors import InputError, MissingError
from matting_models.pictures import PictureProblem, below, read_cutout

COLUMNS = ("file", "kind", "licence")
LEAST = 2000
"""Pixels of alpha above 127 that a foreground must have."""
PLACED = 0.7
"""Share of the foregrounds that are moved; those that the frame cuts stay, or the cut would show inside."""
BEHIND, IN_FRONT = 0.28, 0.12
"""Shares with another foreground behind the subject, and before it."""
LEFT = 3000
"""Pixels of the subject that one in front must leave; otherwise it goes behind."""
SUBJECT = Spread((0.6, 1.1), 12, 0.08)
OTHER = Spread((0.6, 1.2), 12, 0.2)


class ForegroundSource:
    """Foregrounds of a set, each on a background and sometimes with another foreground behind or before it.

    Args:
        foregrounds: folder with ``manifest/part-*.parquet``, whose column ``file`` names RGBA pictures (straight
            colours) relative to the folder.
        backgrounds: folders of photos.
        gca: do to foregrounds what GCA-Matting does, see ``matting_models.data.gca``, before they are placed.

    Raises:
        MissingError: a folder does not exist.
        InputError: the manifest cannot be used or has no rows, or a folder has no pictures.
    """

    def __init__(self, foregrounds: Path, backgrounds: Sequence[Path], gca: bool = False) -> None:
        self.name = str(foregrounds)
        self._root = foregrounds
        self._files = _read_files(foregrounds)
        self._rows = list(range(len(self._files)))
        self._backgrounds = backgrounds_in(backgrounds)
        self._gca = gca

    def __len__(self) -> int:
        return len(self._rows)

    def sample_id(self, row: int) -> str:
        return str(self._root / self._file(row))

    def group(self, row: int) -> str:
        return self._file(row)

    def load(self, row: int, rng: np.random.Generator) -> Sample:
        try:
            subject = self._subject(row, rng)
            shape = (subject.alpha.shape[0], subject.alpha.shape[1])
            path, background = random_background(self._backgrounds, *shape, rng)
            behind, front = self._company(subject, rng)
        except PictureProblem as problem:
            raise BadSample(self.sample_id(row), str(problem)) from None
        if behind is not None:
            background = np.rint(behind.over(background.astype(np.float32))).clip(0, 255).astype(np.uint8)
        image = photograph(subject, background, front, rng)
        sample_id = f"{self.sample_id(row)} on {path}"
        return Sample(sample_id, image, _seen(subject, front), whole=_whole(subject, behind or front))

    def identity(self) -> str:
        names = sorted(self._file(row) for row in range(len(self)))
        return digest_of([*names, *["gca"] * self._gca, "on", *(path.name for path in self._backgrounds)])

    def subset(self, rows: Sequence[int]) -> "ForegroundSource":
        other = object.__new__(ForegroundSource)
        other.name, other._root, other._files = self.name, self._root, self._files
        other._backgrounds, other._gca = self._backgrounds, self._gca
        other._rows = [self._rows[row] for row in rows]
        return other

    def _file(self, row: int) -> str:
        return self._files[self._rows[row]]

    def _subject(self, row: int, rng: np.random.Generator) -> Cutout:
        cutout = self._augmented(row, rng) if self._gca else self._read(row)
        found = int((cutout.alpha > 0.5).sum())
        if found < LEAST:
            raise BadSample(self.sample_id(row), f"it has {found} pixels of foreground, expected at least {LEAST}")
        if rng.random() >= PLACED or cutout.is_cut():
            return cutout
        placed = place(cutout, (cutout.alpha.shape[0], cutout.alpha.shape[1]), SUBJECT, rng)
        return placed if (placed.alpha > 0.5).sum() >= LEAST // 4 else cutout

    def _company(self, subject: Cutout, rng: np.random.Generator) -> tuple[Cutout | None, Cutout | None]:
        """What stands behind the subject, and what before it."""
        chance = rng.random()
        if chance >= BEHIND + IN_FRONT:
            return None, None
        other = self._read(int(rng.integers(len(self))))
        other = place(other, (subject.alpha.shape[0], subject.alpha.shape[1]), OTHER, rng)
        hidden = chance < BEHIND or ((subject.alpha > 0.5) & (other.alpha < 0.5)).sum() < LEFT
        return (other, None) if hidden else (None, other)

    def _augmented(self, row: int, rng: np.random.Generator) -> Cutout:
        subject, other = self._pixels(row), self._pixels(int(rng.integers(len(self))))
        return cutout_of(*augmented(*subject, other, rng))

    def _read(self, row: int) -> Cutout:
        return cutout_of(*self._pixels(row))

    def _pixels(self, row: int) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        """Straight colours and alpha."""
        pixels = read_cutout(below(self._root, self._file(row)))
        return pixels[:, :, :3], pixels[:, :, 3]


def _seen(subject: Cutout, front: Cutout | None) -> NDArray[np.uint8]:
    alpha = subject.alpha if front is None else subject.alpha * (1 - front.alpha)
    seen: NDArray[np.uint8] = np.rint(255 * alpha).astype(np.uint8)
    return seen


def _whole(subject: Cutout, other: Cutout | None) -> Callable[[], NDArray[np.uint8]] | None:
    """Who stands before whom makes no difference to what is covered."""
    if other is None:
        return None
    return lambda: together(np.rint(255 * each.alpha).astype(np.uint8) for each in (subject, other))


def _read_files(folder: Path) -> list[str]:
    if not folder.is_dir():
        raise MissingError(f"foregrounds folder {folder} does not exist")
    parts = sorted((folder / "manifest").glob("part-*.parquet"))
    if not parts:
        raise InputError(
            f"foregrounds folder {folder} has no manifest/part-*.parquet; expected what make foregrounds writes, or "
            "name the folder of its alphas with alphas"
        )
    files = [name for part in parts for name in _read_part(part)]
    if not files:
        raise InputError(f"foregrounds folder {folder} has no foreground in the {len(parts)} parts of its manifest")
    return files


def _read_part(part: Path) -> list[str]:
    try:
        missing = [name for name in COLUMNS if name not in pq.read_schema(part).names]
        if missing:
            raise InputError(f"{part} has no column {missing[0]!r}, expected at least {', '.join(COLUMNS)}")
        files: list[str] = pq.read_table(part, columns=["file"])["file"].cast(pa.string()).to_pylist()
    except pa.ArrowException as error:
        raise InputError(f"{part} is not a manifest part: {str(error).splitlines()[0]}") from None
    return files
