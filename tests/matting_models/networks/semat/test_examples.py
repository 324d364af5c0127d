import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matting_models.boxes import box_of
from matting_models.data.fit import PAD_COLOUR
from matting_models.data.sample import BadSample, Sample
from matting_models.data.trimaps import to_classes
from matting_models.networks.semat import examples
from matting_models.networks.semat.config import Architecture
from matting_models.networks.semat.examples import Example, eval_example, train_example
from tests.matting_models.data.conftest import disc, rng

ARCHITECTURES: tuple[Architecture, ...] = ("paper", "released")


def sample(height: int = 60, width: int = 90, *, trimap: bool = True, radius: int = 15) -> Sample:
    """A photo whose red channel is the alpha, so that both can be seen to move together."""
    alpha = disc(height, width, radius)
    image = np.stack([alpha, np.full_like(alpha, 90), 255 - alpha], axis=2)
    band = np.full_like(alpha, 128)
    band[alpha == 0], band[alpha == 255] = 0, 255
    return Sample("s", image, alpha, band if trimap else None)


def check(example: Example, size: int) -> None:
    assert example.image.shape == (3, size, size)
    assert example.alpha.shape == (1, size, size)
    assert example.trimap.shape == (size, size)
    assert {x.dtype.name for x in (example.image, example.alpha, example.trimap)} == {"uint8"}
    assert example.alpha.any()
    height, width = example.size
    assert not example.alpha[0, height:].any()
    assert not example.alpha[0, :, width:].any()
    assert not example.trimap[height:].any()
    assert (example.image[:, height:] == np.array(PAD_COLOUR)[:, None, None]).all()
    x0, y0, x1, y1 = example.box
    assert 0 <= x0 < x1 <= width
    assert 0 <= y0 < y1 <= height


@settings(max_examples=60, deadline=None)
@given(st.integers(4, 80), st.integers(4, 120), st.integers(0, 10_000), st.booleans())
def test_training_examples_of_any_photo_are_whole(height: int, width: int, seed: int, trimap: bool) -> None:
    check(
        train_example(
            sample(height, width, trimap=trimap, radius=max(1, min(height, width) // 4)), 64, rng(seed), "paper"
        ),
        64,
    )


def test_evaluation_is_the_sample_scaled_and_padded() -> None:
    given_sample = sample()
    example = eval_example(given_sample, 90, "paper")
    check(example, 90)
    assert example.size.tolist() == [60, 90]
    np.testing.assert_array_equal(example.image[:, :60], given_sample.image.transpose(2, 0, 1))
    np.testing.assert_array_equal(example.alpha[0, :60], given_sample.alpha)
    np.testing.assert_array_equal(example.trimap[:60], to_classes(given_sample.trimap))
    assert example.box.tolist() == list(box_of(given_sample.alpha))
    assert eval_example(sample(120, 60), 64, "paper").size.tolist() == [64, 32]


def test_released_examples_are_padded_with_black_and_have_corner_pixels() -> None:
    example = eval_example(sample(), 90, "released")
    assert (example.image[:, 60:] == 0).all()
    x0, y0, x1, y1 = box_of(sample().alpha)
    assert example.box.tolist() == [x0, y0, x1 - 1, y1 - 1]
    paper, released = (train_example(sample(), 64, rng(7), architecture) for architecture in ARCHITECTURES)
    assert released.box.tolist() == (paper.box - [0, 0, 1, 1]).tolist()
    np.testing.assert_array_equal(released.alpha, paper.alpha)


def test_photo_alpha_and_trimap_move_together() -> None:
    for seed in range(30):
        example = train_example(sample(), 64, rng(seed), "paper")
        height, width = example.size
        alpha, trimap = example.alpha[0, :height, :width], example.trimap[:height, :width]
        # Colours change, but more alpha stays redder than less.
        red = example.image[0, :height, :width].astype(int) - example.image[2, :height, :width]
        assert np.corrcoef(alpha.ravel(), red.ravel())[0, 1] > 0.95
        assert (np.abs(alpha[trimap == 2].astype(int) - 255) < 64).all()
        assert (alpha[trimap == 0] < 64).all()


def test_flips_scales_and_crops_vary() -> None:
    examples = [train_example(sample(), 64, rng(seed), "paper") for seed in range(80)]
    widths = [int(e.size[1]) for e in examples]
    assert min(widths) < 40  # scaled by as little as a half
    assert widths.count(64) > 20  # cut from something larger
    mirrored = [e for e in examples if e.size[1] < 60 and np.argmax(e.alpha[0].sum(0)) > e.size[1] / 2]
    assert 0 < len(mirrored) < sum(e.size[1] < 60 for e in examples)


def test_the_same_generator_gives_the_same_example() -> None:
    for first, second in zip(*(
        [train_example(sample(), 64, rng(seed), "paper") for seed in (1, 2, 3)] for _ in range(2)), strict=True
    ):  # fmt: skip
        np.testing.assert_array_equal(first.image, second.image)
        np.testing.assert_array_equal(first.alpha, second.alpha)
        np.testing.assert_array_equal(first.box, second.box)


def test_a_crop_without_foreground_is_moved_to_some() -> None:
    alpha = np.zeros((64, 400), np.uint8)
    alpha[50:60, 390:398] = 255
    tiny = Sample("s", np.zeros((64, 400, 3), np.uint8), alpha)
    for seed in range(40):
        check(train_example(tiny, 64, rng(seed), "paper"), 64)


def test_strong_shrinking_averages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(examples, "METHODS", examples.METHODS[1:])  # without nearest
    # Black and white lines of one pixel: sampled they would be black or white, averaged they are grey.
    image = np.zeros((640, 640, 3), np.uint8)
    image[:, ::2] = 255
    alpha = np.full((640, 640), 255, np.uint8)
    for seed in range(20):
        example = train_example(Sample("s", image, alpha), 32, rng(seed), "paper")
        height, width = example.size
        photo = example.image[:, :height, :width]
        assert (np.abs(photo.astype(int) - 128) < 40).all()


def test_a_speck_that_vanishes_is_a_bad_sample() -> None:
    alpha = np.zeros((2000, 2000), np.uint8)
    alpha[1000, 1000] = 1
    speck = Sample("s", np.zeros((2000, 2000, 3), np.uint8), alpha)
    with pytest.raises(BadSample, match="s: its 1 pixels of foreground vanish when it is scaled to 64x64"):
        eval_example(speck, 64, "paper")


def test_interpolation_never_leaves_the_range() -> None:
    # Lanczos overshoots; OpenCV saturates 8-bit pictures, so black stays black and white white.
    alpha = np.zeros((40, 40), np.uint8)
    alpha[:, 20:] = 255
    large = cv2.resize(alpha, (97, 97), interpolation=cv2.INTER_LANCZOS4)
    assert large.min() == 0
    assert large.max() == 255
