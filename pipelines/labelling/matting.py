"""What matting backends are, those that start from trimaps and those that start from masks, and networks of trimaps.

`matting_models` provides them; `flows` joins the two.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray


class MattingFailed(RuntimeError):
    """A backend cannot matte this one crop (it does not fit in memory, a solver does not converge, ...).

    The instance is rejected with the message; other errors of a backend are bugs and end the shard.
    """


class MattingBackend(Protocol):
    """A trimap-based matting method working on one instance's crop.

    Attributes:
        name: registry name, e.g. ``closed-form``; written to the manifest.
        revision: what exactly ran (library version, or weights and their digest); written to the manifest.
        context: pixels of image the method wants around the unknown region's bounding box.
        batch_size: how many crops ``batch`` should be given at once; 1 means crops are independent
            of each other bit for bit.
    """

    name: str
    revision: str
    context: int
    batch_size: int

    def __call__(self, image: NDArray[np.uint8], trimap: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Matte one crop.

        Args:
            image: (H, W, 3) uint8, RGB.
            trimap: (H, W) uint8; 0 known background, 255 known foreground, anything between unknown.

        Returns:
            (H, W) float32 in [0, 1]; exactly 0 and 1 where the trimap is known.

        Raises:
            MattingFailed: this crop cannot be matted.
            ValueError: shapes or dtypes are not as above, or the trimap has no known foreground or background.
        """
        ...

    def batch(
        self, images: Sequence[NDArray[np.uint8]], trimaps: Sequence[NDArray[np.uint8]]
    ) -> list[NDArray[np.float32]]:
        """Matte several crops of any sizes; same contract as ``__call__`` for each."""
        ...


@dataclass(frozen=True, slots=True)
class Matte:
    """What a method that starts from a mask gives.

    Attributes:
        alpha: (H, W) float32 in [0, 1]; exactly 0 and 1 where the trimap is known.
        trimap: (H, W) uint8; 0 known background, 128 unknown, 255 known foreground.
    """

    alpha: NDArray[np.float32]
    trimap: NDArray[np.uint8]


@runtime_checkable
class MaskMatting(Protocol):
    """A matting method that starts from a mask, and finds by itself where the alpha is soft.

    Attributes:
        name: registry name, e.g. ``mask-to-matte``; written to the manifest.
        revision: what exactly ran (weights and their digest, library version); written to the manifest.
        batch_size: 1, as instances are independent of each other bit for bit.
    """

    name: str
    revision: str
    batch_size: int

    def matte(self, image: NDArray[np.uint8], mask: NDArray[np.uint8]) -> Matte:
        """Matte what a mask marks.

        Args:
            image: (H, W, 3) uint8, RGB; the whole photo, as the method crops by itself.
            mask: (H, W) uint8 of 0 and 1; at least one pixel set.

        Raises:
            MattingFailed: this instance cannot be matted.
            ValueError: shapes or dtypes are not as above, or the mask is empty.
        """
        ...


class MaskTrimaps(Protocol):
    """A network that makes the trimap of a mask, for backends that start from trimaps.

    Attributes:
        name: of the network, e.g. ``net-t``; written to the manifest.
        revision: what exactly ran (weights and their digest); written to the manifest.
    """

    name: str
    revision: str

    def trimap(self, image: NDArray[np.uint8], mask: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Where the alpha of what a mask marks is known.

        Args:
            image: (H, W, 3) uint8, RGB; the whole photo, as the network crops by itself.
            mask: (H, W) uint8 of 0 and 1; at least one pixel set.

        Returns:
            (H, W) uint8; 0 known background, 128 unknown, 255 known foreground.

        Raises:
            MattingFailed: it cannot make a trimap of this instance.
            ValueError: shapes or dtypes are not as above, or the mask is empty.
        """
        ...
