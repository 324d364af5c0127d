"""Turn released weights into folders of ours: ``python -m matting_models.convert NAME --help``."""

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from matting_models.conversion.registry import CONVERSIONS
from matting_models.errors import InputError, os_problem
from matting_models.networks.registry import load
from matting_models.weights import digest, models_extra
from pipelines.storage.files import write_whole

_PROGRAM = "python -m matting_models.convert"

RECORD = "conversion.json"
"""In the converted folder."""

_SHOWN = 3
"""So many names of unused tensors a reason; the record has all."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line; returns the exit status: 0, or 2 for a user's mistake."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    width = max(map(len, CONVERSIONS))
    listing = "".join(f"  {name:{width}}  {entry.about}\n" for name, entry in CONVERSIONS.items())
    chosen = argparse.ArgumentParser(
        prog=_PROGRAM,
        description=f"Turn released weights into a folder of ours.\n\nNetworks:\n{listing}",
        epilog=f"Arguments of one: {_PROGRAM} NAME --help",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    chosen.add_argument("network", choices=CONVERSIONS, metavar="NAME", help="of a network")
    name = chosen.parse_args(words[:1]).network
    try:
        _convert(name, words[1:])
    except (InputError, ModuleNotFoundError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except OSError as error:
        print(f"error: {os_problem(error)}", file=sys.stderr)
        return 2
    return 0


def _convert(name: str, words: list[str]) -> None:
    with models_extra(_PROGRAM):
        conversion = load(CONVERSIONS[name].place)()
    parser = argparse.ArgumentParser(
        prog=f"{_PROGRAM} {name}",
        description=CONVERSIONS[name].about,
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    parser.add_argument("checkpoint", type=Path, help="the released file: .safetensors, or one that torch wrote")
    parser.add_argument("--out", required=True, type=Path, help="folder for the converted weights, new or empty")
    conversion.add_arguments(parser)
    given = parser.parse_args(words)
    _check_out(given.out)

    from matting_models.checkpoint import read_checkpoint

    print(f"reading {given.checkpoint}", flush=True)
    tensors = read_checkpoint(given.checkpoint)
    found, unused = len(tensors), _by_reason(conversion.convert(tensors, given))
    _write_record(given, found, unused)
    print(f"{found - sum(map(len, unused.values()))} of {found} tensors used")
    for why, names in unused.items():
        more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
        print(f"  unused: {', '.join(names[:_SHOWN])}{more}: {why}")
    print(given.out)


def _check_out(out: Path) -> None:
    """What stands in it may be the checkpoint itself, its backbone or another network, all of the same file names."""
    if out.is_dir() and any(out.iterdir()):
        raise InputError(f"--out {out} is not empty; give another, or empty it first")
    if out.exists() and not out.is_dir():
        raise InputError(f"--out {out} is a file, expected a folder")


def _by_reason(unused: Mapping[str, str]) -> dict[str, list[str]]:
    reasons: dict[str, list[str]] = {}
    for name, why in unused.items():
        reasons.setdefault(why, []).append(name)
    return reasons


def _write_record(given: argparse.Namespace, found: int, unused: Mapping[str, list[str]]) -> None:
    """Where the weights come from, beside them: which file, and every tensor that was left out."""
    record = {
        "checkpoint": given.checkpoint.name,
        "digest": digest([given.checkpoint]),
        "tensors": found,
        "unused": unused,
    }
    write_whole(given.out / RECORD, (json.dumps(record, indent=2) + "\n").encode())


if __name__ == "__main__":
    sys.exit(main())
