"""Versions of the manifest of an output folder: list them, or make one current.

Command line: ``python -m pipelines.versions OUT`` lists them, ``--use N`` rolls back or forth. What a version is stands
in ``pipelines.storage.versions``.
"""

import argparse
import sys
from pathlib import Path

from pipelines.errors import UserError
from pipelines.storage.current import current, use
from pipelines.storage.lock import disk_errors, locked
from pipelines.storage.manifest import KINDS
from pipelines.storage.stores import place_argument
from pipelines.storage.versions import committed, folder_of, read_version


def main(arguments: list[str] | None = None) -> int:
    """List the versions of an output folder, or make one current; returns the exit status."""
    parser = argparse.ArgumentParser("python -m pipelines.versions", description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("out", type=place_argument, help="output folder of a labelling or propagation run, or its URL")
    parser.add_argument("--use", type=int, metavar="N", help="make version N current until a run makes a new one")
    given = parser.parse_args(arguments)
    try:
        with disk_errors(given.out):
            return _answer(given.out, given.use)
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2


def _answer(out: Path, version: int | None) -> int:
    if version is not None:
        read_version(out, version)  # asking for what is not there makes no folder
        with locked(out):
            use(out, version)
    _show(out)
    return 0


def _show(out: Path) -> None:
    numbers, now = committed(out), current(out)
    if not numbers:
        raise UserError(f"{out}: no version of the manifest yet; no run has finished there")
    for number in numbers:
        try:
            version = read_version(out, number)
        except UserError:
            print(f"{number:6}  damaged")
            continue
        rows = {kind: sum(p.rows for p in version.parts if p.kind == kind) for kind in KINDS}
        mark = "current" if number == now else ""
        print(f"{number:6}  {rows['manifest']:9,} mattes  {rows['rejects']:9,} rejects  {version.digest[:12]}  {mark}")
    if now is not None:
        print(f"manifest  {folder_of(out, now) / 'manifest'}")


if __name__ == "__main__":
    sys.exit(main())
