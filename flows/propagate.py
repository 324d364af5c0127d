"""The propagation flow and its command line: ``python -m flows.propagate --help``."""

from flows.interrupt import stop_at_once

if __name__ == "__main__":
    stop_at_once()  # before the imports, which take a moment

import sys
import tomllib
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_settings import BaseSettings, CliSuppress

from flows import command_line
from flows.importing import importing
from flows.job import finished, open_targets
from flows.workers.pool import workers
from flows.workers.propagation_worker import prepare_references
from pipelines.errors import UserError
from pipelines.propagation.config import Mark, PropagationConfig
from pipelines.storage.lock import locked


class CommandLine(BaseSettings, PropagationConfig):
    """One marked image, mattes of that object in a whole folder (in-context matting).

    Finds the object of the reference in every picture of a folder, segments and mattes it, judges, and writes alphas,
    trimaps, a Parquet manifest, rejects with reasons, a summary and a report. Stopped at any moment, the same command
    goes on where it was; pictures that arrive in the folder are all that it then does.

    The defaults need no weights and are for near views of the same object: other places, moderate turns, sizes and
    light. For other objects of the same kind take --features dinov2 --segmenter sam2.
    """

    model_config = command_line.settings_for("python -m flows.propagate")

    targets: Path
    """Folder of the targets, searched with its subfolders."""
    reference: Path | None = None
    """The picture on which the object is marked."""
    points: str | None = None
    """Where it is: "x,y x,y:- ..." in pixels of the reference, from 0,0; with :- a point beside the object."""
    box: str | None = None
    """Or a box around it: x,y,width,height."""
    mask: Path | None = None
    """Or its mask: a picture of the reference's size, white where the object is. The surest of the three."""
    references: Path | None = None
    """Several references of the same object, in the place of --reference: a TOML file with a [[reference]] for each,
    with image and points, box or mask; paths relative to the file."""
    # Given by --reference or --references, and by --targets.
    marks: CliSuppress[tuple[Mark, ...]] = ()
    images: CliSuppress[Path] = Path()


def read_command_line(arguments: list[str]) -> PropagationConfig:
    """Settings from command line arguments.

    Raises:
        UserError: an argument is unknown, missing or out of range.
        SystemExit: after ``--help``.
    """
    given = command_line.read_arguments(CommandLine, arguments)
    rest = {n: getattr(given, n) for n in PropagationConfig.model_fields if n not in ("marks", "images")}
    try:
        return PropagationConfig(**rest, images=given.targets, marks=_marks(given))
    except ValidationError as error:
        raise command_line.mistake(error) from None


def _marks(given: CommandLine) -> tuple[Mark, ...]:
    if (given.reference is None) == (given.references is None):
        raise UserError("give either --reference or --references: the picture, or a TOML file of several")
    if given.reference is not None:
        return (Mark(image=given.reference, points=given.points, box=given.box, mask=given.mask),)
    assert given.references is not None
    if given.points or given.box or given.mask:
        raise UserError("--points, --box and --mask go with --reference; with --references they stand in the file")
    return read_references(given.references)


def read_references(path: Path) -> tuple[Mark, ...]:
    """Several references from a TOML file.

    Raises:
        UserError: the file cannot be read, or is not as described.
    """
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror}), expected a TOML file") from None
    except ValueError as error:
        raise UserError(f"{path}: not TOML: {error}") from None
    entries = content.get("reference")
    if set(content) != {"reference"} or not isinstance(entries, list) or not entries:
        raise UserError(f"{path}: has {', '.join(content) or 'nothing'}, expected [[reference]] tables alone")
    return tuple(_entry(path, number, entry) for number, entry in enumerate(entries, 1))


def _entry(path: Path, number: int, entry: Any) -> Mark:
    try:
        mark = Mark.model_validate(entry)
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(map(str, first["loc"]))
        raise UserError(f"{path}: reference {number}: {name}: {first['msg']}") from None
    here = path.parent
    return mark.model_copy(update={"image": here / mark.image, "mask": here / mark.mask if mark.mask else None})


def _standing(config: PropagationConfig) -> tuple[dict[str, Any] | None, int]:
    """The summary of a finished output folder that already answers the command, and the number of shards.

    Also finds a user's mistakes before Prefect's server is started, which takes several seconds.
    """
    with locked(config.out):
        opened = open_targets(config)
        if not opened.plan.jobs and (summary := finished(config, opened)) is not None:
            return summary, opened.shards
        if config.runner == "processes":
            with workers(1, 1) as pool:
                pool.insist(prepare_references, config)
    return None, opened.shards


def main(arguments: list[str] | None = None) -> int:
    """Run the job; returns the exit status: 0 done, 1 some shards failed, 2 a user's mistake, 3 no matte was
    accepted, 130 interrupted."""
    return command_line.perform(arguments, read_command_line, _standing, _run)


def _run(config: PropagationConfig, shards: int) -> dict[str, Any]:
    with importing():
        from flows.propagation_flow import run  # Prefect takes seconds

    return run(config, shards)


if __name__ == "__main__":
    sys.exit(main())
