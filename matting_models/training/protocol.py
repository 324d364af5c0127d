"""What a network brings so that the one training loop can train it.

The loop owns everything that is the same for all: data and its order, resuming bit for bit, skipping of bad samples,
mixed precision, several processes, gradient accumulation, checkpoints, monitoring, validation runs, the best weights,
and stopping. It knows no network, no kind of batch and no kind of prompt.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from matting_models.data import Examples
from matting_models.training.settings import TrainSettings


@dataclass(frozen=True, slots=True)
class Judged:
    """One validation sample.

    Attributes:
        scores: by name, the same names for every sample; not finite where the prediction is not.
        picture: (h, w, 3) uint8 RGB, one row of the sheet, of one width for every sample; None where none was wanted.
    """

    scores: dict[str, float]
    picture: NDArray[np.uint8] | None


@dataclass(frozen=True, slots=True)
class Verdict:
    """A whole validation.

    Attributes:
        score: to be minimised; the weights with the least are the best.
        values: what is logged, by name.
        text: for the terminal.
    """

    score: float
    values: dict[str, float]
    text: str


class Network(ABC):
    """One network in training.

    Its constructor takes settings (of ``settings_class``, checked), the device, and how many processes train together;
    it builds the network there, in training mode, and raises InputError where weights or settings cannot be used. The
    global random state is seeded before.

    Attributes:
        name: on the command line.
        settings_class: a dataclass; its fields are the command line's.
        score_name: of what validation minimises.
        files: what ``save`` writes for users; copied to the run's folder when the weights are the best so far.
        examples: from samples to batches, in the processes that load.
        modules: what gets gradients, by name; the loop wraps each for several processes and mixed precision.
        optimisers: one, or several that take turns, such as a generator's and a discriminator's.
        max_norm: gradients of a longer norm are scaled down to it; None for never.
        input_size: side in pixels of a training input, for messages.
    """

    name: ClassVar[str]
    settings_class: ClassVar[type[TrainSettings]]
    score_name: ClassVar[str]
    files: ClassVar[tuple[str, ...]]
    examples: Examples
    modules: dict[str, nn.Module]
    optimisers: list[torch.optim.Optimizer]
    max_norm: float | None = None
    input_size: int

    @abstractmethod
    def __init__(self, settings: Any, device: torch.device, processes: int) -> None: ...

    @abstractmethod
    def describe(self) -> str:
        """What is trained, in a line."""

    @abstractmethod
    def rate_factor(self, iteration: int) -> float:
        """What every learning rate is multiplied with in an iteration, from 0."""

    def turns(self, iteration: int) -> Sequence[int]:
        """Which of ``optimisers`` step in an iteration, from 0, one after the other."""
        return range(len(self.optimisers))

    @abstractmethod
    def losses(self, batch: Any, modules: Mapping[str, Any], turn: int) -> dict[str, Tensor]:
        """Loss terms of one batch on the device, all logged; the one called ``loss`` is minimised.

        Args:
            batch: of ``examples``.
            modules: ``self.modules``, wrapped: gradients of several processes meet only through these.
            turn: which of ``optimisers`` steps on it.
        """

    def after_iteration(self, iteration: int) -> None:
        """The optimisers have stepped; ``iteration`` counts from 0."""
        return

    @abstractmethod
    def judge(self, batch: Any, pictures: int) -> list[Judged]:
        """Predict and score each sample of a validation batch on the device, the modules in evaluation mode.

        Args:
            batch: of ``examples``.
            pictures: of so many samples, the first, a row of the sheet is wanted.
        """

    @abstractmethod
    def verdict(self, means: dict[str, float]) -> Verdict:
        """From every score's mean over all samples."""

    @abstractmethod
    def save(self, folder: Path) -> None:
        """Write ``files``: what prediction loads."""

    def state_dict(self) -> dict[str, Any]:
        """What a resumed run needs besides ``files``: tensors and plain values."""
        return {}

    @abstractmethod
    def load(self, folder: Path, state: dict[str, Any]) -> None:
        """Take up what ``save`` and ``state_dict`` gave.

        Raises:
            InputError: the files are damaged, or of another network than the settings build.
        """

    def lighter(self) -> list[str]:
        """What needs less memory, besides a smaller batch; begins like ``add --flag``."""
        return []

    def without_smaller_batch(self) -> str:
        """What is left where the batch is one sample and nothing is lighter."""
        return "use --device cpu"
