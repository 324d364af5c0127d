"""Train a matting model: ``python -m matting_models.train NAME --help``.

With several GPUs: ``accelerate launch -m matting_models.train NAME ...``.
"""

import sys
from collections.abc import Sequence

from matting_models.errors import InputError, os_problem
from matting_models.networks.registry import NETWORKS, listing, load
from matting_models.weights import models_extra

_PROGRAM = "python -m matting_models.train"
_ARGUMENTS = "--manifest OUT/manifest --images DIR --out RUN [--resume] [...]"
_USAGE = f"""usage: {_PROGRAM} NAME {_ARGUMENTS}

Networks:
{listing()}
Every setting of one: {_PROGRAM} NAME --help"""

_ABOUT = """Trains from what the labelling job wrote (--manifest and --images) or from several sources (--data).
Several GPUs: accelerate launch -m matting_models.train {name} ..."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line; returns the exit status: 0, 2 for a user's mistake, 130 when stopped."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    if not given or given[0] not in NETWORKS:
        asked = not given or given[0] in ("-h", "--help")
        unknown = "" if asked else f"error: unknown network {given[0]!r}, expected one of {', '.join(NETWORKS)}"
        print(unknown or _USAGE, file=sys.stderr)
        return 0 if given and asked else 2
    try:
        return _train(given[0], given[1:])
    except (InputError, ModuleNotFoundError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except OSError as error:  # a full disk, a folder of another user
        print(f"error: {os_problem(error)}", file=sys.stderr)
        return 2
    except KeyboardInterrupt as stopped:
        print(str(stopped) or "stopped", file=sys.stderr)
        return 130


def _train(name: str, arguments: list[str]) -> int:
    with models_extra("training"):
        from transformers.hf_argparser import HfArgumentParser

        from matting_models.training.loop import Trainer

        kind = load(NETWORKS[name].training)
    program = f"{_PROGRAM} {name}"
    parser = HfArgumentParser(
        kind.settings_class, prog=program, usage=f"{program} {_ARGUMENTS}", description=_ABOUT.format(name=name)
    )
    settings, *unknown = parser.parse_args_into_dataclasses(arguments, return_remaining_strings=True)
    if unknown := [word for words in unknown for word in words]:
        raise InputError(f"unknown argument {unknown[0]!r}; {program} --help lists what there is")
    trainer = Trainer(kind, settings)
    out = trainer.run()
    if trainer.accelerator.is_main_process:
        best = trainer.best and f"{kind.score_name} {trainer.best[0]:.3f} at iteration {trainer.best[1]:,}"
        print(f"best validation  {best or 'untrained'}")
        for file in (*kind.files[-1:], "metrics.jsonl", "pictures", "checkpoints"):
            print(f"{file:18} {out / file}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
