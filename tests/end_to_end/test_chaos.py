"""25 runs, each killed, stopped or robbed of its disk at a random moment, and resumed: the output is as if nothing was.

CHAOS_SEED and CHAOS_RUNS in the environment choose other campaigns; ``tests/end_to_end/chaos.py`` is what they are.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.end_to_end.chaos import FAULTS, ROOT
from tests.end_to_end.disks import namespace

SEED = os.environ.get("CHAOS_SEED", "1")
RUNS = int(os.environ.get("CHAOS_RUNS", "25"))


@pytest.mark.slow
def test_runs_disturbed_at_random_moments_and_resumed(tmp_path: Path) -> None:
    inside = namespace()
    words = [sys.executable, "-m", "tests.end_to_end.chaos", "--folder", str(tmp_path / "chaos"), "--seed", SEED]
    words += ["--runs", str(RUNS), *(["--no-mounts"] if inside is None else [])]
    done = subprocess.run([*(inside or []), *words], cwd=ROOT, capture_output=True, text=True, check=False)
    said = f"seed {SEED}\n{done.stdout}{done.stderr}"
    assert done.returncode == 0, said
    assert f"\n{RUNS} runs disturbed, seed {SEED}" in done.stdout, said
    for fault in FAULTS[:RUNS]:
        assert re.search(rf"^{fault} +\d", done.stdout, re.MULTILINE), said


def test_disks_of_its_own() -> None:
    if namespace() is None:
        pytest.skip("no mounts here: a limit on file sizes played the full disk, and with folders' permissions the "
                    "read-only one")  # fmt: skip
