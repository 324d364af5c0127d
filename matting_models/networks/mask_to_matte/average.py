"""The mean of several weights, which is often better than each of them on pictures unlike those they were trained on.

Of the weights a training started from and some of its checkpoints, the mean keeps what the first ones knew of
photographs and takes what the training added (Wortsman et al., "Robust fine-tuning of zero-shot models", CVPR 2022,
section 3). Command line: ``python -m matting_models.networks.mask_to_matte.average WEIGHTS WEIGHTS ... --out DIR``.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from matting_models.networks.mask_to_matte.weights import WEIGHTS_FILE, Tensors, read_weights, write_weights


def average(weights: Sequence[str]) -> Tensors:
    """The mean of weights, tensor by tensor, summed in float64.

    Args:
        weights: folders that training wrote, or their files; at least one.

    Raises:
        FileNotFoundError: no such file.
        ValueError: a file is damaged, or of another network or version.
    """
    read = [read_weights(name)[0] for name in weights]
    means = {name: np.mean([tensors[name] for tensors in read], axis=0, dtype=np.float64) for name in read[0]}
    return {name: np.asarray(mean, np.float32) for name, mean in means.items()}


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the mean in half precision; returns the exit status."""
    about = (__doc__ or "").split("\n\n")[0]
    parser = argparse.ArgumentParser("python -m matting_models.networks.mask_to_matte.average", description=about)
    parser.add_argument("weights", nargs="+", metavar="WEIGHTS", help="folders that training wrote: OUT, a checkpoint")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder to write; must have no weights")
    given = parser.parse_args(arguments)
    try:
        if (given.out / WEIGHTS_FILE).exists():
            raise ValueError(f"{given.out} has weights already; choose another --out")
        tensors = average(given.weights)
        write_weights(given.out, {name: array.astype(np.float16) for name, array in tensors.items()})
    except (OSError, ValueError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    print(f"weights  {given.out / WEIGHTS_FILE}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
