"""The RefMatte flow and its command line: ``python -m flows.refmatte --help``."""

from flows.interrupt import stop_at_once

if __name__ == "__main__":
    stop_at_once()  # before the imports, which take a moment

import sys
from typing import Any

from pydantic import ValidationError
from pydantic_settings import BaseSettings

from flows import command_line, console
from flows.composing import open_composition
from flows.importing import importing
from flows.job import finished
from pipelines.refmatte.config import RefMatteConfig
from pipelines.storage.lock import locked


class CommandLine(BaseSettings, RefMatteConfig):
    """Images composed of described entities: a referring matting data set from mattes (RefMatte).

    Puts two or three mattes on a background so that their relations are plainly true, describes each in words that fit
    it alone, and writes images, exact alphas, trimaps, a Parquet manifest with the expressions, rejects with reasons, a
    summary and a report. Stopped at any moment, the same command goes on where it was; with a larger --count it adds
    images.

    Entities come from labelling runs (--manifest), from foregrounds with alpha (--foregrounds), and from public data
    sets in their own layouts; docs/refmatte.md tells which files each needs.
    """

    model_config = command_line.settings_for("python -m flows.refmatte")


def read_command_line(arguments: list[str]) -> RefMatteConfig:
    """Settings from command line arguments.

    Raises:
        UserError: an argument is unknown, missing or out of range.
        SystemExit: after ``--help``.
    """
    given = command_line.read_arguments(CommandLine, arguments)
    try:
        return RefMatteConfig(**{n: getattr(given, n) for n in RefMatteConfig.model_fields})
    except ValidationError as error:
        raise command_line.mistake(error) from None


def _standing(config: RefMatteConfig) -> tuple[dict[str, Any] | None, int]:
    """The summary of a finished output folder that already answers the command, and the number of shards.

    Also finds a user's mistakes before Prefect's server is started, which takes several seconds.
    """
    console.console.print(f"planning {config.count:,} images")
    with locked(config.out):
        opened = open_composition(config)
        if not opened.plan.jobs:
            return finished(config, opened), opened.shards
    return None, opened.shards


def main(arguments: list[str] | None = None) -> int:
    """Run the job; returns the exit status: 0 done, 1 some shards failed, 2 a user's mistake, 3 no matte was
    accepted, 130 interrupted."""
    return command_line.perform(arguments, read_command_line, _standing, _run)


def _run(config: RefMatteConfig, shards: int) -> dict[str, Any]:
    with importing():
        from flows.refmatte_flow import run  # Prefect takes seconds

    return run(config, shards)


if __name__ == "__main__":
    sys.exit(main())
