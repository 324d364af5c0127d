import numpy as np
import pytest

from matting_models.networks.smat.view import View, resized, view_of
from tests.matting_models.networks.smat.conftest import CONFIG


@pytest.mark.parametrize(
    ("photo", "size"),
    [((100, 90), (100, 90)), ((300, 112), (300, 112)), ((448, 336), (112, 84)), ((113, 200), (63, 112))],
)
def test_photos_both_of_whose_sides_are_too_long_shrink(photo: tuple[int, int], size: tuple[int, int]) -> None:
    """The authors' rule, with 112 for their 1560."""
    assert view_of(*photo, CONFIG) == View(photo, size, 3)


def test_what_shrinks_is_averaged_and_what_grows_interpolated() -> None:
    values = np.array([[0, 1, 1, 0]], np.float32)
    assert resized(values, (1, 2)).tolist() == [[0.5, 0.5]]
    assert resized(values[:, :2], (1, 4)).tolist() == [[0, 0.25, 0.75, 1]]
    assert resized((values * 200).astype(np.uint8), (1, 2)).dtype == np.uint8
