"""The COCO-Matting flow and its command line: ``python -m flows.coco_matting --help``."""

import logging
import os
import sys
from typing import Any

# The console belongs to the progress bar and the summary; set these variables to see Prefect's own log.
os.environ.setdefault("PREFECT_LOGGING_LEVEL", "CRITICAL")
os.environ.setdefault("PREFECT_LOGGING_INTERNAL_LEVEL", "CRITICAL")
os.environ.setdefault("PREFECT_SERVER_ANALYTICS_ENABLED", "false")
os.environ.setdefault("PREFECT_CLIENT_METRICS_ENABLED", "false")
os.environ.setdefault("DO_NOT_TRACK", "1")
os.environ.setdefault("PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS", "120")

from pydantic import ValidationError
from pydantic_settings import BaseSettings, CliApp, SettingsConfigDict, SettingsError

from flows import console
from flows.interrupt import stop_at_once
from flows.job import finished, locked, open_output
from flows.worker import check_models, needs_models
from flows.workers import workers
from pipelines.config import CocoMattingConfig
from pipelines.errors import UserError


class CommandLine(BaseSettings, CocoMattingConfig):
    """From segmentation masks to a dataset of alpha mattes.

    Reads COCO or COCONut annotations, fuses accessories into their human, builds adaptive-kernel trimaps, mattes,
    judges, and writes alphas, trimaps, a Parquet manifest, rejects with reasons, a summary and a report. Stopped at
    any moment, the same command goes on where it was.
    """

    model_config = SettingsConfigDict(
        cli_parse_args=True,
        cli_prog_name="python -m flows.coco_matting",
        cli_kebab_case=True,
        cli_hide_none_type=True,
        cli_avoid_json=True,
        cli_implicit_flags=True,
        env_prefix="MASK2MATTE_",
        use_attribute_docstrings=True,
    )


def read_command_line(arguments: list[str]) -> CocoMattingConfig:
    """Settings from command line arguments.

    Raises:
        UserError: an argument is unknown, missing or out of range.
        SystemExit: after ``--help``.
    """
    try:
        given = CliApp.run(CommandLine, cli_args=arguments, cli_exit_on_error=False)
    except ValidationError as error:
        first = error.errors()[0]
        name = "--" + ".".join(str(p).replace("_", "-") for p in first["loc"])
        found = "" if first["type"] == "missing" else f", got {first['input']!r}"
        raise UserError(f"{name}: {first['msg']}{found}") from None
    except SettingsError as error:
        raise UserError(str(error)) from None
    return CocoMattingConfig(**{n: getattr(given, n) for n in CocoMattingConfig.model_fields})


def _standing(config: CocoMattingConfig) -> dict[str, Any] | None:
    """The summary of a finished output folder that already answers the command.

    Also finds a user's mistakes before Prefect's server is started, which takes several seconds.
    """
    with locked(config.out):
        size = config.annotations.stat().st_size if config.annotations.is_file() else 0
        with console.byte_progress(size) as on_bytes:
            opened = open_output(config, on_bytes)
        if not opened.plan.jobs:
            return finished(config)
    if needs_models(config):
        with workers(1, 1) as pool:
            pool.call(check_models, config)
    return None


def main(arguments: list[str] | None = None) -> int:
    """Run the job; returns the exit status: 0 done, 1 some shards failed, 2 a user's mistake, 130 interrupted."""
    try:
        config = read_command_line(sys.argv[1:] if arguments is None else arguments)
        summary = _standing(config)
        if summary is not None:
            console.console.print("nothing to do: all shards are done and nothing has changed")
            console.show_summary(summary, config.out, None, 0)
            return 0
        from flows.coco_matting_flow import run

        result = run(config)
        console.show_summary(result["summary"], config.out, result["seconds"], result["labelled"])
    except UserError as error:
        return console.fail(str(error))
    logging.disable(logging.CRITICAL)
    return 0


if __name__ == "__main__":
    stop_at_once()
    sys.exit(main())
