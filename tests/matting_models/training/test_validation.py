from collections.abc import Iterator

import cv2
import numpy as np
import pytest
import torch
from accelerate import Accelerator

from matting_models.data import EvaluationSet, evaluation_loader
from matting_models.data.pairs_source import PairsSource
from matting_models.metrics import mse, sad
from matting_models.networks.semat import SEMat
from matting_models.networks.semat.batch import SEMatExamples
from matting_models.networks.semat.training import SEMatTraining
from matting_models.networks.semat.validation import _scores
from matting_models.training.validation import validate
from tests.matting_models.data.conftest import Broken, write_pairs
from tests.matting_models.networks.semat.conftest import shake, tiny_semat


@pytest.fixture
def pairs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PairsSource]:
    root = write_pairs(tmp_path_factory.mktemp("pairs"), height=48, width=64)
    yield PairsSource(root / "image", root / "alpha")


def network_of(model: SEMat) -> SEMatTraining:
    """What validation needs of a network in training."""
    network = object.__new__(SEMatTraining)
    network.model = model
    network.modules = {"semat": model}
    return network


def test_means_over_the_samples_without_their_padding(pairs: PairsSource) -> None:
    model = tiny_semat()
    shake(model)
    model.train()
    result = validate(
        network_of(model), evaluation_loader(EvaluationSet([pairs], SEMatExamples(64)), 3, 0), Accelerator(cpu=True)
    )
    assert model.training
    # The photos are 64 wide already: predict() works on the very same pixels.
    expected, filled, empty = [], [], []
    for row in range(len(pairs)):
        sample = pairs.load(row, np.random.default_rng(0))
        truth = sample.alpha / np.float32(255)
        x, y, width, height = cv2.boundingRect(sample.alpha)
        box = np.zeros_like(truth)
        box[y : y + height, x : x + width] = 1
        alpha = model.eval().predict(sample.image, (x, y, x + width, y + height))
        expected.append((sad(alpha, truth), mse(alpha, truth)))
        filled.append(sad(box, truth))
        empty.append(truth.sum() / 1000)
    assert (result.means["sad"], result.means["mse"]) == pytest.approx(tuple(np.mean(expected, axis=0)), rel=1e-4)
    assert result.means["box_sad"] == pytest.approx(np.mean(filled), rel=1e-6)
    assert result.means["empty_sad"] == pytest.approx(np.mean(empty), rel=1e-6)
    assert result.samples == 4
    assert result.sheet is not None
    assert result.sheet.shape == (4 * 256, 4 * 256, 3)


def test_what_cannot_be_read_is_left_out_and_named(pairs: PairsSource) -> None:
    rows = EvaluationSet([Broken(pairs, {0, 2, 3})], SEMatExamples(64))
    result = validate(network_of(tiny_semat()), evaluation_loader(rows, 2, 0), Accelerator(cpu=True))
    assert result.samples == 1
    assert result.skipped == {f"row {i}": f"file {i} is torn" for i in (0, 2, 3)}


def test_overflow_is_a_mean_that_is_no_number() -> None:
    # fp16 can overflow in validation alone; the run must go on, and such weights never be the best.
    alpha, truth = torch.full((4, 4), torch.nan), torch.full((4, 4), 255, dtype=torch.uint8)
    scores = _scores(alpha, torch.ones(4, 4), truth, torch.tensor([4, 3]))
    assert np.isnan([scores["sad"], scores["mse"]]).all()
    assert (scores["box_sad"], scores["empty_sad"]) == (0, 0.012)
