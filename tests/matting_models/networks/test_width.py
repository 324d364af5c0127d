"""Rounding of channels."""

import pytest

from matting_models.networks.width import scaled


@pytest.mark.parametrize(
    ("channels", "width", "expected"), [(48, 1, 48), (48, 0.25, 16), (256, 0.3, 80), (48, 0.01, 8), (64, 1.5, 96)]
)
def test_multiples_of_eight(channels: int, width: float, expected: int) -> None:
    assert scaled(channels, width) == expected
