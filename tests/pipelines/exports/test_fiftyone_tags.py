"""Tags in a FiftyOne export become decisions: five mattes, in the order of ``board``."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from pipelines.errors import UserError
from pipelines.exports.fiftyone_tags import Read, read_tags
from pipelines.review.board import Board
from pipelines.review.decisions import Decision, Ledger
from pipelines.reviews import main
from tests.pipelines.review.conftest import board, instance, manifest

__all__ = ["board"]


def tagged(tmp_path: Path, *tags: list[str], **fields: Any) -> Path:
    """An export whose n-th matte has the n-th tags."""
    samples = [
        {"sample_id": f"set-{number}", "machine_alpha_sha256": f"digest-{number}", "review": "undecided", "tags": some}
        | fields
        for number, some in enumerate(tags, 1)
    ]
    (tmp_path / "samples.json").write_text(json.dumps({"samples": samples}))
    return tmp_path


def said(board: Board, number: int) -> list[tuple[str, str, str | None, int | None]]:
    return [(name, word.verdict, word.reason, word.grade) for name, word in board.words(number).items()]


def test_verdicts_reasons_and_grades_are_read_once(board: Board, tmp_path: Path) -> None:
    folder = tagged(
        tmp_path, ["rejected", "mine", "hair lost"], ["grade 2", "accepted"], [], ["accepted", "rejected"], ["rejected"]
    )
    assert read_tags(folder, board, "ann") == Read(written=3, untouched=1, both=["set-4"])
    assert said(board, 0) == [("ann", "rejected", "hair lost", None)]
    assert said(board, 1) == [("ann", "accepted", None, 2)]
    assert said(board, 2) == said(board, 3) == []
    assert said(board, 4) == [("ann", "rejected", None, None)]
    assert read_tags(folder, board, "ann") == Read(written=0, untouched=4, both=["set-4"])


def test_a_verdict_that_was_exported_is_nobodys_new_decision(board: Board, tmp_path: Path) -> None:
    folder = tagged(tmp_path, ["accepted"], ["accepted", "grade 1"], ["rejected"], [], review="accepted")
    board.decide(3, "digest-4", "accepted", "ann")
    assert read_tags(folder, board, "ann") == Read(written=3, untouched=1)
    assert [said(board, number) for number in range(4)] == [
        [],
        [("ann", "accepted", None, 1)],
        [("ann", "rejected", None, None)],
        [],  # the tag of her own is gone: withdrawn
    ]


def test_tags_of_mattes_that_were_replaced_do_not_count(board: Board, tmp_path: Path) -> None:
    folder = tagged(tmp_path, ["rejected"], machine_alpha_sha256="another")
    assert read_tags(folder, board, "ann") == Read(replaced=1)
    folder = tagged(tmp_path, ["rejected"], sample_id="gone")
    assert read_tags(folder, board, "ann") == Read(replaced=1)


@pytest.mark.parametrize(
    "content, sentence",
    [
        (None, "not found; expected a FiftyOneDataset that was exported from FiftyOne"),
        ('{"samples": [{"tags": []}]}', "a sample without sample_id, machine_alpha_sha256, review, tags"),
        ('{"samples": [1]}', "a sample without sample_id"),
        ('{"samples": [{"sample_id": 1, "machine_alpha_sha256": "", "review": "", "tags": []}]}', "a sample without"),
        ('{"images": []}', "no samples in it"),
        ('{"samples": [', "damaged"),
        ("\x00", "damaged"),
    ],
)
def test_what_is_no_export(board: Board, tmp_path: Path, content: str | None, sentence: str) -> None:
    if content is not None:
        (tmp_path / "samples.json").write_text(content)
    with pytest.raises(UserError, match=f"samples.json: .*{sentence}"):
        read_tags(tmp_path, board, "ann")


def test_the_command_says_what_it_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    manifest(tmp_path, [instance(number) for number in range(1, 5)])
    folder = tagged(tmp_path, ["accepted"], [], ["rejected", "accepted"])
    assert main([str(tmp_path), "--fiftyone", str(folder)]) == 2
    assert "say with --reviewer, in 1 to 100 characters, whose decisions the tags are" in capsys.readouterr().err
    assert main([str(tmp_path), "--fiftyone", str(folder), "--reviewer", " ann "]) == 0
    assert capsys.readouterr().out.splitlines()[:4] == [
        f"1 decisions of ann from {folder}, 1 mattes without a new one",
        "1 not used: tagged as accepted and as rejected, set-3 for one",
        "version 1: 3 undecided, 1 accepted, 0 rejected, 0 conflict, 0 outdated",
        "  ann: 1 decided",
    ]


def test_a_word_on_an_earlier_matte_does_not_count(board: Board, tmp_path: Path) -> None:
    Ledger(tmp_path).add(Decision("set-1", "earlier", "accepted", "ann", datetime(2026, 1, 1, tzinfo=UTC)))
    folder = tagged(tmp_path, ["accepted"], review="outdated")
    assert read_tags(folder, Board(tmp_path), "ann").written == 1


def test_what_the_reviewer_said_since_stays(board: Board, tmp_path: Path) -> None:
    board.decide(0, "digest-1", "accepted", "ann")
    earlier, later = ({"$date": f"{year}-01-01T00:00:00.000Z"} for year in (2000, 2100))
    assert read_tags(tagged(tmp_path, ["rejected"], last_modified_at=earlier), board, "ann") == Read(untouched=1)
    assert said(board, 0) == [("ann", "accepted", None, None)]
    assert read_tags(tagged(tmp_path, ["rejected"], last_modified_at=later), board, "ann") == Read(written=1)
