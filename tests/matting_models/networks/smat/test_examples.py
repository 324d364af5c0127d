from dataclasses import replace

import numpy as np
import pytest

from matting_models.data.sample import BadSample, Sample
from matting_models.networks.smat import examples
from matting_models.networks.smat.examples import Example, evaluation_example, train_example
from tests.matting_models.networks.smat.conftest import CONFIG


def sample(whole: bool) -> Sample:
    """A square on the left, grey as its alpha; another on the right, if it is an instance."""
    alpha = np.zeros((100, 120), np.uint8)
    alpha[20:80, 10:50] = 255
    both = alpha.copy()
    both[20:80, 70:110] = 255
    image = np.repeat((both if whole else alpha)[:, :, None] // 2, 3, axis=2)
    return Sample("a", image, alpha, whole=(lambda: both) if whole else None)


def made(monkeypatch: pytest.MonkeyPatch, given: Sample, count: int = 24, **shares: float) -> list[Example]:
    for name, share in shares.items():
        monkeypatch.setattr(examples, name.upper(), share)
    return [train_example(given, CONFIG, np.random.default_rng(seed)) for seed in range(count)]


def test_one_of_two_alike_is_meant_and_in_the_box(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = set()
    for example in made(monkeypatch, sample(False), duplicated=1):
        alpha, prompt = example.alpha[0] > 51, example.prompt[0] > 0
        shown = example.image.max(axis=0) > 40
        assert 0.35 < alpha.sum() / shown.sum() < 0.65
        rows, columns = np.nonzero(alpha)
        assert (prompt == _box(rows, columns, prompt.shape)).all()
        seen.add((bool(alpha[:, :35].sum() > alpha[:, 35:].sum()), bool(alpha[:35].sum() > alpha[35:].sum())))
    assert len(seen) == 4  # left, right, above and below


def _box(rows: np.ndarray, columns: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    box = np.zeros(shape, bool)
    box[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1] = True
    return box


def test_all_instances_without_prompt(monkeypatch: pytest.MonkeyPatch) -> None:
    for example in made(monkeypatch, sample(True), duplicated=0, salient=1, whole=1):
        assert not example.prompt.any()
        assert example.alpha[0, 35, 15] == example.alpha[0, 35, 52] == 255
        assert (example.foreground == (example.alpha > 0)).all()


def test_an_instance_is_marked_in_every_way(monkeypatch: pytest.MonkeyPatch) -> None:
    areas = []
    for example in made(monkeypatch, sample(True), duplicated=0, salient=0, whole=1):
        alpha = example.alpha[0] > 51
        assert (example.prompt[0] & alpha).any()
        assert 900 < alpha.sum() < 1100  # one of the two
        areas.append(int(example.prompt.sum()))
    assert min(areas) < 80  # a thin scribble
    assert max(areas) > 900  # a box
    assert any(80 < area < 300 for area in areas)  # points


def test_one_foreground_with_a_box_or_without(monkeypatch: pytest.MonkeyPatch) -> None:
    prompted = [example.prompt.any() for example in made(monkeypatch, sample(False), duplicated=0)]
    assert 3 < sum(prompted) < 17
    assert all(example.alpha.any() for example in made(monkeypatch, sample(False), duplicated=0))


def test_crops_show_their_part_of_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    given = replace(sample(False), trusted=sample(False).alpha)
    for example in made(monkeypatch, given, duplicated=0, whole=0, count=8):
        assert example.image.shape == (3, 70, 70)
        grey, alpha = example.image.max(axis=0), example.alpha[0]
        assert ((alpha == 255) & (grey < 60)).sum() < 30
        assert ((alpha == 0) & (grey > 90)).sum() < 30
        assert (example.trusted[0] != (alpha > 127)).sum() < 150
        assert example.foreground[0][alpha > 0].all()


def test_validation_sees_the_photo_as_prediction_does_with_every_prompt() -> None:
    large = Sample("a", np.zeros((448, 336, 3), np.uint8), np.zeros((448, 336), np.uint8))
    large.alpha[100:200, 40:200] = 255
    photo = evaluation_example(large, CONFIG, np.random.default_rng(0))
    assert photo.image.shape == (3, 112, 84)
    assert photo.prompts.shape == (4, 1, 112, 84)
    box, point, scribble, none = photo.prompts[:, 0]
    assert (box == (photo.alpha > 0)).all()
    assert point.sum() == 49  # one square of 2 * 3 + 1
    assert 0 < scribble.sum() < box.sum()
    assert not none.any()


def test_no_foreground() -> None:
    empty = Sample("a", np.zeros((100, 120, 3), np.uint8), np.zeros((100, 120), np.uint8))
    with pytest.raises(BadSample, match="a: its alpha has no foreground"):
        train_example(empty, CONFIG, np.random.default_rng(0))
    with pytest.raises(BadSample, match="a: no foreground is left of it at 120x100"):
        evaluation_example(empty, CONFIG, np.random.default_rng(0))
    empty.alpha[0, 0] = 9
    with pytest.raises(BadSample, match=r"a: none of its alpha is above 0\.2 at 70 pixels"):
        train_example(empty, CONFIG, np.random.default_rng(0))
