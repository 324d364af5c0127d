from pathlib import Path

import pytest
import torch

from matting_models.errors import InputError
from matting_models.training import checkpoint
from matting_models.training.checkpoint import list_checkpoints, prune, read_state, step_of, write_checkpoint

STATE = {"step": 7, "rng": [{"cpu": torch.get_rng_state()}], "best": [1.5, 3], "name": "ä"}


class Weights:
    """A network of one file."""

    def save(self, folder: Path) -> None:
        (folder / "weights").write_text("w")


def test_round_trip(tmp_path: Path) -> None:
    path = write_checkpoint(tmp_path, 7, Weights(), STATE)
    assert path == tmp_path / "step-0000007"
    assert list_checkpoints(tmp_path) == [path]
    assert step_of(path) == 7
    state = read_state(path)
    assert {k: state[k] for k in ("step", "best", "name")} == {"step": 7, "best": [1.5, 3], "name": "ä"}
    assert (path / "weights").read_text() == "w"


def test_one_that_cannot_be_finished_does_not_appear(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    first = write_checkpoint(tmp_path, 1, Weights(), STATE)
    monkeypatch.setattr(checkpoint.torch, "save", fail)
    with pytest.raises(OSError, match="No space left"):
        write_checkpoint(tmp_path, 2, Weights(), STATE)
    assert list_checkpoints(tmp_path) == [first]
    monkeypatch.undo()
    prune(tmp_path, 3, None)
    assert [p.name for p in tmp_path.iterdir()] == ["step-0000001"]


def test_the_last_and_the_best_are_kept(tmp_path: Path) -> None:
    for step in range(1, 7):
        (tmp_path / f"step-{step:07d}").mkdir()
    prune(tmp_path, 2, 3)
    assert [step_of(p) for p in list_checkpoints(tmp_path)] == [3, 5, 6]


def test_other_folders_are_no_checkpoints(tmp_path: Path) -> None:
    for name in ("step-0000001.old", "notes", ".step-0000002.partial"):
        (tmp_path / name).mkdir()
    assert list_checkpoints(tmp_path) == []
    assert list_checkpoints(tmp_path / "none") == []


@pytest.mark.parametrize("keep", [0.0, 0.5, 0.99])
def test_a_state_cut_short(tmp_path: Path, keep: float) -> None:
    path = write_checkpoint(tmp_path, 1, Weights(), STATE) / "trainer.pt"
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * keep)])
    with pytest.raises(
        InputError, match=f"{path} is damaged or cut short .*; delete that checkpoint's folder to resume"
    ):
        read_state(path.parent)


def test_a_state_that_is_gone(tmp_path: Path) -> None:
    with pytest.raises(
        InputError, match="has no trainer.pt; delete that checkpoint's folder to resume from the one be"
    ):
        read_state(tmp_path)


def test_a_state_that_runs_code_is_not_loaded(tmp_path: Path) -> None:
    torch.save({"step": Path("x")}, tmp_path / "trainer.pt")
    with pytest.raises(InputError, match="trainer.pt is damaged or cut short"):
        read_state(tmp_path)
