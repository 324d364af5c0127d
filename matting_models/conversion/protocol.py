"""What turns the checkpoint of one released network into a folder of ours."""

import argparse
from collections.abc import Mapping
from typing import Protocol

from torch import Tensor


class Conversion(Protocol):
    """One network's conversion; made without arguments."""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Add what this network needs beside the checkpoint and ``--out``."""

    def convert(self, tensors: dict[str, Tensor], given: argparse.Namespace) -> Mapping[str, str]:
        """Write ``given.out``, a folder that the network's own loader opens.

        Args:
            tensors: of the checkpoint, by the authors' names.
            given: the command line; ``checkpoint`` and ``out`` are paths.

        Returns:
            The names in ``tensors`` that nothing was made of, each with why.

        Raises:
            InputError: a tensor is missing, of another shape, or of a name that the network does not have.
        """
