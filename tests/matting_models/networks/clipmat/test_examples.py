from dataclasses import replace

import numpy as np
import pytest

from matting_models.data.sample import BadSample, Sample
from matting_models.networks.clipmat.backbone import Backbone
from matting_models.networks.clipmat.examples import Example, evaluation_example, train_example
from matting_models.networks.clipmat.tokens import Tokens
from matting_models.refmatte_layout import Text

SIDE = 64


BASIC = Text("basic", "the red disc")


def sample(text: Text | None = BASIC) -> Sample:
    """128 x 64 pixels, the left half of them white and meant."""
    alpha = np.zeros((64, 128), np.uint8)
    alpha[:, :64] = 255
    return Sample("a", np.stack([alpha] * 3, axis=-1), alpha, text=text)


def drawn(given: Sample, tokens: Tokens, count: int = 40) -> list[Example]:
    return [train_example(given, SIDE, tokens, np.random.default_rng(seed)) for seed in range(count)]


def test_a_square_of_the_side_whatever_the_shape(backbone: Backbone) -> None:
    example = evaluation_example(sample(), SIDE, backbone.tokens)
    assert (example.image.shape, example.alpha.shape, example.classes.shape) == ((3, 64, 64), (1, 64, 64), (64, 64))
    # The ellipse of 22 pixels at 512 is one of 3 here: a pixel of either side is unknown.
    assert example.classes[32, 28:36].tolist() == [2, 2, 2, 1, 1, 0, 0, 0]
    assert (example.text == backbone.tokens.encode("the red disc")).all()


def test_half_are_mirrored_with_their_alpha(backbone: Backbone) -> None:
    examples = drawn(sample(), backbone.tokens)
    assert all((example.image[0] == example.alpha[0]).all() for example in examples)
    assert 10 < sum(int(example.alpha[0, 0, 0]) == 0 for example in examples) < 30
    assert all((example.classes == 2).any() for example in examples)


@pytest.mark.parametrize("words", ["the disc at the leftmost edge of the image", "it to the Right of a disc"])
def test_what_says_left_or_right_is_never_mirrored(words: str, backbone: Backbone) -> None:
    given = sample(Text("absolute", words))
    assert all(example.alpha[0, 0, 0] == 255 for example in drawn(given, backbone.tokens))


def test_bright_is_not_right(backbone: Backbone) -> None:
    given = sample(Text("basic", "the bright disc"))
    assert any(example.alpha[0, 0, 0] == 0 for example in drawn(given, backbone.tokens))


def test_keywords_get_a_prefix_of_the_bag_in_training(backbone: Backbone) -> None:
    given = sample(Text("keyword", "disc"))
    assert len({example.text.tobytes() for example in drawn(given, backbone.tokens)}) == 9
    kept = evaluation_example(given, SIDE, backbone.tokens)
    assert (kept.text == backbone.tokens.encode("a photo of a disc")).all()


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        (sample(None), 'its source gives no text; clipmat trains from sources of kind "refmatte"'),
        (sample(Text("keyword", " ")), "the text is empty"),
        (sample(Text("basic", "red " * 80)), "has 80 tokens, and 67 fit"),
        (replace(sample(), alpha=np.zeros((64, 128), np.uint8)), "nothing of its alpha is left at 64 pixels"),
    ],
)
def test_samples_that_cannot_be_used(given: Sample, reason: str, backbone: Backbone) -> None:
    with pytest.raises(BadSample, match=reason):
        train_example(given, SIDE, backbone.tokens, np.random.default_rng(0))
