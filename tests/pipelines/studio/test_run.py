import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from pipelines.errors import UserError
from pipelines.studio import run
from pipelines.studio.manifest import REJECTS_SCHEMA, SCHEMA, Table
from pipelines.studio.run import make_foregrounds
from tests.pipelines.studio.conftest import MakeStudio, settings

ROOT = Path(__file__).parents[3]


def rows(out: Path) -> dict[int, dict[str, Any]]:
    return Table(out / "manifest", SCHEMA).rows


def reasons(out: Path) -> dict[int, str]:
    return {number: row["reason"] for number, row in Table(out / "rejects", REJECTS_SCHEMA).rows.items()}


def pictures(out: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted((out / "foregrounds").iterdir())}


def test_a_set(tmp_path: Path, fake_python: MakeStudio) -> None:
    told: list[tuple[int, int]] = []
    result = make_foregrounds(settings(tmp_path / "set", fake_python(), 4, workers=2), lambda *n: told.append(n))
    assert (result.made.total(), result.stood, result.failed) == (4, 0, {})
    assert told == [(0, 4), (1, 4), (2, 4), (3, 4), (4, 4)]
    row = rows(tmp_path / "set")[1]
    assert row["file"] == f"foregrounds/{row['kind']}_000000001.png"
    assert (row["width"], row["height"], row["sides_cut"], row["effects"]) == (24, 24, [], [])
    assert json.loads(row["parameters"])["subject"] == {"disc": 8}
    assert (row["cpu_seconds"], row["licence"], row["schema_version"]) == (1.25, "CC0-1.0", 1)
    assert row["sources"] == ["panorama 'city' of Poly Haven (CC0-1.0), from bpy 4.5.15"]
    pixels = np.array(Image.open(tmp_path / "set" / row["file"]))
    assert pixels.shape == (24, 24, 4)
    assert (pixels[..., :3] == pixels[12, 12, :3]).all()  # colours reach beyond the disc
    assert row["coverage"] == pytest.approx(pixels[..., 3].mean() / 255)
    assert not list((tmp_path / "set" / ".work" / "shots").iterdir())


def test_repeated_it_does_nothing_and_grown_it_adds(tmp_path: Path, fake_python: MakeStudio) -> None:
    out, python = tmp_path / "set", fake_python()
    make_foregrounds(settings(out, python, 3))
    before = pictures(out)
    assert make_foregrounds(settings(out, python, 3)).made.total() == 0
    assert make_foregrounds(settings(out, python, 5)).made.total() == 2
    after = pictures(out)
    assert {name: after[name] for name in before} == before
    assert sorted(rows(out)) == [0, 1, 2, 3, 4]


def test_what_is_missing_or_damaged_is_made_again(tmp_path: Path, fake_python: MakeStudio) -> None:
    out, python = tmp_path / "set", fake_python()
    make_foregrounds(settings(out, python, 3))
    before = pictures(out)
    names = list(before)
    (out / "foregrounds" / names[0]).unlink()
    (out / "foregrounds" / names[1]).write_bytes(before[names[1]][:-9])
    assert make_foregrounds(settings(out, python, 3)).made.total() == 2
    assert pictures(out) == before


def test_only_kinds_of_another_version_are_made_again(
    tmp_path: Path, fake_python: MakeStudio, monkeypatch: pytest.MonkeyPatch
) -> None:
    out, python = tmp_path / "set", fake_python()
    make_foregrounds(settings(out, python, 6))
    solids = sum(row["kind"] == "solids" for row in rows(out).values())
    monkeypatch.setattr(run, "VERSIONS", dict(run.VERSIONS) | {"solids": 99})
    again = make_foregrounds(settings(out, python, 6))
    assert again.made == {"solids": solids}
    assert {row["generator_version"] for row in rows(out).values() if row["kind"] == "solids"} == {99}


def test_failures_are_rows_and_end_nothing(tmp_path: Path, fake_python: MakeStudio) -> None:
    out = tmp_path / "set"
    trouble = {1: "fail", 2: "die", 3: "damaged", 4: "empty", 5: "late"}
    result = make_foregrounds(settings(out, fake_python(trouble), 7))
    assert sorted(rows(out)) == [0, 6]
    assert reasons(out) == {1: "failed", 2: "died", 3: "damaged", 4: "empty", 5: "too_long"}
    assert sorted(result.failed) == sorted(row["name"] for row in Table(out / "rejects", REJECTS_SCHEMA).rows.values())
    assert any(why == "died: its process ended with status 1: out of memory" for why in result.failed.values())
    assert "failed: ValueError: no such thing" in result.failed.values()
    better = make_foregrounds(settings(out, fake_python(), 7))
    assert (better.made.total(), reasons(out), sorted(rows(out))) == (5, {}, list(range(7)))


def test_without_the_body_people_are_left_out(tmp_path: Path, fake_python: MakeStudio) -> None:
    out, shares = tmp_path / "set", {"human": 1.0, "wires": 1.0}
    without = fake_python(probe='["3.11.7", "4.5.15", ""]')
    result = make_foregrounds(settings(out, without, 6, shares=shares))
    assert (set(result.made), result.made.total() + result.left_out, result.failed) == ({"wires"}, 6, {})
    assert make_foregrounds(settings(out, fake_python(), 6, shares=shares)).made == {"human": result.left_out}


@pytest.mark.parametrize(
    ("others", "message"),
    [
        ({"seed": 4}, "studio.json: the set there has seed 0, expected 4; take another folder"),
        ({"size": 32}, "studio.json: the set there has size 24, expected 32"),
        ({"shares": {"wires": 1.0}}, "studio.json: the set there has kinds {'solids': 1.0, 'wires': 1.0}, expected"),
    ],
)
def test_another_set_in_the_folder(
    tmp_path: Path, fake_python: MakeStudio, others: dict[str, Any], message: str
) -> None:
    out, python = tmp_path / "set", fake_python()
    make_foregrounds(settings(out, python, 1))
    with pytest.raises(UserError, match=message):
        make_foregrounds(settings(out, python, 1, **others))


def test_a_damaged_note_of_the_set(tmp_path: Path, fake_python: MakeStudio) -> None:
    out = tmp_path / "set"
    out.mkdir()
    (out / "studio.json").write_text("{")
    with pytest.raises(UserError, match="studio.json: cannot be read as JSON"):
        make_foregrounds(settings(out, fake_python(), 1))


@pytest.mark.slow
def test_killed_and_resumed_equals_undisturbed(tmp_path: Path, fake_python: MakeStudio) -> None:
    out, whole = tmp_path / "set", tmp_path / "whole"
    slow = fake_python(seconds=0.15, name="slow")
    kinds = ["--kinds", "solids,wires"]
    command = [
        sys.executable,
        "-m",
        "pipelines.studio",
        "--count",
        "8",
        "--workers",
        "2",
        *kinds,
        "--python",
        str(slow),
    ]
    running = subprocess.Popen([*command, "--out", str(out)], cwd=ROOT, stderr=subprocess.DEVNULL)
    waited = time.monotonic() + 60
    while not list(out.glob("foregrounds/*.png")) and time.monotonic() < waited:
        time.sleep(0.02)
    os.kill(running.pid, signal.SIGKILL)
    running.wait()
    assert 0 < len(list(out.glob("foregrounds/*.png"))) < 8
    for folder in (out, whole):
        subprocess.run([*command, "--out", str(folder)], cwd=ROOT, capture_output=True, check=True)
    assert pictures(out) == pictures(whole)
    assert rows(out) == rows(whole)
