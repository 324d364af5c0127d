from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from pipelines.errors import UserError
from pipelines.review.decisions import Decision, Ledger, decision_files, encode, read_all
from pipelines.review.mended import keep_mended
from pipelines.review.mirroring import mirror_reviews

from .conftest import instance


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """An output with a mended matte."""
    pixels = np.zeros((20, 20), np.uint8)
    mended = keep_mended(tmp_path / "out", instance(1), pixels, pixels)
    now = datetime.now(UTC)
    Ledger(tmp_path / "out").add(Decision("set-1", "digest-1", "accepted", "ann", now, mended=mended))
    return tmp_path / "out"


def test_decisions_and_what_was_mended_are_copied(out: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    mirror_reviews(out, copy)
    (decision,) = read_all(copy)
    assert decision.mended is not None
    for name in (decision.mended.alpha_path, decision.mended.trimap_path):
        assert (copy / name).read_bytes() == (out / name).read_bytes()
        (out / name).unlink()
    mirror_reviews(out, copy)  # what is there is not fetched again
    assert list(read_all(copy)) == [decision]


def test_what_was_decided_on_the_copy_stays(out: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    mirror_reviews(out, copy)
    (decision,) = read_all(copy)
    Ledger(copy).add(decision)
    mirror_reviews(out, copy)
    assert len(decision_files(copy)) == 2 and list(read_all(copy)) == [decision] * 2


def test_nothing_to_copy(tmp_path: Path) -> None:
    mirror_reviews(tmp_path / "out", tmp_path / "copy")
    assert list(read_all(tmp_path / "copy")) == []


def test_what_is_not_whole_is_said(out: Path, tmp_path: Path) -> None:
    (decision,) = read_all(out)
    assert decision.mended is not None
    alpha = out / decision.mended.alpha_path
    alpha.write_bytes(b"x")
    with pytest.raises(UserError, match="is not what was mended"):
        mirror_reviews(out, tmp_path / "a")
    assert decision_files(tmp_path / "a") == []  # no decision without what it names
    alpha.unlink()
    with pytest.raises(UserError, match="is missing, though a decision names it"):
        mirror_reviews(out, tmp_path / "b")
    path = decision_files(out)[0]
    outside = replace(decision, mended=replace(decision.mended, alpha_path="../alpha.png"))
    path.write_bytes(encode([outside]))
    with pytest.raises(UserError, match="'../alpha.png' does not name a file inside"):
        mirror_reviews(out, tmp_path / "b")
    path.write_bytes(b"x")
    with pytest.raises(UserError, match="damaged, its decisions are not known"):
        mirror_reviews(out, tmp_path / "c")
