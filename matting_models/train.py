"""Train a matting model: ``python -m matting_models.train semat --help``.

With several GPUs: ``accelerate launch -m matting_models.train semat ...``.
"""

import sys
from collections.abc import Sequence

from matting_models.errors import InputError, os_problem
from matting_models.weights import models_extra

MODELS = ("semat",)
_PROGRAM = "python -m matting_models.train semat"
_ARGUMENTS = "--manifest OUT/manifest --images DIR --backbone SAM --out RUN [--resume] [...]"
_USAGE = f"""usage: {_PROGRAM} {_ARGUMENTS}

Trains SEMat from what the labelling job wrote. Every setting: {_PROGRAM} --help"""

_ABOUT = """Trains SEMat from what the labelling job wrote (--manifest and --images) or from several sources (--data).
Defaults are the paper's recipe. Several GPUs: accelerate launch -m matting_models.train semat ..."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line; returns the exit status: 0, 2 for a user's mistake, 130 when stopped."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    if not given or given[0] not in MODELS:
        asked = not given or given[0] in ("-h", "--help")
        print(
            _USAGE if asked else f"error: unknown model {given[0]!r}, expected {' or '.join(MODELS)}", file=sys.stderr
        )
        return 0 if given and asked else 2
    try:
        return _train(given[1:])
    except (InputError, ModuleNotFoundError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except OSError as error:  # a full disk, a folder of another user
        print(f"error: {os_problem(error)}", file=sys.stderr)
        return 2
    except KeyboardInterrupt as stopped:
        print(str(stopped) or "stopped", file=sys.stderr)
        return 130


def _train(arguments: list[str]) -> int:
    with models_extra("training"):
        from transformers.hf_argparser import HfArgumentParser

        from matting_models.training.loop import Trainer
    from matting_models.training.settings import TrainSettings

    parser = HfArgumentParser(TrainSettings, prog=_PROGRAM, usage=f"{_PROGRAM} {_ARGUMENTS}", description=_ABOUT)  # type: ignore[arg-type]
    settings, *unknown = parser.parse_args_into_dataclasses(arguments, return_remaining_strings=True)
    if unknown := [word for words in unknown for word in words]:
        raise InputError(f"unknown argument {unknown[0]!r}; {_PROGRAM} --help lists what there is")
    trainer = Trainer(settings)
    out = trainer.run()
    if trainer.accelerator.is_main_process:
        best = f"SAD {trainer.best[0]:.3f} at iteration {trainer.best[1]:,}" if trainer.best else "untrained"
        print(f"best validation  {best}")
        for name in ("model.safetensors", "metrics.jsonl", "pictures", "checkpoints"):
            print(f"{name:18} {out / name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
