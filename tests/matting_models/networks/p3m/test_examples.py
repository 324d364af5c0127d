import numpy as np
import pytest

from matting_models.data.sample import BadSample, Sample
from matting_models.networks.p3m.examples import IGNORED, evaluation_example, train_example


def square(height: int = 150, width: int = 220, enlarged: int = 1) -> Sample:
    """A square with a soft rim; the photo is its alpha in red."""
    alpha = np.zeros((height, width), np.uint8)
    alpha[40:100, 60:140], alpha[45:95, 65:135] = 128, 255
    alpha = alpha.repeat(enlarged, 0).repeat(enlarged, 1)
    image = np.zeros((*alpha.shape, 3), np.uint8)
    image[..., 0] = alpha
    return Sample("a", image, alpha)


def test_photo_truth_and_classes_of_a_crop_belong_together() -> None:
    sample, seen = square(enlarged=4), set()
    for seed in range(20):
        example = train_example(sample, 256, np.random.default_rng(seed))
        assert example.image.shape == (3, 256, 256)
        assert example.coarse.shape == (1, 256, 256)
        assert example.classes.shape == (256, 256)
        np.testing.assert_array_equal(example.image[0], example.alpha[0])
        assert not example.image[1:].any()
        assert (example.alpha[0][example.classes == 2] == 255).all()
        assert (example.alpha[0][example.classes == 0] == 0).all()
        seen |= set(np.unique(example.classes))
    assert seen == {0, 1, 2}


def test_half_of_the_crops_are_around_unknown_pixels() -> None:
    wide = square(64, 3000)
    found = [(train_example(wide, 64, np.random.default_rng(seed)).classes == 1).any() for seed in range(60)]
    assert 20 <= sum(found) <= 45


def test_crops_of_three_sizes_as_far_as_the_photo_has_them() -> None:
    ramp = Sample("a", np.zeros((120, 200, 3), np.uint8), np.tile(np.arange(1, 201, dtype=np.uint8), (120, 1)))
    for sample, expected in ((ramp, {64, 96}), (Sample("b", ramp.image[:50], ramp.alpha[:50]), {50})):
        spans = [np.ptp(train_example(sample, 64, np.random.default_rng(s)).alpha.astype(int)) + 1 for s in range(25)]
        assert {min(expected, key=lambda side: abs(side - span)) for span in spans} == expected
        assert all(min(abs(side - span) for side in expected) <= 2 for span in spans)


def test_mirrored_as_often_as_not() -> None:
    ramp = np.tile(np.arange(1, 65, dtype=np.uint8) * 3, (64, 1))
    sample = Sample("a", np.repeat(ramp[..., None], 3, axis=2), ramp)
    examples = [train_example(sample, 64, np.random.default_rng(seed)) for seed in range(30)]
    rises = [int(example.alpha[0, 0, -1]) > int(example.alpha[0, 0, 0]) for example in examples]
    assert 8 <= sum(rises) <= 22
    for example, rising in zip(examples, rises, strict=True):
        assert (int(example.image[0, 0, -1]) > int(example.image[0, 0, 0])) == rising
        assert (example.coarse[0, :, 32:].mean() > example.coarse[0, :, :32].mean()) == rising


def test_what_is_not_trusted_is_ignored() -> None:
    sample = square()
    sample.trusted = np.zeros_like(sample.alpha)
    assert set(train_example(sample, 64, np.random.default_rng(0)).classes.ravel()) == {IGNORED}


def test_validation_sees_the_whole_photo_and_always_the_same_coarse_alpha() -> None:
    first, second = (evaluation_example(square(), np.random.default_rng(0)) for _ in range(2))
    np.testing.assert_array_equal(first.image, square().image)
    np.testing.assert_array_equal(first.alpha, square().alpha)
    np.testing.assert_array_equal(first.coarse, second.coarse)
    assert (first.coarse != first.alpha).any()


def test_nothing_to_learn_from_is_said() -> None:
    empty = Sample("a", np.zeros((64, 64, 3), np.uint8), np.zeros((64, 64), np.uint8))
    with pytest.raises(BadSample, match="a: its alpha is 0 everywhere"):
        train_example(empty, 64, np.random.default_rng(0))
