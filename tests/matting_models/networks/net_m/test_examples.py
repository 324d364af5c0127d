import numpy as np
import pytest

from matting_models.data.sample import BadSample, Sample
from matting_models.networks.net_m.batch import NetMExamples
from matting_models.networks.net_m.examples import evaluation_example, train_example
from tests.matting_models.data.conftest import disc, rng


def sample(height: int = 60, width: int = 90, radius: int = 15, **more: np.ndarray) -> Sample:
    """A photo whose red channel is the alpha, so that both can be seen to move together."""
    alpha = disc(height, width, radius)
    image = np.stack([alpha, np.full_like(alpha, 90), np.tile(np.arange(width, dtype=np.uint8), (height, 1))], axis=2)
    return Sample("s", image, alpha, **more)


@pytest.mark.parametrize("shape", [(60, 90, 15), (300, 40, 12), (9, 9, 2), (500, 700, 200)])
@pytest.mark.parametrize("seed", range(6))
def test_training_crops_of_any_photo(shape: tuple[int, int, int], seed: int) -> None:
    example = train_example(sample(*shape), 64, rng(seed))
    assert example.planes.shape == (4, 64, 64)
    assert example.alpha.shape == example.trusted.shape == (1, 64, 64)
    assert np.abs(example.planes[0].astype(int) - example.alpha[0]).max() <= 1
    classes = example.planes[3]
    assert set(np.unique(classes)) <= {0, 1, 2}
    assert (example.alpha[0][classes == 0] == 0).all() and (example.alpha[0][classes == 2] == 255).all()
    assert (classes == 1).any() and example.trusted.all()


def test_half_are_mirrored_and_sizes_differ() -> None:
    """A column of the photo says in blue where it was."""
    steps = [np.diff(train_example(sample(), 32, rng(seed)).planes[2, 16].astype(int)).mean() for seed in range(40)]
    assert 10 < sum(step < 0 for step in steps) < 30
    assert max(map(abs, steps)) > 2 * min(map(abs, steps))


def test_erosions_go_with_the_side() -> None:
    """Of a half-plane without soft pixels all that is unknown is what was eroded, 0 to 14 px a side at 512."""
    alpha = np.zeros((64, 64), np.uint8)
    alpha[:, 32:] = 255
    given = Sample("s", np.zeros((64, 64, 3), np.uint8), alpha)
    widths = [int((train_example(given, 512, rng(seed)).planes[3][256] == 1).sum()) for seed in range(12)]
    # Enlarged to cover 512 px, the edge is soft over some.
    assert max(widths) > 20 and max(widths) < 28 + 32 and len(set(widths)) > 4


def test_a_brought_trimap_is_used_and_a_narrow_one_cropped_anywhere() -> None:
    alpha = disc(200, 200, 60)
    trimap = np.where(alpha > 127, 255, 0).astype(np.uint8)
    given = Sample("s", np.zeros((200, 200, 3), np.uint8), alpha, trimap)
    corners = {train_example(given, 32, rng(seed)).planes[3].tobytes() for seed in range(8)}
    assert len(corners) > 3
    assert not any(1 in np.frombuffer(corner, np.uint8) for corner in corners)
    trimap[90:100, 50:60] = 128
    assert (train_example(given, 32, rng(0)).planes[3] == 1).any()


def test_what_is_not_trusted_does_not_count_and_draws_no_crop() -> None:
    trusted = np.full((60, 90), 255, np.uint8)
    trusted[:, :30] = 0
    for seed in range(6):
        example = train_example(sample(trusted=trusted), 32, rng(seed))
        assert ((example.planes[3] == 1) & example.trusted[0]).any()
        blue = example.planes[2].astype(int)
        assert not example.trusted[0][blue < 28].any() and example.trusted[0][blue > 31].all()
    counted = evaluation_example(sample(trusted=trusted))
    assert (counted.counted == ((counted.trimap == 1) & (counted.image[..., 2] >= 30))).all()


def test_validation_is_the_instance_at_640_px_with_a_fixed_trimap() -> None:
    small, large = evaluation_example(sample()), evaluation_example(sample(1500, 2400, 500))
    assert small.image.shape[:2] == small.alpha.shape == (59, 59)  # the disc is 39 wide; a quarter of it on every side
    assert max(large.alpha.shape) == 640
    assert small.planes.shape == (4, 64, 64) and large.planes.shape[1] % 32 == 0
    np.testing.assert_array_equal(small.planes[3, :59, :59], small.trimap)
    row = large.trimap[large.alpha.shape[0] // 2]
    assert 2 * 7 <= (row == 1).sum() / 2 <= 2 * 7 + 6  # 15 px ellipse, both sides of each edge


def test_samples_that_say_nothing() -> None:
    nothing = Sample("s", np.zeros((40, 40, 3), np.uint8), np.zeros((40, 40), np.uint8))
    for make in (evaluation_example, lambda given: train_example(given, 32, rng())):
        with pytest.raises(BadSample, match=r"^s: its alpha has no foreground$"):
            make(nothing)
    known = sample(trimap=np.where(disc() > 127, 255, 0).astype(np.uint8))
    with pytest.raises(BadSample, match=r"^s: its trimap has no unknown pixel whose alpha is known$"):
        evaluation_example(known)
    assert NetMExamples(32).collate([]).sample_ids == []
