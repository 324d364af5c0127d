from pathlib import Path

import pytest

from pipelines.review.board import Board
from pipelines.reviews import main
from tests.conftest import Dataset, label
from tests.pipelines.review.conftest import instance, manifest


@pytest.fixture
def out(tmp_path: Path) -> Path:
    manifest(tmp_path, [instance(n, mask_iou=n / 10) for n in range(1, 11)])
    return tmp_path


def test_before_anybody_looked(out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(out)]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "version 1: 10 undecided, 0 accepted, 0 rejected, 0 conflict, 0 outdated",
        f"nothing is decided yet: make review OUT={out}",
    ]


def test_reviewers_and_gates(out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    board = Board(out)
    for number in range(10):
        board.decide(number, board.catalogue.digest(number), "accepted" if number > 2 else "rejected", "ann")
    board.decide(9, board.catalogue.digest(9), "rejected", "bob")
    assert main([str(out)]) == 0
    said = capsys.readouterr().out
    assert (
        "version 1: 0 undecided, 6 accepted, 3 rejected, 1 conflict, 0 outdated\n  ann: 10 decided\n  bob: 1 decided"
        in said
    )
    assert "agreement of ann and bob: 0 of 1, Cohen's kappa 0.00" in said
    table = said[said.index("mask_iou, at least (quality.min-mask-iou)") :].splitlines()
    assert [line.split() for line in table[1:3]] == [["0.1", "9", "66.7%", "100.0%"], ["0.2", "8", "75.0%", "100.0%"]]
    assert "sam_iou" not in said


def test_no_run_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path)]) == 2
    assert capsys.readouterr().err.startswith("error: ")


def test_the_report_shows_verdicts_when_asked(dataset: Dataset) -> None:
    for image in (1, 2):
        dataset.person(image)
    config = dataset.config(matting={"backend": "closed-form"})
    label(config, report=True)
    page = config.out / "report" / "index.html"
    without = page.read_text()
    board = Board(config.out)
    board.decide(0, board.catalogue.digest(0), "rejected", "<b>ann</b>", "hair lost")
    assert main([str(config.out), "--report"]) == 0
    assert "rejected; &lt;b&gt;ann&lt;/b&gt;: rejected, hair lost" in page.read_text() and "verdict" not in without
    opened = label(config.model_copy(update={"images_per_shard": 1}), report=True)
    assert opened["counts"]["accepted"] == 2 and page.read_text() == without
