"""What a network is that starts from references. This package has none; `matting_models` provides IconMatting."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from pipelines.propagation.segmenter import Encoder, Encoding


@dataclass(frozen=True, slots=True)
class Discovery:
    """What a network makes of a target.

    Attributes:
        alpha: (H, W) float32 in [0, 1].
        similarity: (h, w) float32 of any size, at least 0: where the picture is like the references.
        score: how surely the object was found, at most 1; 0 where the references say nothing about the matte.
    """

    alpha: NDArray[np.float32]
    similarity: NDArray[np.float32]
    score: float


@runtime_checkable
class InContext(Protocol):
    """A matting backend that starts from references; its ``matte`` gives what ``find`` found in the same picture.

    Attributes:
        name, revision: as of other backends.
        reader: computes what of a reference can be kept.
        min_score: default of the least score for an object to count as found.
    """

    name: str
    revision: str
    reader: Encoder
    min_score: float

    def remember(self, references: Sequence[tuple[Encoding, NDArray[np.bool_]]]) -> Any:
        """What targets are compared with.

        Args:
            references: ``reader.encode`` of each, possibly stored and read again, and its (H, W) mask.
        """
        ...

    def find(self, image: NDArray[np.uint8], remembered: Any) -> Discovery:
        """The object in a target, (H, W, 3) uint8, RGB.

        Raises:
            MattingFailed: this picture cannot be matted.
        """
        ...
