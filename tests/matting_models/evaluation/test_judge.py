from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from matting_models.evaluation.judge import judge
from matting_models.evaluation.predictions import Task
from matting_models.evaluation.protocols import PROTOCOLS
from matting_models.evaluation.reading import read_prediction, read_truth
from matting_models.evaluation.samples import Sample
from matting_models.metrics import score, unknown_region
from matting_models.refmatte_layout import Text
from tests.matting_models.evaluation.trees import disc, trimap_of, write


@pytest.fixture
def task(tmp_path: Path) -> Task:
    """A disc, and the same one pixel lower."""
    truth = write(tmp_path / "truth.png", disc(0))
    trimap = write(tmp_path / "trimap.png", trimap_of(disc(0)))
    prediction = write(tmp_path / "prediction.png", np.roll(disc(0), 1, axis=0))
    return Task(Sample("a", "a", (truth,), trimap=trimap), (prediction,))


def test_whole_image(task: Task) -> None:
    (row,) = judge(task, PROTOCOLS["whole-image"])
    expected = score(np.roll(disc(0), 1, axis=0) / 255, disc(0) / 255)
    assert {name: row[name] for name in ("sad", "mse", "mad", "grad", "conn", "conn_port", "pixels")} == {
        name: getattr(expected, name) for name in ("sad", "mse", "mad", "grad", "conn", "conn_port", "pixels")
    }
    assert (row["height"], row["width"], row["prediction"]) == (48, 64, str(task.predictions[0]))


def test_unknown_region_and_stretched_gradients(task: Task) -> None:
    region = unknown_region(trimap_of(disc(0)))
    mattes = np.roll(disc(0), 1, axis=0) / 255, disc(0) / 255
    (row,) = judge(task, PROTOCOLS["alphamatting"])
    assert row["sad"] == score(*mattes, region).sad
    assert row["pixels"] == region.sum()
    half = write(task.predictions[0].with_name("half.png"), disc(0) // 2)
    (stretched,), (plain,) = (
        judge(Task(task.sample, (half,)), PROTOCOLS[n]) for n in ("composition-1k", "alphamatting")
    )
    assert stretched["grad"] < plain["grad"] / 10
    assert stretched["sad"] == plain["sad"]


def test_semat_scale(task: Task) -> None:
    semat = PROTOCOLS["semat"]
    (row,) = judge(task, semat)
    truth, native = read_truth(task.sample.truths[0], semat)
    assert row["sad"] == score(read_prediction(task.predictions[0], semat, native), truth).sad
    assert (row["height"], row["width"], row["pixels"]) == (768, 1024, 768 * 1024)


def test_trimaps(task: Task) -> None:
    trimaps = Task(Sample("a", "a", (task.sample.trimap or Path(),)), (task.sample.trimap or Path(),))
    (row,) = judge(trimaps, PROTOCOLS["trimap"])
    assert (row["accuracy"], row["miou"], row["pixels"]) == (1, 1, 48 * 64)


def test_what_cannot_be_judged_has_a_reason(task: Task, tmp_path: Path) -> None:
    def reason(task: Task, protocol: str = "whole-image") -> str:
        (row,) = judge(task, PROTOCOLS[protocol])
        assert "sad" not in row
        return str(row["reason"])

    truth, prediction = task.sample.truths[0], task.predictions[0]
    assert reason(Task(task.sample, (), "no prediction: p.png does not exist")) == "no prediction: p.png does not exist"
    assert reason(Task(Sample("a", "a", (truth,)), (prediction,)), "alphamatting") == (
        "no trimap, which protocol alphamatting needs"
    )
    flat = write(tmp_path / "flat.png", np.where(disc(0) > 127, 255, 0).astype(np.uint8))
    assert reason(Task(Sample("a", "a", (truth,), trimap=flat), (prediction,)), "alphamatting") == (
        f"{flat} has no unknown pixel"
    )
    small = write(tmp_path / "small.png", disc(0)[:10])
    assert reason(Task(task.sample, (small,))) == f"{small} is 64x10, expected 64x48"
    assert reason(Task(Sample("a", "a", (truth,), trimap=small), (prediction,)), "alphamatting") == (
        f"{small} is 64x10, expected 64x48 (the truth)"
    )
    cut = tmp_path / "cut.png"
    cut.write_bytes(prediction.read_bytes()[:60])
    assert reason(Task(task.sample, (cut,))) == f"{cut} cannot be decoded (60 bytes)"
    assert reason(Task(Sample("a", "a", (tmp_path / "gone.png",)), (prediction,))) == (
        f"{tmp_path / 'gone.png'} does not exist"
    )


def test_empty_prediction_and_empty_truth_have_scores(task: Task, tmp_path: Path) -> None:
    nothing = write(tmp_path / "nothing.png", np.zeros((48, 64), np.uint8))
    truth = disc(0) / 255
    (row,) = judge(Task(task.sample, (nothing,)), PROTOCOLS["whole-image"])
    assert row["sad"] == pytest.approx(truth.sum() / 1000)
    (row,) = judge(Task(Sample("a", "a", (nothing,)), (nothing,)), PROTOCOLS["whole-image"])
    assert row["sad"] == row["grad"] == row["conn"] == 0


def test_instances_have_a_row_each(tmp_path: Path) -> None:
    left, right = (np.zeros((48, 64), np.uint8) for _ in range(2))
    left[10:40, 5:25], right[10:40, 40:60] = 255, 255
    off = np.zeros((48, 64), np.uint8)
    off[0:5, 0:5] = 255
    close = left.copy()
    close[10, 5:25] = 128
    truths = tuple(write(tmp_path / "t" / f"{i}.png", matte) for i, matte in enumerate((left, right)))
    predictions = tuple(write(tmp_path / "p" / f"{i}.png", matte) for i, matte in enumerate((off, close)))
    rows = judge(Task(Sample("a", "a", truths, instances=True), predictions), PROTOCOLS["whole-image"])
    assert [(row["instance"], row["truth"], row["prediction"]) for row in rows] == [
        ("true positive", str(truths[0]), str(predictions[1])),
        ("false negative", str(truths[1]), None),
        ("false positive", None, str(predictions[0])),
    ]
    error = 20 * (127 / 255) / 600  # a row of 20 of 30 x 20 pixels
    assert rows[0]["mad"] == pytest.approx(error)
    assert rows[0]["similarity_mad"] == pytest.approx(1 - 10 * error)
    assert rows[0]["iou"] == 1


def test_image_without_predicted_instances_is_all_false_negatives(tmp_path: Path) -> None:
    truths = tuple(write(tmp_path / f"{i}.png", disc(i)) for i in range(2))
    rows = judge(Task(Sample("a", "a", truths, instances=True), ()), PROTOCOLS["semat"])
    assert [row["instance"] for row in rows] == ["false negative"] * 2


def test_instances_of_different_sizes_have_a_reason(tmp_path: Path) -> None:
    truths = write(tmp_path / "0.png", disc(0)), write(tmp_path / "1.png", disc(1)[:20])
    (row,) = judge(Task(Sample("a", "a", truths, instances=True), ()), PROTOCOLS["semat"])
    assert row["reason"] == f"{tmp_path}: mattes of different sizes"


@pytest.mark.parametrize(("columns", "right"), [((0, 3), 1.0), ((4, 8), 0.0), ((2, 6), 0.0), ((8, 8), 0.0)])
def test_the_right_entity_is_the_one_that_a_matte_overlaps_most(
    columns: tuple[int, int], right: float, tmp_path: Path
) -> None:
    """Of two as wide as each other, side by side, and a hidden one; as much of both, or of neither, is not right."""

    def stripe(name: str, first: int, last: int) -> Path:
        alpha = np.zeros((4, 8))
        alpha[:, first:last] = 1
        return write(tmp_path / name, alpha)

    sample = Sample("basic/a", "a", (stripe("own.png", 0, 4),), text=Text("basic", "it"))
    asked = replace(sample, others=(stripe("hidden.png", 0, 0), stripe("other.png", 4, 8)))
    prediction = stripe("prediction.png", *columns)
    (row,) = judge(Task(asked, (prediction,)), PROTOCOLS["whole-image"])
    assert (row["right_entity"], row["kind"], row["text"]) == (right, "basic", "it")
    assert "right_entity" not in judge(Task(sample, (prediction,)), PROTOCOLS["whole-image"])[0]
