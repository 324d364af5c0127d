"""Mattes for property tests."""

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

Matte = NDArray[np.float64]


@st.composite
def pairs(draw: st.DrawFn) -> tuple[Matte, Matte]:
    """A prediction and a truth: few values, so that components and ties are many; sometimes equal in part."""
    shape = draw(st.tuples(st.integers(1, 24), st.integers(1, 70)))
    values = st.sampled_from([0, 0, 0, 51, 80, 127, 128, 153, 200, 230, 255, 255])
    prediction, truth = (draw(arrays(np.uint8, shape, elements=values)) for _ in range(2))
    same = draw(arrays(np.bool_, shape)) if draw(st.booleans()) else np.zeros(shape, np.bool_)
    prediction[same] = truth[same]
    return prediction / 255, truth / 255


def regions(shape: tuple[int, ...]) -> st.SearchStrategy[NDArray[np.bool_]]:
    return arrays(np.bool_, shape)
