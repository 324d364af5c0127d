from pathlib import Path

import pytest

from pipelines.studio import __main__ as command_line
from pipelines.studio.kinds import SHARES
from tests.pipelines.studio.conftest import MakeStudio


def test_defaults() -> None:
    given = command_line.read_command_line(["--out", "set", "--count", "5"])
    assert (given.out, given.count, given.seed, dict(given.shares)) == (Path("set"), 5, 0, dict(SHARES))
    assert given.python == Path(".studio/bin/python")
    assert given.size == 512


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--count", "0"], "error: --count: 0, expected 1 to 1000000"),
        (["--count", "5", "--workers", "0"], "error: --workers: 0, expected 1 to 512"),
        (["--count", "5", "--seed", "-1"], "error: --seed: -1, expected 0 to 2147483648"),
        (["--count", "5", "--kinds", "cats"], "error: kinds: 'cats' is none"),
        (["--count", "5", "--python", "nowhere"], "error: nowhere: cannot run Blender"),
    ],
)
def test_mistakes(tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], message: str) -> None:
    assert command_line.main(["--out", str(tmp_path / "set"), *arguments]) == 2
    assert message in capsys.readouterr().err


def test_what_is_said(tmp_path: Path, fake_python: MakeStudio, capsys: pytest.CaptureFixture[str]) -> None:
    python = fake_python({1: "fail"}, probe='["3.11.7", "4.5.15", ""]')
    kinds = "human,solids=3"
    arguments = ["--out", str(tmp_path), "--count", "6", "--kinds", kinds, "--workers", "1", "--python", str(python)]
    assert command_line.main(arguments) == 0
    said = capsys.readouterr().out
    assert "made,   1.2 s of processor each" in said
    assert f"of 6 foregrounds in {tmp_path / 'foregrounds'}" in said
    assert said.count("people are left out: the package anny") == 1
