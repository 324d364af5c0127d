"""What people decided about an output's mattes: how far they are, how far they agree, and what thresholds would do.

Command line: ``python -m pipelines.reviews OUT``. With ``--report`` the report is written anew, with people's verdicts
on its cards; the next run that makes something writes it without them. Nothing else is changed.
"""

import argparse
import sys
from pathlib import Path

import numpy as np
import orjson
from tqdm import tqdm

from pipelines.config import ReportConfig
from pipelines.errors import UserError
from pipelines.exports.fiftyone_tags import read_tags
from pipelines.report import write_report
from pipelines.review.agreement import Threshold, agreement, thresholds
from pipelines.review.board import Board
from pipelines.review.decisions import Decision
from pipelines.storage.files import read_whole
from pipelines.storage.image_folder import image_folder
from pipelines.storage.lock import disk_errors, locked
from pipelines.storage.stores import place_argument
from pipelines.storage.versions import folder_of

GATES = {
    "mask_iou": ("quality.min-mask-iou", True),
    "unknown_fraction": ("quality.max-unknown-fraction", False),
    "mask_area": ("quality.min-area", True),
    "sam_iou": ("quality.min-sam-iou", True),
    "soft_fraction": ("no gate", False),
    "doubt": ("no gate", False),
}
"""Scores, the setting that is their threshold, and whether it is the least."""


_FIFTYONE = """read decisions from the tags accepted and rejected of a data set that FiftyOne exported to DIR, after
python -m flows.export OUT --to fiftyone; a reason or grade 1, 2, 3 may be a tag too"""


def main(arguments: list[str] | None = None) -> int:
    """Print it; returns the exit status."""
    parser = argparse.ArgumentParser("python -m pipelines.reviews", description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("out", type=place_argument, help="output folder of a labelling or propagation run, or its URL")
    parser.add_argument("--report", action="store_true", help="write the report anew, with the verdicts")
    parser.add_argument("--fiftyone", type=Path, metavar="DIR", help=_FIFTYONE)
    parser.add_argument("--reviewer", help="whose decisions the tags are")
    parser.add_argument("--images", type=place_argument, help="folder of the photos (default: that of the last run)")
    given = parser.parse_args(arguments)
    try:
        if given.reviewer and not given.fiftyone:
            raise UserError("--reviewer says whose the tags of --fiftyone are; give that too")
        with disk_errors(given.out):
            if given.fiftyone:
                print(_from_fiftyone(given.out, given.fiftyone, given.reviewer))
            print("\n".join(describe(given.out)))
            if given.report:
                print(f"report  {report(given.out, given.images)}")
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


def _from_fiftyone(out: Path, folder: Path, reviewer: str | None) -> str:
    name = " ".join((reviewer or "").split())
    if not name or len(name) > 100:
        raise UserError("--fiftyone: say with --reviewer, in 1 to 100 characters, whose decisions the tags are")
    board = Board(out)
    with tqdm(total=len(board.catalogue), unit="matte", file=sys.stderr) as bar:
        read = read_tags(folder, board, name, bar.update)
    said = [f"{read.written:,} decisions of {name} from {folder}, {read.untouched:,} mattes without a new one"]
    if read.replaced:
        said.append(f"{read.replaced:,} not used: another matte has taken the place of the one that was exported")
    if read.both:
        said.append(f"{len(read.both):,} not used: tagged as accepted and as rejected, {read.both[0]} for one")
    return "\n".join(said)


def describe(out: Path) -> list[str]:
    """The lines that the command prints.

    Raises:
        UserError: no run has finished there, or its manifest cannot be read.
    """
    board = Board(out)
    lines = [f"warning: {problem}" for problem in board.ledger.problems]
    counts = board.counts()
    lines += [
        f"version {board.catalogue.version}: " + ", ".join(f"{count:,} {state}" for state, count in counts.items())
    ]
    lines += [f"  {name}: {count:,} decided" for name, count in board.reviewers().items()]
    if not counts["accepted"] + counts["rejected"] + counts["conflict"]:
        return [*lines, f"nothing is decided yet: make review OUT={out}"]
    valid = {number: _valid(board, number) for number in _decided(board)}
    for pair in agreement(valid.values()):
        kappa = "-" if pair.kappa is None else f"{pair.kappa:.2f}"
        names = " and ".join(pair.reviewers)
        lines.append(f"agreement of {names}: {pair.equal:,} of {pair.both:,}, Cohen's kappa {kappa}")
    agreed = [number for number in valid if board.state(number) in ("accepted", "rejected")]
    accepted = np.array([board.state(number) == "accepted" for number in agreed], bool)
    for name, (setting, at_least) in GATES.items():
        found = thresholds(board.catalogue.scores[name][agreed], accepted, at_least)
        if found:
            lines += ["", *_table(name, setting, at_least, found)]
    return lines


def report(out: Path, images: Path | None) -> Path:
    """Write the report with verdicts; returns its path.

    Raises:
        UserError: where the photos are is not known, or there is no summary.
    """
    board = Board(out)
    try:
        summary = orjson.loads(read_whole(out / "summary.json"))
    except (FileNotFoundError, ValueError):
        raise UserError(f"{out}/summary.json: missing or damaged; run the job on it once more") from None
    rows = folder_of(out, board.catalogue.version)
    said = {board.catalogue.sample(number): _said(board, number) for number in _decided(board)}
    with locked(out):
        return write_report(out, image_folder(out, images), ReportConfig(), summary, rows=rows, verdicts=said)


def _said(board: Board, number: int) -> str:
    words = []
    for name, word in board.words(number).items():
        grade = f"grade {word.grade}" if word.grade else ""
        words.append(f"{name}: {', '.join(filter(None, (word.verdict, grade, word.reason or '')))}")
    mended = ["mended"] if board.standing(number).mended else []
    return "; ".join([board.state(number), *mended, *words])


def _decided(board: Board) -> list[int]:
    found = (board.catalogue.numbers.get(decision.sample_id) for decision in board.ledger)
    return sorted({number for number in found if number is not None})


def _valid(board: Board, number: int) -> dict[str, Decision]:
    digest = board.catalogue.digest(number)
    return {name: word for name, word in board.words(number).items() if word.alpha_sha256 == digest}


def _table(name: str, setting: str, at_least: bool, found: list[Threshold]) -> list[str]:
    head = f"{name}, {'at least' if at_least else 'at most'} ({setting})"
    rows = [f"{head:58} {'kept':>7} {'accepted of the kept':>21} {'accepted kept':>14}"]
    for threshold in found:
        share = [f"{value:.1%}" if value is not None else "-" for value in (threshold.precision, threshold.recall)]
        rows.append(f"  {threshold.value:<56.4g} {threshold.kept:7,} {share[0]:>21} {share[1]:>14}")
    return rows


if __name__ == "__main__":
    sys.exit(main())
