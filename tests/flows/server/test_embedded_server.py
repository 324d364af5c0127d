"""Prefect's temporary server."""

import subprocess
import sys


def test_a_named_server_needs_no_server_of_ours() -> None:
    words = "import flows.coco_matting_flow, sys; print([m for m in sys.modules if m.startswith('prefect.server')])"
    done = subprocess.run([sys.executable, "-c", words], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
