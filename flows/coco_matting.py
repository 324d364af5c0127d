"""The COCO-Matting flow and its command line: ``python -m flows.coco_matting --help``."""

from flows.interrupt import stop_at_once

if __name__ == "__main__":
    stop_at_once()  # before the imports, which take a moment

import sys
from typing import Any

from pydantic_settings import BaseSettings

from flows import command_line, console
from flows.importing import importing
from flows.job import finished, open_output
from flows.workers.pool import workers
from flows.workers.worker import check_models, needs_models
from pipelines.config import CocoMattingConfig
from pipelines.storage.files import mark
from pipelines.storage.lock import locked


class CommandLine(BaseSettings, CocoMattingConfig):
    """From segmentation masks to a dataset of alpha mattes.

    Reads COCO or COCONut annotations, fuses accessories into their human, mattes, judges, and writes alphas, trimaps,
    a Parquet manifest, rejects with reasons, a summary and a report. Stopped at any moment, the same command goes on
    where it was.
    """

    model_config = command_line.settings_for("python -m flows.coco_matting")


def read_command_line(arguments: list[str]) -> CocoMattingConfig:
    """Settings from command line arguments.

    Raises:
        UserError: an argument is unknown, missing or out of range.
        SystemExit: after ``--help``.
    """
    given = command_line.read_arguments(CommandLine, arguments)
    return CocoMattingConfig(**{n: getattr(given, n) for n in CocoMattingConfig.model_fields})


def _standing(config: CocoMattingConfig) -> tuple[dict[str, Any] | None, int]:
    """The summary of a finished output folder that already answers the command, and the number of shards.

    Also finds a user's mistakes before Prefect's server is started, which takes several seconds.
    """
    with locked(config.out):
        size = (mark(config.annotations) or [0])[0]
        with console.byte_progress(size) as on_bytes:
            opened = open_output(config, on_bytes)
        if not opened.plan.jobs:
            return finished(config, opened), opened.shards
    if needs_models(config) and config.runner == "processes":
        with workers(1, 1) as pool:
            pool.insist(check_models, config)
    return None, opened.shards


def main(arguments: list[str] | None = None) -> int:
    """Run the job; returns the exit status: 0 done, 1 some shards failed, 2 a user's mistake, 3 no matte was
    accepted, 130 interrupted."""
    return command_line.perform(arguments, read_command_line, _standing, _run)


def _run(config: CocoMattingConfig, shards: int) -> dict[str, Any]:
    with importing():
        from flows.coco_matting_flow import run  # Prefect takes seconds

    return run(config, shards)


if __name__ == "__main__":
    sys.exit(main())
