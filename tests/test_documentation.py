"""Commands that a page shows are such as the command lines accept."""

import re
import shlex
from pathlib import Path

import pytest

from matting_models import convert, evaluate
from matting_models.evaluation.benchmarks import BENCHMARKS

PAGE = Path(__file__).parents[1] / "docs" / "reproducing_the_tables.md"


def commands(page: Path) -> list[list[str]]:
    """Words of every command in a page's blocks, without the prompt."""
    blocks = re.findall(r"^```\n(.*?)^```$", page.read_text(), re.MULTILINE | re.DOTALL)
    lines = [line for block in blocks for line in block.replace("\\\n", " ").splitlines()]
    return [shlex.split(line, comments=True) for line in lines]


SHOWN = commands(PAGE)
CONVERTED = [words[3:] for words in SHOWN if words[:3] == ["python", "-m", "matting_models.convert"]]
EVALUATED = [words[3:] for words in SHOWN if words[:3] == ["python", "-m", "matting_models.evaluate"]]


def option(words: list[str], name: str) -> str:
    return words[words.index(name) + 1] if name in words else ""


def test_the_page_shows_nothing_else() -> None:
    assert len(CONVERTED) + len(EVALUATED) == len(SHOWN)
    assert {option(words, "--dataset") for words in EVALUATED} == {
        "aim-500", "p3m-500-np", "refmatte-rw100", "am-2k", "rwp-636", "sim", "him2k", "composition-1k",
    }  # fmt: skip
    made = {option(words, "--out") for words in CONVERTED}
    assert {option(words, "--weights") for words in EVALUATED} <= made


@pytest.mark.parametrize("words", CONVERTED, ids=" ".join)
def test_conversions_are_accepted(
    words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert convert.main(words) == 2
    assert capsys.readouterr().err == f"error: checkpoint {words[1]} does not exist\n"


@pytest.mark.parametrize("words", EVALUATED, ids=" ".join)
def test_evaluations_are_accepted(
    words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    benchmark = BENCHMARKS[option(words, "--dataset")]
    assert option(words, "--protocol") in (benchmark.protocol, "whole-image")
    assert evaluate.main(words) == 2
    assert capsys.readouterr().err == f"error: {option(words, '--root')} is not a folder; expected {benchmark.title}\n"
