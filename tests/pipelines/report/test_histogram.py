"""Histograms: every value in one bin, labels short, nothing divides by zero."""

import math
import random
import re
from typing import Any

import numpy as np
import pytest

from pipelines.report import histogram
from pipelines.report.histogram import HEIGHT, MOST_BINS, Histogram, label


def draw(accepted: list[float], rejected: list[float], *settings: Any, **named: Any) -> Histogram:
    """Of plain lists."""
    return histogram.draw(np.array(accepted, np.float64), np.array(rejected, np.float64), *settings, **named)


def _counts(plot: Histogram) -> tuple[int, int]:
    """Accepted and rejected over all bins, as the hints tell."""
    hints = " ".join(bar.hint.replace(",", "") for bar in plot.bars)
    good, bad = (sum(map(int, re.findall(rf"(\d+) {word}", hints))) for word in ("accepted", "rejected"))
    return good, bad


@pytest.mark.parametrize(
    ("value", "expected"),
    [(0.0, "0"), (0.9234, "0.923"), (14.0, "14"), (1400.0, "1.4k"), (2.1e6, "2.1M"), (-1500.0, "-1.5k")],
)
def test_label(value: float, expected: str) -> None:
    assert label(value) == expected


def test_no_values() -> None:
    assert draw([], [], 0.5) == Histogram(())


@pytest.mark.parametrize(
    "values", [[0.0], [1.0], [0.5, 0.5], [-3.0], [1e-12], [1e12, 1e12 + 1e-3], [0.9, 0.9 + 2**-52], [0.0, 1.0]]
)
@pytest.mark.parametrize("gate", [None, 0.5, 0.9])
def test_degenerate_values_are_drawn(values: list[float], gate: float | None) -> None:
    plot = draw(values, [], gate)
    assert _counts(plot) == (len(values), 0)
    assert 1 <= len(plot.bars) <= MOST_BINS


@pytest.mark.parametrize("logarithmic", [False, True])
def test_every_value_is_counted_once(logarithmic: bool) -> None:
    rng = random.Random(0)
    good, bad = [rng.uniform(1, 1e5) for _ in range(1000)], [rng.uniform(1, 50) for _ in range(77)]
    plot = draw(good, bad, None, logarithmic)
    assert _counts(plot) == (1000, 77)


@pytest.mark.parametrize("seed", range(20))
def test_bins_are_few_and_within_the_picture(seed: int) -> None:
    rng = random.Random(seed)
    scale = 10 ** rng.uniform(-6, 6)
    values = [rng.gauss(0, scale) for _ in range(200)]
    plot = draw(values[:150], values[150:])
    assert len(plot.bars) <= MOST_BINS
    tops = [float(bar.rejected_y) for bar in plot.bars]
    assert min(tops) == pytest.approx(0, abs=0.02)
    for bar in plot.bars:
        height = float(bar.accepted_height) + float(bar.rejected_height)
        assert float(bar.rejected_y) + height == pytest.approx(HEIGHT, abs=0.03)
        assert float(bar.x) >= 0 and float(bar.x) + float(bar.width) <= 100.001


def test_the_upper_end_belongs_to_the_last_bin() -> None:
    assert draw([0.0, 1.0], []).bars[-1].hint.endswith(": 1 accepted")


def test_axis_and_median() -> None:
    plot = draw([0.1, 0.2, 0.4], [0.9], percent=True)
    assert (plot.low, plot.high, plot.median) == ("10%", "90%", "20%")
    assert draw([], [0.3, 0.4]).median == ""
    assert draw([1.0, 2.0], []).median == "1.5"


def test_gate_is_marked_only_inside_the_axis() -> None:
    assert draw([0.0, 1.0], [], 0.25).gate == "25.00"
    assert draw([0.0, 1.0], [], 0.25).gate_label == "0.25"
    for outside in (-1.0, 0.0, 1.0, 7.0, None):
        assert draw([0.0, 1.0], [], outside).gate is None


def test_logarithmic_gate_and_middle() -> None:
    plot = draw([16.0, 1024.0], [], 128.0, logarithmic=True)
    assert (plot.low, plot.high, plot.middle) == ("16", "1.02k", "128")
    assert plot.gate is not None and math.isclose(float(plot.gate), 50)
