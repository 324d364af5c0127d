import numpy as np
import pytest

from matting_models.errors import InputError
from matting_models.networks.smat.config import SMatConfig
from matting_models.networks.smat.drawn_prompts import Pen, evaluation_prompt, pen_of, tight_box, training_prompt
from matting_models.networks.smat.evaluation import mark_of
from tests.matting_models.networks.smat.conftest import CONFIG

PEN = Pen(point=0, thick=1, reach=2)


@pytest.fixture
def alpha() -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    """Opaque in columns 3 to 12, faint in 2."""
    values = np.zeros((20, 16), np.float32)
    values[5:15, 3:13] = 1
    values[5:15, 2] = 0.1
    return values


def test_sizes_are_the_papers_at_its_training_side() -> None:
    assert pen_of(SMatConfig("dino@0", 384, 12, 6, 4, False, 14, 518)) == Pen(20, 5, 10)
    assert pen_of(CONFIG) == Pen(3, 1, 1)


def test_training_prompts_lie_in_alpha_above_a_fifth(alpha: np.ndarray) -> None:
    level = (alpha * 255).astype(np.uint8)
    rng = np.random.default_rng(0)
    box = training_prompt("box", level, PEN, rng)
    assert box.sum() == 100
    assert box[5:15, 3:13].all()
    counts = {int(training_prompt("points", level, PEN, rng).sum()) for _ in range(30)}
    assert counts == {1, 2, 3}
    assert not (training_prompt("points", level, PEN, rng) & ~box).any()
    assert not training_prompt("none", level, PEN, rng).any()
    assert training_prompt("scribble", level, PEN, rng).any()


def test_evaluation_prompts(alpha: np.ndarray) -> None:
    rng = np.random.default_rng(0)
    assert evaluation_prompt("box", alpha, PEN, rng)[5:15, 2:13].all()  # of everything above 0
    points = evaluation_prompt("points", alpha, PEN, rng)
    assert points.sum() == 10
    assert not points[:, 2].any()  # of what is above 0.8
    faint = evaluation_prompt("points", alpha / 2, PEN, rng)
    assert faint.sum() == 10  # where nothing is, of the most opaque
    assert not faint[:, 2].any()


def test_the_tight_box_is_four_fifths_about_the_middle(alpha: np.ndarray) -> None:
    mark = tight_box(alpha)
    assert mark.sum() == 64
    assert mark[6:14, 4:12].all()


def test_what_is_drawn_depends_on_the_matte_alone(alpha: np.ndarray) -> None:
    first = mark_of("points", alpha, PEN, tight=False)
    assert (mark_of("points", alpha, PEN, tight=False) == first).all()
    assert (mark_of("points", alpha[:, ::-1].copy(), PEN, tight=False) != first).any()
    assert mark_of("box", alpha, PEN, tight=True).sum() == 64
    assert not mark_of("none", 0 * alpha, PEN, tight=False).any()
    with pytest.raises(InputError, match="0 everywhere: there is nothing to mark"):
        mark_of("scribble", 0 * alpha, PEN, tight=False)
