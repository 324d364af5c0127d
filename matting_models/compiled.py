"""One spelling of "compile this with Numba", typed."""

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba

F = TypeVar("F", bound=Callable[..., Any])


def compiled(signature: str) -> Callable[[F], F]:
    """Compile ahead for one signature, cached on disk, without the interpreter lock and without threads.

    Threads are left out on purpose: workers are processes, and Numba's thread pool kills forked ones.
    """
    return cast("Callable[[F], F]", numba.njit(signature, cache=True, nogil=True))
