"""Tags that people gave in FiftyOne, read back as decisions.

Written by ``dataset.export(DIR, dataset_type=fo.types.FiftyOneDataset, export_media=False)`` from a data set that came
from ``python -m flows.export OUT --to fiftyone``.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import ijson

from pipelines.errors import UserError
from pipelines.exports.fiftyone import SAMPLES, SEEN
from pipelines.review.board import Board
from pipelines.review.decisions import Decision, Verdict

_GRADES = {f"grade {grade}": grade for grade in (1, 2, 3)}
_FIELDS = ("sample_id", SEEN, "review", "tags")


@dataclass(slots=True)
class Read:
    """What became of the tags.

    Attributes:
        written: decisions that were written down.
        untouched: mattes whose tags say what was exported, or what the reviewer has said already.
        replaced: tagged mattes in whose place the manifest has others now, or none.
        both: ``sample_id`` of mattes that are tagged as accepted and as rejected.
    """

    written: int = 0
    untouched: int = 0
    replaced: int = 0
    both: list[str] = field(default_factory=list)


def read_tags(folder: Path, board: Board, reviewer: str, on_sample: Callable[[], object] = lambda: None) -> Read:
    """Write down as decisions what the tags of an exported data set say.

    ``accepted`` and ``rejected`` are verdicts; beside them one of ``board.reasons()``, or ``grade 1`` to ``grade 3``,
    count, other tags do not. A verdict that was exported and is still there is nobody's new decision; where it was the
    reviewer's and its tag has gone, it is withdrawn. What the reviewer has said since the sample was last changed
    stays. Read twice, nothing is written the second time.

    Args:
        folder: holds ``samples.json``.
        board: of the output that the data set came from.
        reviewer: whose decisions they are.
        on_sample: called after every matte.

    Raises:
        UserError: there is no such file, it is damaged, or not of such an export.
        OSError: a decision could not be written.
    """
    read = Read()
    reasons = frozenset(board.reasons())
    for sample in _samples(folder / SAMPLES):
        _read_one(sample, board, reviewer, reasons, read)
        on_sample()
    return read


def _samples(path: Path) -> Iterator[dict[str, Any]]:
    found = False
    try:
        with path.open("rb") as file:
            for sample in ijson.items(file, "samples.item"):
                found = True
                if not _fits(sample):
                    raise UserError(f"{path}: a sample without {', '.join(_FIELDS)}; expected an export of ours")
                yield sample
    except (FileNotFoundError, NotADirectoryError):
        raise UserError(f"{path}: not found; expected a FiftyOneDataset that was exported from FiftyOne") from None
    except (ijson.JSONError, UnicodeDecodeError) as error:
        raise UserError(f"{path}: damaged ({error})") from None
    except IsADirectoryError:
        raise UserError(f"{path}: is a folder, expected a file") from None
    if not found:
        raise UserError(f"{path}: no samples in it; expected a FiftyOneDataset that was exported from FiftyOne")


def _fits(sample: object) -> bool:
    if not isinstance(sample, dict) or not all(name in sample for name in _FIELDS):
        return False
    return isinstance(sample["sample_id"], str) and isinstance(sample["tags"], list | None)


def _read_one(sample: dict[str, Any], board: Board, reviewer: str, reasons: frozenset[str], read: Read) -> None:
    tags = [tag for tag in sample["tags"] or () if isinstance(tag, str)]
    if "accepted" in tags and "rejected" in tags:
        read.both.append(str(sample["sample_id"]))
        return
    number = board.catalogue.numbers.get(sample["sample_id"])
    if number is None or board.catalogue.digest(number) != sample[SEEN]:
        read.replaced += 1
        return
    own = board.words(number).get(reviewer)
    if own is not None and own.alpha_sha256 != sample[SEEN]:  # of an earlier matte
        own = None
    changed = _changed(sample)
    if own is not None and changed is not None and changed < own.time:  # said elsewhere since
        read.untouched += 1
        return
    said = _said(tags, reasons, own, str(sample["review"]))
    if said is None:
        read.untouched += 1
        return
    verdict, reason, grade = said
    board.decide(number, sample[SEEN], verdict, reviewer, reason, grade)
    read.written += 1


def _changed(sample: dict[str, Any]) -> datetime | None:
    """When the sample was last changed, where the file says it as FiftyOne does."""
    moment = sample.get("last_modified_at")
    text = moment.get("$date") if isinstance(moment, dict) else None
    try:
        return datetime.fromisoformat(text).astimezone(UTC) if isinstance(text, str) else None
    except ValueError:
        return None


def _said(
    tags: list[str], reasons: frozenset[str], own: Decision | None, exported: str
) -> tuple[Verdict, str | None, int | None] | None:
    """Verdict, reason and grade that the reviewer has not said before; None without."""
    reason = next((tag for tag in tags if tag in reasons), None)
    grade = next((_GRADES[tag] for tag in tags if tag in _GRADES), None)
    if "accepted" in tags:
        said: tuple[Verdict, str | None, int | None] = ("accepted", None, grade)
    elif "rejected" in tags:
        said = ("rejected", reason, None)
    else:
        return ("withdrawn", None, None) if own and exported == own.verdict else None
    if said == (exported, None, None) or (own and said == (own.verdict, own.reason, own.grade)):
        return None
    return said
