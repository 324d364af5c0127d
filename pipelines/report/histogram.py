"""Histograms as inline SVG, made without a plotting library so that the page needs nothing and never varies."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

MOST_BINS = 24
HEIGHT = 60.0


@dataclass(frozen=True, slots=True)
class Bar:
    """One bin, in the SVG's units; ``hint`` is what hovering says."""

    x: str
    width: str
    accepted_y: str
    accepted_height: str
    rejected_y: str
    rejected_height: str
    hint: str


@dataclass(frozen=True, slots=True)
class Histogram:
    """A drawn histogram: bars in a view box of 100 x ``HEIGHT``, stacked accepted below rejected.

    Attributes:
        bars: empty when there are no values.
        low, middle, high: axis labels.
        median: of the accepted values, formatted; empty when there are none.
        gate: where the acceptance threshold stands in [0, 100], or None.
        gate_label: the threshold, formatted.
    """

    bars: tuple[Bar, ...]
    low: str = ""
    middle: str = ""
    high: str = ""
    median: str = ""
    gate: str | None = None
    gate_label: str = ""


def draw(
    accepted: NDArray[np.float64],
    rejected: NDArray[np.float64],
    gate: float | None = None,
    logarithmic: bool = False,
    percent: bool = False,
) -> Histogram:
    """Bin and lay out values.

    Args:
        accepted, rejected: (N,) and (M,) finite values; positive when ``logarithmic``.
        gate: a threshold to mark, when it lies within the values' range.
        logarithmic: bins of equal ratio (half an octave) instead of equal width.
        percent: label values as percentages.
    """
    both = [values for values in (accepted, rejected) if len(values)]
    if not both:
        return Histogram(())
    least, most = min(float(values.min()) for values in both), max(float(values.max()) for values in both)
    edges = _log_edges(least, most) if logarithmic else _edges(least, most)
    below, above = _count(accepted, edges), _count(rejected, edges)
    low, high = edges[0], edges[-1]

    def name(value: float) -> str:
        return label(100 * value) + "%" if percent else label(value)

    def place(value: float) -> float:
        part = math.log(value / low) / math.log(high / low) if logarithmic else (value - low) / (high - low)
        return 100 * part

    marked = gate is not None and low < gate < high
    return Histogram(
        _bars([name(edge) for edge in edges], below, above),
        name(low),
        name(math.sqrt(low * high) if logarithmic else (low + high) / 2),
        name(high),
        name(float(np.median(accepted))) if len(accepted) else "",
        f"{place(gate):.2f}" if gate is not None and marked else None,
        name(gate) if gate is not None and marked else "",
    )


def label(value: float) -> str:
    """A short number: 0.92, 14, 1.4k, 2.1M."""
    for size, unit in ((1e6, "M"), (1e3, "k")):
        if abs(value) >= size:
            return f"{value / size:.3g}{unit}"
    return f"{value:.3g}"


def _edges(low: float, high: float) -> list[float]:
    """Multiples of a round step that cover the values, at most MOST_BINS bins."""
    size = max(abs(low), abs(high))
    spread = high - low if high - low > 1e-9 * size else size / 10 or 1.0
    step = _round_step(spread / (MOST_BINS - 2))
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [i * step for i in range(first, max(last, first + 1) + 1)]


def _round_step(least: float) -> float:
    power = 10.0 ** math.floor(math.log10(least))
    return next(power * factor for factor in (1, 2, 5, 10) if power * factor >= least * (1 - 1e-9))


def _log_edges(low: float, high: float) -> list[float]:
    first = math.floor(2 * math.log2(low))
    last = math.ceil(2 * math.log2(high))
    return [2 ** (i / 2) for i in range(first, max(last, first + 1) + 1)]


def _count(values: NDArray[np.float64], edges: Sequence[float]) -> list[int]:
    bins = len(edges) - 1
    at = np.searchsorted(edges, values, "right") - 1
    return [int(count) for count in np.bincount(np.clip(at, 0, bins - 1), minlength=bins)]


def _bars(names: Sequence[str], below: Sequence[int], above: Sequence[int]) -> tuple[Bar, ...]:
    tallest = max(a + b for a, b in zip(below, above, strict=True))
    width = 100 / len(below)
    bars = []
    for i, (lower, upper) in enumerate(zip(below, above, strict=True)):
        up, top = HEIGHT * lower / tallest, HEIGHT * upper / tallest
        hint = f"{names[i]} to {names[i + 1]}: {lower:,} accepted"
        hint += f", {upper:,} rejected" if upper else ""
        bars.append(
            Bar(
                f"{i * width + width * 0.06:.2f}",
                f"{width * 0.88:.2f}",
                f"{HEIGHT - up:.2f}",
                f"{up:.2f}",
                f"{HEIGHT - up - top:.2f}",
                f"{top:.2f}",
                hint,
            )
        )
    return tuple(bars)
