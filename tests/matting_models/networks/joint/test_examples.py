from pathlib import Path

import cv2
import numpy as np
import pytest

from matting_models.data.sample import BadSample, Sample
from matting_models.networks.joint.batch import JointExamples
from matting_models.networks.joint.examples import coarse, pseudo_trimap, train_example


def sample(side: int = 60) -> Sample:
    alpha = np.zeros((200, 300), np.uint8)
    alpha[80 : 80 + side, 100 : 100 + side] = 255
    image = np.repeat(alpha[:, :, None], 3, axis=2)
    return Sample("a", image, alpha)


def test_the_pseudo_trimap_is_wider_outside_than_inside() -> None:
    mask = np.zeros((1, 400), np.uint8)
    mask[0, 200:] = 1
    classes = pseudo_trimap(np.repeat(mask, 200, axis=0), 512)[100]
    assert [int((classes[:200] == 1).sum()), int((classes[200:] == 1).sum())] == [24, 7]
    half = pseudo_trimap(np.repeat(mask, 200, axis=0), 256)[100]
    assert [int((half[:200] == 1).sum()), int((half[200:] == 1).sum())] == [12, 4]


def test_the_segmentation_is_the_mask_blurred() -> None:
    mask = np.zeros((101, 101), np.uint8)
    mask[20:81, 20:81] = 1
    seen = coarse(mask, 512)
    assert seen[50, 50] == 1 and seen[50, 0] == 0
    assert 0.5 < seen[50, 20] < 0.56 and 0.44 < seen[50, 19] < 0.5  # one half between both


def test_crops_fit_together() -> None:
    for seed in range(6):
        example = train_example(sample(), 64, None, np.random.default_rng(seed))
        assert example.image.shape == (3, 64, 64) and example.classes.shape == (64, 64)
        inside = example.weight[0] > 0
        bright = example.image[0] > 0.5
        assert (example.classes[~bright & inside] != 2).all() and (example.classes[bright & inside] != 0).all()
        assert example.background is None


def test_beyond_the_photo_nothing_counts() -> None:
    small = Sample("a", np.full((20, 30, 3), 200, np.uint8), np.full((20, 30), 255, np.uint8))
    example = train_example(small, 96, None, np.random.default_rng(0))
    assert 0 < example.weight.mean() < 1 and example.image.min() > 0.7


def test_backgrounds_come_from_the_folder(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "a.png"), np.full((40, 40, 3), 51, np.uint8))
    example = JointExamples(64, [tmp_path / "a.png"]).train(sample(), np.random.default_rng(0))
    assert example.background is not None and np.allclose(example.background, 0.2)
    (tmp_path / "b.png").write_bytes(b"torn")
    with pytest.raises(BadSample, match="b.png"):
        JointExamples(64, [tmp_path / "b.png"]).train(sample(), np.random.default_rng(0))


def test_too_little_foreground() -> None:
    with pytest.raises(BadSample, match="fewer than 24 pixels of its alpha are above one half"):
        train_example(sample(4), 64, None, np.random.default_rng(0))
