import json
import os
import signal
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from filelock import FileLock
from safetensors.torch import load_file

from matting_models.errors import InputError
from matting_models.networks.semat import SEMat
from matting_models.networks.semat.tiny import save_tiny
from matting_models.networks.semat.training import SEMatTraining
from matting_models.training import loop
from matting_models.training.checkpoint import list_checkpoints, read_state
from matting_models.training.monitor import Monitor
from tests.matting_models.data.conftest import write_pairs
from tests.matting_models.training.conftest import Settings, train


def rows(out: Path) -> list[dict[str, Any]]:
    """metrics.jsonl without what a clock says."""
    lines = map(json.loads, (out / "metrics.jsonl").read_text().splitlines())
    return [{k: v for k, v in row.items() if k != "samples_per_second"} for row in lines]


def same(first: Any, second: Any) -> bool:
    if isinstance(first, torch.Tensor):
        return torch.equal(first, second)
    if isinstance(first, dict):
        return first.keys() == second.keys() and all(same(first[key], second[key]) for key in first)
    if isinstance(first, list | tuple):
        return len(first) == len(second) and all(map(same, first, second))
    return bool(first == second)


def assert_same_run(first: Path, second: Path) -> None:
    """Weights byte for byte, the whole state, and every figure that was logged."""
    ours, theirs = (list_checkpoints(out / "checkpoints")[-1] for out in (first, second))
    assert ours.name == theirs.name
    for name in ("model.safetensors", "config.json"):
        assert (ours / name).read_bytes() == (theirs / name).read_bytes()
        assert (first / name).read_bytes() == (second / name).read_bytes()
    assert same(read_state(ours), read_state(theirs))
    assert rows(first) == rows(second)


# ---- what a run leaves ------------------------------------------------------------------------------------------


def test_a_run_leaves_weights_checkpoints_figures_and_pictures(settings: Settings, tmp_path: Path) -> None:
    trainer = train(settings(keep_checkpoints=1, validate_every=3, iterations=7))
    out = tmp_path / "run"
    assert trainer.step == 7
    assert trainer.best is not None
    kept = [int(p.name[5:]) for p in list_checkpoints(out / "checkpoints")]
    assert kept == sorted({7, trainer.best[1]})
    logged = rows(out)
    assert [row["step"] for row in logged if "loss" in row] == list(range(1, 8))
    validations = {row["step"]: row["validation_sad"] for row in logged if "validation_sad" in row}
    assert sorted(validations) == [0, 3, 6, 7]
    assert trainer.best == (min(v for step, v in validations.items() if step), trainer.best[1])
    assert sorted(p.name for p in (out / "pictures").iterdir()) == [f"step-000000{i}.jpg" for i in (0, 3, 6, 7)]
    assert list((out / "tensorboard").iterdir())
    assert (out / "model.safetensors").read_bytes() == (
        out / "checkpoints" / f"step-{trainer.best[1]:07d}" / "model.safetensors"
    ).read_bytes()
    alpha = SEMat.from_pretrained(out, device="cpu").predict(np.zeros((30, 40, 3), np.uint8), (5, 5, 30, 25))
    assert alpha.shape == (30, 40)


def test_every_part_is_trained_and_the_backbone_is_not(settings: Settings) -> None:
    trainer = train(settings(iterations=2))
    fresh = SEMat.create(str(settings().backbone), decoder_channels=(4, 8, 8, 16))
    frozen = {n: p for n, p in fresh.named_parameters() if not p.requires_grad}
    trained = dict(trainer.network.model.named_parameters())
    assert all(torch.equal(trained[name], p) for name, p in frozen.items())
    for name, part in trainer.network.model.components().items():
        moved = [p for p in part if p.grad is None and trainer.optimisers[0].state[p]["exp_avg"].abs().sum() > 0]
        assert len(moved) > 0.9 * len(part), name


def test_gradient_accumulation_counts(settings: Settings) -> None:
    trainer = train(settings(iterations=3, gradient_accumulation=2))
    assert trainer.skips.drawn == 3 * 2 * 2


def test_backward_passes_of_a_step_add_up_to_its_mean_loss(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    passed: list[float] = []
    real = loop.Accelerator.backward

    def backward(self: Any, loss: torch.Tensor) -> None:
        passed.append(loss.item())
        real(self, loss)

    monkeypatch.setattr(loop.Accelerator, "backward", backward)
    train(settings(iterations=2, gradient_accumulation=3))
    logged = [row["loss"] for row in rows(tmp_path / "run") if "loss" in row]
    assert [sum(passed[:3]), sum(passed[3:])] == pytest.approx(logged, rel=1e-6)


def test_losses_have_their_weights(settings: Settings, tmp_path: Path) -> None:
    train(settings(iterations=2, lambda_reg=3.0, lambda_trimap=0.7))
    for row in (row for row in rows(tmp_path / "run") if "loss" in row):
        terms = row["matting"] + 3.0 * row["regularisation"] + 0.7 * row["trimap"]
        assert row["loss"] == pytest.approx(terms, rel=1e-5)
    assert row["regularisation"] > 1e-4


def test_bf16(settings: Settings, tmp_path: Path) -> None:
    train(settings(iterations=2, precision="bf16"))
    saved = load_file(tmp_path / "run" / "model.safetensors")
    assert {t.dtype for name, t in saved.items() if "num_batches" not in name} == {torch.float32}
    half = [row["loss"] for row in rows(tmp_path / "run") if "loss" in row]
    train(settings(iterations=2, out=tmp_path / "full"))
    full = [row["loss"] for row in rows(tmp_path / "full") if "loss" in row]
    assert half == pytest.approx(full, rel=0.05)
    assert half != full


def test_gradient_checkpointing_changes_nothing(settings: Settings, tmp_path: Path) -> None:
    train(settings(iterations=3))
    train(settings(iterations=3, gradient_checkpointing=True, out=tmp_path / "lean"))
    assert_same_run(tmp_path / "run", tmp_path / "lean")


# ---- stopped and resumed ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("workers", [0, 2])
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_stopped_and_resumed_equals_never_stopped(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, workers: int, number: int
) -> None:
    if workers and number == signal.SIGINT:
        pytest.skip("once is enough with workers, which take seconds to start")
    train(settings(iterations=7, validate_every=4))
    log = Monitor.scalars

    def interrupt(self: Monitor, step: int, values: dict[str, Any]) -> None:
        log(self, step, values)
        if step == 3 and "loss" in values:
            os.kill(os.getpid(), number)

    stopped = settings(iterations=7, validate_every=4, out=tmp_path / "stopped", workers=workers)
    monkeypatch.setattr(Monitor, "scalars", interrupt)
    with pytest.raises(KeyboardInterrupt, match="stopped at iteration 3; --resume goes on from here"):
        train(stopped)
    monkeypatch.undo()
    assert list_checkpoints(stopped.out / "checkpoints")[-1].name == "step-0000003"
    stopped.resume = True
    train(stopped)
    assert_same_run(tmp_path / "run", stopped.out)


def test_the_handlers_of_signals_are_put_back(settings: Settings) -> None:
    before = signal.getsignal(signal.SIGTERM)
    train(settings(iterations=1))
    assert signal.getsignal(signal.SIGTERM) is before


def results(out: Path) -> dict[str, bytes]:
    """Weights, checkpoints and figures."""
    files = [p for p in out.rglob("*") if p.is_file() and "tensorboard" not in p.parts and p.name != "settings.json"]
    return {str(p): p.read_bytes() for p in files}


def test_resuming_a_finished_run_changes_nothing(settings: Settings, tmp_path: Path) -> None:
    train(settings(iterations=2))
    before = results(tmp_path / "run")
    train(settings(iterations=2, resume=True))
    assert results(tmp_path / "run") == before


def test_resume_without_a_checkpoint_starts_anew(settings: Settings) -> None:
    assert train(settings(iterations=1, resume=True)).step == 1


def test_a_run_can_be_made_longer(settings: Settings) -> None:
    train(settings(iterations=2))
    assert train(settings(iterations=4, resume=True)).step == 4


def test_weights_cut_short_name_the_remedy(settings: Settings, tmp_path: Path) -> None:
    train(settings(iterations=4))
    last = list_checkpoints(tmp_path / "run" / "checkpoints")[-1]
    file = last / "model.safetensors"
    file.write_bytes(file.read_bytes()[:-9])
    with pytest.raises(InputError, match="model.safetensors is damaged or cut short.*; delete that checkpoint"):
        train(settings(iterations=6, resume=True))
    for path in last.iterdir():
        path.unlink()
    last.rmdir()
    assert train(settings(iterations=6, resume=True)).step == 6


def test_a_place_that_holds_a_run_is_not_overwritten(settings: Settings) -> None:
    train(settings(iterations=2))
    with pytest.raises(InputError, match="run holds a run already; --resume continues it, or choose another --out"):
        train(settings())


@pytest.mark.parametrize("resume", [False, True])
def test_a_model_without_checkpoints_is_not_overwritten(settings: Settings, backbone: Path, resume: bool) -> None:
    before = (backbone / "config.json").read_bytes()
    with pytest.raises(InputError, match="holds a model but no checkpoint to go on from, and training would overwrite"):
        train(settings(out=backbone, resume=resume))
    assert (backbone / "config.json").read_bytes() == before


def test_the_best_weights_come_back_with_a_resume(settings: Settings, tmp_path: Path) -> None:
    train(settings(iterations=6))
    (tmp_path / "run" / "model.safetensors").unlink()
    trainer = train(settings(iterations=6, resume=True))
    assert trainer.best is not None
    best = tmp_path / "run" / "checkpoints" / f"step-{trainer.best[1]:07d}" / "model.safetensors"
    assert (tmp_path / "run" / "model.safetensors").read_bytes() == best.read_bytes()


def test_resuming_with_other_settings_data_or_backbone_is_refused(settings: Settings, tmp_path: Path) -> None:
    train(settings(iterations=2))
    with pytest.raises(InputError, match="settings.json says --learning-rate 0.001, this command 0.01"):
        train(settings(resume=True, learning_rate=0.01))
    other = save_tiny("sam", tmp_path / "sam", 64, seed=5)
    with pytest.raises(InputError, match="was trained on backbone sam@\\w+, this one is sam@\\w+; its adapters fit no"):
        train(settings(resume=True, backbone=str(other)))
    write_pairs(tmp_path / "training", ("g",))
    with pytest.raises(InputError, match="was trained on other data, or mixed otherwise: 9 samples then, 10 now; "):
        train(settings(resume=True))


def test_resuming_with_another_mixture_is_refused(settings: Settings, recipe: Path) -> None:
    train(settings(iterations=2))
    recipe.write_text(recipe.read_text().replace("[[validation]]", "weight = 2.0\n[[validation]]"))
    with pytest.raises(InputError, match="was trained on other data, or mixed otherwise: 9 samples then, 9 now; "):
        train(settings(resume=True))
    recipe.write_text(
        recipe.read_text().replace("weight = 2.0", 'weight = 1.0\ntrimaps = "training/alpha"'),
    )
    with pytest.raises(InputError, match="was trained on other data, or mixed otherwise"):
        train(settings(resume=True))


def test_data_that_moved_is_the_same_data(settings: Settings, tmp_path: Path) -> None:
    train(settings(iterations=2))
    (tmp_path / "elsewhere").mkdir()
    for name in ("training", "validation", "recipe.toml"):
        (tmp_path / name).rename(tmp_path / "elsewhere" / name)
    assert train(settings(iterations=3, resume=True, data=tmp_path / "elsewhere" / "recipe.toml")).step == 3


def test_another_number_of_processes_is_refused(settings: Settings, tmp_path: Path) -> None:
    train(settings(iterations=2))
    checkpoint = list_checkpoints(tmp_path / "run" / "checkpoints")[-1]
    torch.save(read_state(checkpoint) | {"world_size": 4}, checkpoint / "trainer.pt")
    with pytest.raises(InputError, match="was written by 4 processes, now there are 1; resume with as many"):
        train(settings(resume=True))


def test_two_runs_in_one_place(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    with (
        FileLock(tmp_path / "run" / ".lock"),
        pytest.raises(InputError, match="run is being trained in by another process"),
    ):
        train(settings())


# ---- what goes wrong --------------------------------------------------------------------------------------------


def test_a_loss_that_is_not_finite_names_the_samples(settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        train(settings(learning_rate=1e30, warmup=0))
    message = str(caught.value)
    assert message.startswith("iteration 2: ")
    assert "is not finite; the batch was " in message
    assert message.count(str(tmp_path / "training" / "image")) == 2
    assert "lower --learning-rate" in message


def test_a_gradient_that_is_not_finite_ends_before_it_does_harm(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop.torch.nn.utils, "get_total_norm", lambda _: torch.tensor(float("inf")))
    with pytest.raises(InputError, match="iteration 1: gradient is not finite; the batch was .*jpg, .*jpg"):
        train(settings())


def test_fp16_gives_up_on_gradients_that_stay_infinite(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    trainer = loop.Trainer(SEMatTraining, settings(iterations=100))
    monkeypatch.setattr(loop.torch.nn.utils, "get_total_norm", lambda _: torch.tensor(float("nan")))
    monkeypatch.setattr(trainer.accelerator, "scaler", object())
    monkeypatch.setattr(trainer.accelerator, "unscale_gradients", lambda _: None)
    trainer.network = object.__new__(SEMatTraining)
    optimiser = torch.optim.SGD([torch.nn.Parameter(torch.ones(1))])
    for _ in range(loop.OVERFLOWS):
        trainer._gradient_norm(optimiser, ["a", "b"])
    with pytest.raises(InputError, match="not finite for 51 iterations in a row; the last batch was a, b. Use --prec"):
        trainer._gradient_norm(optimiser, ["a", "b"])


def test_a_validation_that_is_not_a_number_is_never_the_best(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, calls = loop.validate, []

    def once(*given: Any) -> Any:
        result = real(*given)
        calls.append(result)
        if len(calls) == 2:
            result.means["sad"] = float("nan")
        return result

    monkeypatch.setattr(loop, "validate", once)
    trainer = train(settings(iterations=4, validate_every=2))
    assert trainer.best == (calls[2].means["sad"], 4)


@pytest.mark.parametrize(
    ("changes", "remedy"),
    [
        (
            {},
            "out of GPU memory with --batch-size 2 at 64 x 64 pixels: add --gradient-checkpointing, or lower "
            "--batch-size and raise --gradient-accumulation by as much in a new --out",
        ),
        ({"batch_size": 1}, "add --gradient-checkpointing"),
        ({"batch_size": 1, "gradient_checkpointing": True}, "use a smaller backbone"),
    ],
)
def test_out_of_memory_names_what_to_lower(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, changes: dict[str, Any], remedy: str
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.")

    monkeypatch.setattr(SEMat, "encode", fail)
    with pytest.raises(InputError, match=remedy + "$"):
        train(settings(**changes))


def tear(folder: Path, names: str) -> None:
    for name in names:
        (folder / "image" / f"{name}.jpg").write_bytes(b"torn")


def test_a_corrupt_sample_is_skipped_counted_and_named(settings: Settings, tmp_path: Path) -> None:
    tear(tmp_path / "training", "b")
    tear(tmp_path / "validation", "y")
    trainer = train(settings(iterations=4))
    assert trainer.skips.total >= 1
    skipped = json.loads((tmp_path / "run" / "skipped.json").read_text())
    expected = [tmp_path / "training" / "image" / "b.jpg", tmp_path / "validation" / "image" / "y.jpg"]
    assert skipped == {str(path): f"{path} cannot be decoded (4 bytes)" for path in expected}
    assert [row["validation_samples"] for row in rows(tmp_path / "run") if "validation_samples" in row] == [2, 2]


def test_too_many_corrupt_samples_end_the_run(settings: Settings, tmp_path: Path) -> None:
    tear(tmp_path / "training", "abcd")
    with pytest.raises(
        InputError, match=r"1\d of \d+ samples drawn cannot be used \(limit 10%\); the last, .*jpg: .*jpg"
    ):
        train(settings(iterations=30, validate_every=30, checkpoint_every=30))
    named = json.loads((tmp_path / "run" / "skipped.json").read_text())
    assert set(named) == {str(tmp_path / "training" / "image" / f"{name}.jpg") for name in "abcd"}


def test_nothing_but_corrupt_samples(settings: Settings, tmp_path: Path) -> None:
    tear(tmp_path / "training", "abcdef")
    with pytest.raises(InputError, match=r"20 of 20 samples drawn cannot be used .* cannot be decoded \(4 bytes\)$"):
        train(settings(workers=1))


def test_a_killed_loader_process(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("DataLoader worker (pid 7) is killed by signal: Killed. ")

    monkeypatch.setattr(loop, "training_loader", fail)
    with pytest.raises(InputError, match="a loader process was killed, as happens when memory ends: lower --workers"):
        train(settings())


def test_photos_without_an_alpha_and_few_validation_samples_are_said(
    settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "training" / "alpha" / "a.png").unlink()
    train(settings(iterations=1))
    printed = capsys.readouterr().out
    assert "image: 1 images have no alpha (or trimap) of their name and are left out" in printed
    assert "only 3 validation samples: which weights are best is left to chance" in printed
    train(settings(iterations=1, resume=True))
    assert "all 1 iterations are done already; nothing to do" in capsys.readouterr().out


def test_no_validation_sample_can_be_used(settings: Settings, tmp_path: Path) -> None:
    tear(tmp_path / "validation", "xyz")
    with pytest.raises(InputError, match="no validation sample can be used; the first: .*x.jpg cannot be decoded"):
        train(settings())


def test_cuda_asked_for_and_absent(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(InputError, match="CUDA was asked for, but torch sees no GPU; use device cpu or auto"):
        train(settings(device="cuda"))


def test_a_second_signal_ends_at_once() -> None:
    trainer = object.__new__(loop.Trainer)
    trainer._stop = None
    trainer.request_stop(signal.SIGTERM, None)
    with pytest.raises(SystemExit) as caught:
        trainer.request_stop(signal.SIGTERM, None)
    assert caught.value.code == 143
