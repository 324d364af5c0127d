import numpy as np
import pytest

from matting_models.data.sample import BadSample, Sample
from matting_models.networks.icon.examples import example_of

from .conftest import disc


def sample(**more: np.ndarray) -> Sample:
    image, alpha = disc(64, 128, x=64, y=32)
    return Sample("a", image, alpha, reference=Sample("b", *disc(128, 64, x=32, y=40)), **more)


def test_both_are_placed_in_squares_and_bars_do_not_count() -> None:
    trimap = np.full((64, 128), 128, np.uint8)
    trimap[:, :40] = 0
    trusted = np.full((64, 128), 255, np.uint8)
    trusted[:, 100:] = 0
    found = example_of(sample(trimap=trimap, trusted=trusted), 128)
    assert found.image.shape == found.reference.shape == (3, 128, 128)
    np.testing.assert_array_equal(found.alpha[0, 32:96], disc(64, 128, x=64, y=32)[1])
    np.testing.assert_array_equal(found.reference_alpha[:, 32:96], disc(128, 64, x=32, y=40)[1])
    expected = np.zeros((128, 128), bool)
    expected[32:96, :100] = True
    np.testing.assert_array_equal(found.counted[0], expected)
    np.testing.assert_array_equal(found.unknown[0, 32:96], trimap == 128)
    assert not found.unknown[0, :32].any()


def test_without_a_trimap_a_band_around_the_edge_is_unknown() -> None:
    found = example_of(sample(), 128)
    soft = (found.alpha > 0) & (found.alpha < 255)
    assert found.unknown[soft].all()
    assert soft.sum() < found.unknown.sum() < 4 * soft.sum()


def test_references_that_cannot_be_used() -> None:
    alone, empty = sample(), sample()
    alone.reference = None
    assert empty.reference is not None
    empty.reference.alpha[:] = 127
    cases = [
        (alone, 'its source gives no reference; icon trains from sources of kind "in-context"'),
        (empty, "its reference b has no foreground above one half"),
    ]
    for given, message in cases:
        with pytest.raises(BadSample, match=message):
            example_of(given, 128)
