"""Training after labelling: when it starts, what it starts from, and that it goes on where it was."""

import json
import logging
import signal
import sys
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from flows.unattended import subprocess_log, training_flow
from flows.unattended.subprocess_log import run_logged
from flows.unattended.training_flow import begin, last_mattes, read_mattes, sources, training_words, unfinished
from flows.unattended.training_settings import TrainingConfig
from matting_models.networks.semat.tiny import save_tiny
from pipelines.errors import UserError
from pipelines.storage.manifest import part_paths
from tests.conftest import Dataset, label

SMALL = {
    "device": "cpu", "workers": 0, "iterations": 4, "batch_size": 1, "warmup": 1, "checkpoint_every": 2,
    "validate_every": 2, "validation_fraction": 0.3, "decoder_channels": [4, 8, 8, 16],
}  # fmt: skip


class Kept(logging.Handler):
    """Log lines."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the flow tells its run's log, without a Prefect server."""
    logger, kept = logging.Logger("run"), Kept()
    logger.addHandler(kept)
    for module in (training_flow, subprocess_log):
        monkeypatch.setattr(module, "get_run_logger", lambda: logger)
    monkeypatch.setattr(training_flow, "create_markdown_artifact", lambda text, **_: kept.lines.append(text))
    return kept.lines


@pytest.fixture
def labelled(dataset: Dataset) -> Dataset:
    for image in range(1, 6):
        dataset.person(image)
    label(dataset.config())
    return dataset


def config(data: Dataset, **settings: Any) -> TrainingConfig:
    train = {"backbone": str(data.root / "sam"), "manifest": data.root / "out" / "manifest", "images": data.images}
    more = settings.pop("train", {})
    return TrainingConfig.model_validate(
        {"out": data.root / "runs", "min_new_mattes": 3, "train": train | SMALL | more} | settings
    )


def finished(config: TrainingConfig, run: Path) -> None:
    record = json.dumps({"run": run.name})
    (run / "trained.json").write_text(record)
    (config.out / "trained.json").write_text(record)


def test_new_are_mattes_that_the_last_training_had_not_or_not_so(labelled: Dataset) -> None:
    settings = config(labelled)
    first = read_mattes(settings.train)
    assert len(first) == 5 and last_mattes(settings.out) == frozenset()
    finished(settings, begin(settings, first, 5))
    assert read_mattes(settings.train) == last_mattes(settings.out) == first
    labelled.person(8)
    labelled.coco["annotations"][0]["segmentation"] = [[22, 18, 66, 18, 66, 62, 22, 62]]
    label(labelled.config())
    assert len(read_mattes(settings.train) - last_mattes(settings.out)) == 2


def test_what_was_begun_goes_on_whatever_is_labelled_meanwhile(labelled: Dataset) -> None:
    settings = config(labelled)
    assert unfinished(settings) is None
    run = begin(settings, read_mattes(settings.train), 5)
    before = [path.read_bytes() for path in part_paths(run / "data" / "0" / "manifest")]
    labelled.person(8)
    label(labelled.config())
    assert unfinished(settings) == run
    assert [path.read_bytes() for path in part_paths(run / "data" / "0" / "manifest")] == before
    # Settings that shape the result begin another one; those that do not, go on.
    assert unfinished(config(labelled, train={"batch_size": 2})) is None
    assert unfinished(config(labelled, train={"iterations": 9, "workers": 1})) == run
    finished(settings, run)
    assert unfinished(settings) is None


def test_nothing_was_labelled_yet(dataset: Dataset) -> None:
    assert read_mattes(config(dataset).train) == frozenset()


def test_a_recipe_of_several_sources(labelled: Dataset) -> None:
    recipe = labelled.root / "recipe.toml"
    recipe.write_text(
        '[[train]]\nkind = "manifest"\nmanifest = "out/manifest"\nimages = "images"\nweight = 2.0\n'
        '[[train]]\nkind = "pairs"\nimages = "p"\nalphas = "q"\n'
    )
    settings = config(labelled, train={"manifest": None, "images": None, "data": recipe})
    assert len(read_mattes(settings.train)) == 5
    run = begin(settings, read_mattes(settings.train), 5)
    kept = sources(settings.train.__class__(backbone="x", data=run / "data" / "recipe.toml"))
    assert [table["kind"] for table in kept["train"]] == ["manifest", "pairs"]
    assert kept["train"][0]["manifest"] == str((run / "data" / "0" / "manifest").resolve())
    assert kept["train"][0]["weight"] == 2.0 and kept["train"][1]["images"] == str(labelled.root / "p")
    recipe.write_text('[[train]]\nkind = "pairs"\nimages = "p"\nalphas = "q"\n')
    with pytest.raises(UserError, match="no mattes to wait for"):
        read_mattes(settings.train)


def test_several_gpus_are_started_with_accelerate(labelled: Dataset) -> None:
    words = training_words(config(labelled, processes=4), labelled.root / "run")
    assert words[1:6] == ["-m", "accelerate.commands.launch", "--num_processes", "4", "-m"]
    assert words[6:8] == ["matting_models.train", "semat"] and "--resume" in words


def test_a_command_in_the_log(log: list[str]) -> None:
    code = "import sys; print('one'); print(' 50%|##| 1/2 [1.0it/s]'); print('error: no'); sys.exit(STATUS)"
    run = [sys.executable, "-c"]
    with pytest.raises(UserError, match="training: no"):
        run_logged([*run, code.replace("STATUS", "2")], "training")
    assert log == ["one", "error: no"]
    with pytest.raises(RuntimeError, match="training ended with status 3: error: no"):
        run_logged([*run, code.replace("STATUS", "3")], "training")
    run_logged([*run, code.replace("STATUS", "1")], "training", may=(1,))


def test_a_command_ends_with_the_run(log: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    class Stop(BaseException):
        pass

    def lines(process: Any) -> Any:
        started.append(process)
        raise Stop
        yield

    started: list[Any] = []
    monkeypatch.setattr(subprocess_log, "_worth_logging", lines)
    with pytest.raises(Stop):
        run_logged([sys.executable, "-c", "import time; time.sleep(60)"], "training")
    assert started[0].poll() == -signal.SIGTERM


@pytest.mark.slow
def test_trained_evaluated_written_down_and_then_enough_for_now(
    labelled: Dataset, log: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    save_tiny("sam", labelled.root / "sam", 64)
    truth = labelled.root / "truth"
    truth.mkdir()
    for image in sorted(labelled.images.iterdir())[:2]:
        cv2.imwrite(str(truth / image.name), np.pad(np.full((48, 48), 255, np.uint8), ((16, 16), (20, 28))))
    settings = config(labelled, evaluate=[{"gt": truth, "image": labelled.images}])
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    state = training_flow._train(settings)
    assert state.message is not None and state.message.startswith("trained on 5 mattes, 5 of them new, in 0000005-")
    record = json.loads((settings.out / "trained.json").read_bytes())
    run = settings.out / record["run"]
    assert (run / "model" / "model.safetensors").exists() and record["validation_sad"] > 0
    assert record["scores"]["truth"]["sad"] > 0 and "# SEMat on 5 mattes" in log[-4]
    assert any("5 of 3 new mattes" in line for line in log)
    assert training_flow._train(settings).message == "0 of 3 new mattes"
