"""What the labelling jobs' command lines share."""

import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from flows.command_line import answer
from pipelines.config import CocoMattingConfig
from pipelines.errors import UserError


@pytest.fixture
def log() -> Iterator[logging.Logger]:
    yield logging.getLogger("somebody")
    logging.disable(logging.NOTSET)


def test_prefects_loggers_without_its_name_are_off_too() -> None:
    words = "import flows.command_line, flows.coco_matting_flow, logging; from prefect.logging.configuration import "
    words += "setup_logging; setup_logging(); print(logging.getLogger('EventsWorker').isEnabledFor(logging.ERROR))"
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
    done = subprocess.run([sys.executable, "-c", words], env=kept, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_nobody_logs_after_a_mistake(log: logging.Logger, tmp_path: Path) -> None:
    def run() -> dict[str, Any]:
        assert log.isEnabledFor(logging.CRITICAL)
        raise UserError("the disk is full")

    config = CocoMattingConfig(annotations=tmp_path / "a.json", images=tmp_path, out=tmp_path / "out")
    with pytest.raises(UserError):
        answer(config, None, run)
    assert not log.isEnabledFor(logging.CRITICAL)
