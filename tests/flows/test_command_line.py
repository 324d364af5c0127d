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
from pipelines.config import CocoMattingConfig, MattingConfig
from pipelines.errors import UserError
from tests.conftest import Dataset, label, square


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


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"iscrowd": 1}, ["2 of 2 were rejected as crowd", "--fusion.crowds single takes"]),
        ({"segmentation": square(1, 1, 9)}, ["rejected as too_small", "--quality.min-area says"]),
        ({"segmentation": [[1, 2, 3, 4]]}, ["rejected as mask_degenerate", "none of 1 polygons has 3 points"]),
    ],
)
def test_a_run_without_a_matte_says_why(
    dataset: Dataset, fields: dict[str, Any], said: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    for image in (1, 2):
        dataset.person(image, **fields)
    config = dataset.config()
    assert answer(config, label(config), dict) == 3
    console = capsys.readouterr().err
    assert "for example annotation 1 of 000000000001.png: " in console
    assert all(sentence in console for sentence in said)


def test_a_run_with_a_matte_is_done(dataset: Dataset) -> None:
    dataset.person(1)
    dataset.person(2, iscrowd=1)
    config = dataset.config(matting=MattingConfig(backend="closed-form"))
    assert answer(config, label(config), dict) == 0
