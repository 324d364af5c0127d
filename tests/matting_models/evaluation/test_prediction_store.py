from pathlib import Path

import cv2
import numpy as np
import pytest

from matting_models.evaluation import prediction_store
from matting_models.evaluation.prediction_store import PredictionStore
from matting_models.evaluation.samples import Sample
from tests.matting_models.evaluation.trees import disc, photo_of, write


@pytest.fixture
def sample(tmp_path: Path) -> Sample:
    truth = write(tmp_path / "truth.png", disc(0))
    return Sample("s/a.b", "s/a.b", (truth,), write(tmp_path / "photo.png", photo_of(disc(0), 0)))


def grey(value: float) -> np.ndarray:
    return np.full((4, 5), value, np.float32)


def test_a_prediction_is_kept_with_its_settings_and_files(sample: Sample, tmp_path: Path) -> None:
    store = PredictionStore(tmp_path / "p", {"weights": "w"})
    assert not store.is_done(sample)
    assert store.tasks([sample])[0].missing == "not predicted"
    store.save(sample, store.begin(sample), [grey(0.5)])
    assert store.is_done(sample)
    (task,) = store.tasks([sample])
    assert task.predictions == (tmp_path / "p" / "s" / "a.b.png",)
    assert cv2.imread(str(task.predictions[0]), cv2.IMREAD_UNCHANGED).tolist() == [[128] * 5] * 4
    assert not PredictionStore(tmp_path / "p", {"weights": "v"}).is_done(sample)
    assert not PredictionStore(tmp_path / "p", {"weights": "w"}, {sample.id: [1, 2, 3, 4]}).is_done(sample)
    assert sample.image is not None
    write(sample.image, photo_of(disc(0), 7))
    assert not store.is_done(sample)


def test_a_reason_is_told_and_tried_again(sample: Sample, tmp_path: Path) -> None:
    store = PredictionStore(tmp_path / "p", {})
    store.fail(sample, store.begin(sample), "no box")
    assert not store.is_done(sample)
    assert store.tasks([sample])[0].missing == "no box"


def test_a_photo_that_changes_meanwhile_is_noticed(sample: Sample, tmp_path: Path) -> None:
    store = PredictionStore(tmp_path / "p", {})
    key = store.begin(sample)
    assert sample.image is not None
    write(sample.image, photo_of(disc(0), 7))
    store.save(sample, key, [grey(0.5)])
    assert not store.is_done(sample)


@pytest.mark.parametrize("instances", [False, True])
def test_killed_between_picture_and_record(
    instances: bool, sample: Sample, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if instances:
        sample = Sample("s/n", "s/n", sample.truths * 2, sample.image, instances=True)
    first, second = (PredictionStore(tmp_path / "p", {"weights": name}) for name in "ab")
    first.save(sample, first.begin(sample), [grey(0), grey(0)])
    key = second.begin(sample)
    monkeypatch.setattr(PredictionStore, "_record", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        second.save(sample, key, [grey(1)])
    assert not first.is_done(sample)
    assert not second.is_done(sample)


def test_instances_are_whole_or_not_there(tmp_path: Path, sample: Sample, monkeypatch: pytest.MonkeyPatch) -> None:
    sample = Sample("n", "n", sample.truths * 2, sample.image, instances=True)
    store = PredictionStore(tmp_path / "p", {})
    store.save(sample, store.begin(sample), [])
    assert store.tasks([sample])[0].missing == ""  # nothing was found
    write_one = prediction_store._write
    monkeypatch.setattr(
        prediction_store, "_write", lambda path, alpha: write_one(path, alpha) if path.name == "00.png" else 1 / 0
    )
    with pytest.raises(ZeroDivisionError):
        store.save(sample, store.begin(sample), [grey(0), grey(1)])
    assert not (tmp_path / "p" / "n").exists()
    monkeypatch.undo()
    store.save(sample, store.begin(sample), [grey(0), grey(1)])
    (tmp_path / "p" / "n" / ".DS_Store").write_bytes(b"")
    assert [path.name for path in store.tasks([sample])[0].predictions] == ["00.png", "01.png"]
