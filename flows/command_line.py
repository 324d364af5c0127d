"""What the labelling jobs' command lines share."""

import logging
import os
import sys
from collections.abc import Callable
from typing import Any, TypeVar

# The console belongs to the progress bar and the summary; set these variables to see Prefect's own log.
os.environ.setdefault("PREFECT_LOGGING_LEVEL", "CRITICAL")
os.environ.setdefault("PREFECT_LOGGING_ROOT_LEVEL", "CRITICAL")  # some of Prefect's loggers are named after classes
os.environ.setdefault("PREFECT_LOGGING_INTERNAL_LEVEL", "CRITICAL")
os.environ.setdefault("PREFECT_SERVER_ANALYTICS_ENABLED", "false")
os.environ.setdefault("PREFECT_CLIENT_METRICS_ENABLED", "false")
os.environ.setdefault("DO_NOT_TRACK", "1")

from pydantic import ValidationError
from pydantic_settings import BaseSettings, CliApp, SettingsConfigDict, SettingsError

from flows import console
from flows.hints import nothing_accepted
from pipelines.config import JobConfig
from pipelines.errors import UserError

S = TypeVar("S", bound=BaseSettings)
C = TypeVar("C", bound=JobConfig)


def settings_for(program: str) -> SettingsConfigDict:
    """How a job's settings are read from the command line."""
    return SettingsConfigDict(
        cli_parse_args=True,
        cli_prog_name=program,
        cli_kebab_case=True,
        cli_hide_none_type=True,
        cli_avoid_json=True,
        cli_implicit_flags=True,
        env_prefix="MASK2MATTE_",
        use_attribute_docstrings=True,
    )


def read_arguments(form: type[S], arguments: list[str]) -> S:
    """Arguments checked against a form.

    Raises:
        UserError: an argument is unknown, missing or out of range.
        SystemExit: after ``--help``.
    """
    try:
        return CliApp.run(form, cli_args=arguments, cli_exit_on_error=False)
    except ValidationError as error:
        raise mistake(error) from None
    except SettingsError as error:
        raise UserError(str(error)) from None


def mistake(error: ValidationError) -> UserError:
    """The first mistake of a settings tree as one sentence."""
    first = error.errors()[0]
    if isinstance(first["input"], dict) and first["type"] == "value_error":  # settings that do not go together
        group = "".join(f"{part}: ".replace("_", "-") for part in first["loc"][:1])
        return UserError(group + first["msg"].removeprefix("Value error, "))
    name = "--" + ".".join(str(p).replace("_", "-") for p in first["loc"])
    found = "" if first["type"] == "missing" else f", got {first['input']!r}"
    return UserError(f"{name}: {first['msg']}{found}")


NOTHING = 3
"""Exit status of a run that made no matte and was not stopped by a mistake."""


def perform(
    arguments: list[str] | None,
    read: Callable[[list[str]], C],
    standing: Callable[[C], tuple[dict[str, Any] | None, int]],
    run: Callable[[C, int], dict[str, Any]],
) -> int:
    """Do what a job's command line asks for.

    Args:
        arguments: of the command line; None for this process's.
        read: settings from arguments.
        standing: the summary of an output that already answers, else None, and the number of shards.
        run: the job, with the number of shards.

    Returns:
        Exit status: 0 done, 1 some shards failed, 2 a user's mistake, 3 no matte was accepted, 130 interrupted.
    """
    try:
        config = read(sys.argv[1:] if arguments is None else arguments).for_workers()
        summary, shards = standing(config)
        return answer(config, summary, lambda: run(config, shards))
    except UserError as error:
        return console.fail(str(error))


def answer(config: JobConfig, standing: dict[str, Any] | None, run: Callable[[], dict[str, Any]]) -> int:
    """Show the summary that stands, or run the job and show what it made.

    Returns:
        Exit status: 0, or 3 where no matte was accepted.

    Raises:
        UserError: as the job.
    """
    if standing is not None:
        console.console.print("nothing to do: all shards are done and nothing has changed")
        console.show_summary(standing, config.out, None, 0)
        return _status(standing, config)
    console.console.print(f"labelling into {config.out}: server and workers start", markup=False, soft_wrap=True)
    try:
        result = run()
        console.show_summary(result["summary"], config.out, result["seconds"], result["labelled"])
        return _status(result["summary"], config)
    finally:  # what Prefect says while the interpreter ends, the last events under way, is no news for the console
        logging.disable(logging.CRITICAL)


def _status(summary: dict[str, Any], config: JobConfig) -> int:
    if summary["counts"].get("accepted", 0):
        return 0
    for sentence in nothing_accepted(summary, config.out, config.photos()):
        console.console.print(sentence, markup=False, soft_wrap=True)
    return NOTHING
