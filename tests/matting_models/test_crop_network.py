import pytest

from matting_models.crop_network import vitmatte_sides


@pytest.mark.parametrize(
    ("sides", "expected"),
    [((64, 96), (64, 96)), ((40, 50), (64, 64)), ((64, 50), (96, 64)), ((40, 64), (64, 96)), ((1, 1), (32, 32))],
)
def test_sides_as_vitmattes_authors_pad_them(sides: tuple[int, int], expected: tuple[int, int]) -> None:
    assert vitmatte_sides(*sides) == expected
