"""``python -m flows.review`` as a person runs it."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from flows.review.__main__ import main
from pipelines.config import CocoMattingConfig


def start(out: Path, *more: str) -> "tuple[subprocess.Popen[str], str]":
    """A server, and the address it printed."""
    words = [sys.executable, "-m", "flows.review", str(out), "--reviewer", "ann", *more]
    server = subprocess.Popen(words, stderr=subprocess.PIPE, text=True)
    assert server.stderr is not None
    said = ""
    for line in server.stderr:
        said += line
        if found := re.search(r"open (http://\S+)", line):
            return server, found[1]
    raise AssertionError(said)


def test_it_serves_until_it_is_interrupted_and_two_may_share_an_output(labelled: CocoMattingConfig) -> None:
    first, address = start(labelled.out)
    second, another = start(labelled.out)
    try:
        assert address.startswith("http://127.0.0.1:") and address.split("?")[0] != another.split("?")[0]
        opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
        assert b"Mask2Matte review" in opener.open(address).read()
        with pytest.raises(urllib.error.HTTPError, match="403"):
            urllib.request.urlopen(another + "x")
        first.send_signal(signal.SIGINT)
        assert first.wait(60) == 0
        assert first.stderr is not None
        rest = first.stderr.read()
        assert rest.splitlines()[-1] == f"decisions  {labelled.out}/reviews" and "Traceback" not in rest
    finally:
        for server in (first, second):
            server.kill()
            server.wait()


def mistake(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main(list(arguments)) == 2
    said = capsys.readouterr().err.strip().splitlines()[-1]
    assert said.startswith("error: ")
    return said.removeprefix("error: ")


def test_a_taken_port_is_said(labelled: CocoMattingConfig, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        said = mistake(capsys, str(labelled.out), "--port", str(port))
    assert said == f"127.0.0.1:{port}: cannot listen (another program listens there); give another --port"


@pytest.mark.parametrize("port", ["70000", "-1"])
def test_no_port_is_said(labelled: CocoMattingConfig, capsys: pytest.CaptureFixture[str], port: str) -> None:
    assert mistake(capsys, str(labelled.out), "--port", port).endswith("give another --port")


def test_no_manifest_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = mistake(capsys, str(tmp_path))
    assert said == f"{tmp_path}: no version of the manifest yet; no run has finished there"


def test_photos_that_nobody_knows_are_asked_for(
    labelled: CocoMattingConfig, capsys: pytest.CaptureFixture[str]
) -> None:
    (labelled.out / ".work" / "images").unlink()
    assert mistake(capsys, str(labelled.out)).endswith("where its photos are is not noted there; give --images")
    said = mistake(capsys, str(labelled.out), "--images", str(labelled.out / "no"))
    assert said == f"{labelled.out}/no: image folder not found; give --images if it has moved"


@pytest.mark.parametrize(
    "more, sentence",
    [
        (
            ["--backend", "magic"],
            "--backend magic: unknown, expected one of closed-form, diffmatte, mask-to-matte, net-m, vitmatte",
        ),
        (["--backend", "vitmatte", "--weights", "/no"], "/no"),
        (
            ["--weights", "w"],
            "--weights w: mask-to-matte mattes a mended trimap by the closed form",
        ),
    ],
)
def test_a_bad_backend_is_said(
    labelled: CocoMattingConfig, capsys: pytest.CaptureFixture[str], more: list[str], sentence: str
) -> None:
    assert sentence in mistake(capsys, str(labelled.out), *more)


def test_another_releases_manifest_is_said(labelled: CocoMattingConfig, capsys: pytest.CaptureFixture[str]) -> None:
    part = next((labelled.out / "manifest").glob("*.parquet"))
    table = pq.read_table(part)
    pq.write_table(table.replace_schema_metadata({"schema_version": "99"}), part)
    assert "manifest schema version 99" in mistake(capsys, str(labelled.out))


def test_a_damaged_manifest_is_said(labelled: CocoMattingConfig, capsys: pytest.CaptureFixture[str]) -> None:
    next((labelled.out / "manifest").glob("*.parquet")).write_bytes(b"not a table")
    assert "the manifest is damaged" in mistake(capsys, str(labelled.out))


def test_another_run_that_cannot_be_read_is_said(
    labelled: CocoMattingConfig, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = tmp_path / "other"
    shutil.copytree(labelled.out, other, symlinks=True)
    next((other / "manifest").glob("*.parquet")).write_bytes(b"not a table")
    assert mistake(capsys, str(labelled.out), "--other", str(other)).startswith(f"{other}: the manifest is damaged (")


def test_help_says_what_happens(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])
    said = capsys.readouterr().out
    assert "Decisions are written to" in said and os.environ.get("HOME", "//") not in said
