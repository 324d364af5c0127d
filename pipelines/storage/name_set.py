"""A set of names in little memory: 8 bytes each, however long they are."""

from collections.abc import Iterable
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray


class NameSet:
    """Names by 64-bit digest, for folders of a million files.

    Two of a million names share a digest with a probability below one in ten million; then one more name seems to be
    in the set.

    Args:
        names: read once.
    """

    def __init__(self, names: Iterable[str] = ()) -> None:
        digests = np.fromiter((_digest(name) for name in names), np.uint64)
        self._digests: NDArray[np.uint64] = np.unique(digests)

    def __contains__(self, name: str) -> bool:
        digest = _digest(name)
        place = int(np.searchsorted(self._digests, np.uint64(digest)))
        return place < len(self._digests) and int(self._digests[place]) == digest

    def __len__(self) -> int:
        return len(self._digests)


def _digest(name: str) -> int:
    return int.from_bytes(blake2b(name.encode("utf-8", "surrogateescape"), digest_size=8).digest())
