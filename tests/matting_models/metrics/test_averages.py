import math

import pytest

from matting_models.metrics import mean_of_images


def test_mattes_of_one_image_weigh_as_one() -> None:
    # The plain mean is 3; images' means are 1 and 6.
    assert mean_of_images([1, 1, 1, 6, 6], ["a", "a", "a", "b", "b"]) == 3.5


def test_nothing_and_other_lengths() -> None:
    assert math.isnan(mean_of_images([], []))
    with pytest.raises(ValueError, match="2 values, 1 images; expected as many"):
        mean_of_images([1, 2], ["a"])
