"""From samples to patches and whole instances."""

import cv2
import numpy as np
import pytest

from matting_models.data.sample import BadSample, Sample
from matting_models.networks.net_t.examples import IGNORED, train_example, whole_instance


def disc(height: int = 90, width: int = 120, radius: int = 20) -> Sample:
    """A disc whose photo is its alpha, so that what belongs together can be seen."""
    alpha = np.zeros((height, width), np.uint8)
    cv2.circle(alpha, (width // 2, height // 2), radius, 255, -1, cv2.LINE_AA)
    return Sample("disc", np.repeat(alpha[:, :, None], 3, axis=2), alpha)


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


@pytest.mark.parametrize("coarse_share", [0.0, 1.0])
def test_patches_show_photo_segmentation_and_truth_of_one_place(coarse_share: float) -> None:
    for seed in range(6):
        example = train_example(disc(), 64, coarse_share, rng(seed))
        assert example.image.shape == (3, 64, 64)
        assert example.segmentation.shape == (1, 64, 64)
        assert example.classes.shape == (64, 64)
        assert (example.classes == 1).any()
        assert (example.image[0][example.classes == 2] == 255).all()
        assert (example.image[0][example.classes == 0] == 0).all()
        mine, theirs = example.segmentation[0] > 127, example.image[0] > 127
        assert (mine & theirs).sum() > 0.4 * (mine | theirs).sum()


def test_coarse_masks_take_the_place_of_the_papers() -> None:
    ours, papers = (train_example(disc(), 64, share, rng(3)) for share in (1.0, 0.0))
    assert not np.array_equal(ours.segmentation, papers.segmentation)


def test_everything_random_comes_from_the_generator() -> None:
    first, again = (train_example(disc(), 64, 0.5, rng(7)) for _ in range(2))
    assert np.array_equal(first.image, again.image) and np.array_equal(first.segmentation, again.segmentation)


def test_what_is_not_trusted_and_padding_are_ignored() -> None:
    sample = disc(40, 200, 15)
    sample.trusted = np.zeros((40, 200), np.uint8)
    sample.trusted[:, :100] = 255
    found = [train_example(sample, 64, 0.0, rng(seed)).classes for seed in range(8)]
    assert all((classes == IGNORED).any() and (classes == 1).any() for classes in found)
    sample.trusted[:] = 0
    assert (train_example(sample, 64, 0.0, rng()).classes == IGNORED).all()


def test_a_whole_instance_is_seen_as_in_prediction() -> None:
    # The disc's box is 43 px with its soft edge and has 16 px of context on each side: 75 px, which become 64.
    instance = whole_instance(disc(), 64)
    assert instance.image.shape == (3, 64, 64)
    assert instance.segmentation.shape == (1, 64, 64)
    assert instance.classes.shape == (64, 64)
    tall = whole_instance(disc(200, 41, 20), 64)
    assert tall.classes.shape == (64, 35)
    assert tall.image.shape == (3, 64, 64)
    assert np.array_equal(tall.image[:, :, 34], tall.image[:, :, 63])


def test_objects_that_cannot_be_used() -> None:
    with pytest.raises(BadSample, match=r"^disc: fewer than 24 pixels of its alpha are above 0$"):
        train_example(disc(radius=1), 64, 0.0, rng())
    with pytest.raises(BadSample, match=r"^disc: its segmentation vanishes when it is eroded by 400 px of 512$"):
        whole_instance(disc(), 64, 400)
