"""The command line of training, as a process where it matters."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from matting_models.networks.semat import SEMat
from matting_models.networks.semat.tiny import save_tiny
from matting_models.train import main
from matting_models.training.checkpoint import list_checkpoints, read_state
from tests.matting_models.data.conftest import write_pairs
from tests.matting_models.training.conftest import RECIPE
from tests.matting_models.training.test_loop import assert_same_run, rows

ROOT = Path(__file__).parents[2]


@pytest.fixture
def words(tmp_path: Path) -> list[str]:
    """Arguments of a short run, without --out."""
    write_pairs(tmp_path / "training", tuple("abcdef"))
    write_pairs(tmp_path / "validation", tuple("xyz"))
    (tmp_path / "recipe.toml").write_text(RECIPE)
    backbone = save_tiny("sam", tmp_path / "sam", 64)
    given = {
        "backbone": backbone, "data": tmp_path / "recipe.toml", "device": "cpu", "workers": 1, "iterations": 12,
        "batch-size": 2, "learning-rate": 1e-3, "warmup": 2, "checkpoint-every": 2, "validate-every": 6,
        "log-every": 1,
    }  # fmt: skip
    flags = [str(part) for name, value in given.items() for part in (f"--{name}", value)]
    return ["semat", *flags, "--decoder-channels", "4", "8", "8", "16"]


def start(words: list[str], *launcher: str, group: bool = False) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", *launcher, "matting_models.train", *words]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    return subprocess.Popen(
        command, cwd=ROOT, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        start_new_session=group,
    )  # fmt: skip


def finish(process: subprocess.Popen[str]) -> str:
    output, _ = process.communicate(timeout=300)
    assert process.returncode == 0, output
    return output


@pytest.mark.slow
def test_killed_and_resumed_equals_never_stopped(words: list[str], tmp_path: Path) -> None:
    straight, killed = tmp_path / "straight", tmp_path / "killed"
    output = finish(start([*words, "--out", str(straight)]))
    assert "validation SAD" in output
    assert str(straight / "model.safetensors") in output
    process = start([*words, "--out", str(killed)])
    while not list_checkpoints(killed / "checkpoints"):
        assert process.poll() is None
        time.sleep(0.02)
    process.kill()
    process.communicate(timeout=30)  # ends when no worker holds its end of the pipe any more
    step = read_state(list_checkpoints(killed / "checkpoints")[-1])["step"]
    assert step < 12
    assert f"resumed at iteration {step}" in finish(start([*words, "--out", str(killed), "--resume"]))
    assert_same_run(straight, killed)


@pytest.mark.parametrize("number", [signal.SIGTERM, pytest.param(signal.SIGINT, marks=pytest.mark.slow)])
def test_a_signal_to_all_processes_ends_with_a_checkpoint_and_says_how_to_go_on(
    words: list[str], tmp_path: Path, number: signal.Signals
) -> None:
    words = [*words, "--iterations", "100000", "--checkpoint-every", "100000", "--validate-every", "100000"]
    # The iteration in progress needs more batches than the loader has ready.
    words = [*words, "--gradient-accumulation", "8"]
    process = start([*words, "--out", str(tmp_path / "run")], group=True)
    metrics = tmp_path / "run" / "metrics.jsonl"
    while not (metrics.exists() and metrics.read_text().count("\n") > 2):
        assert process.poll() is None
        time.sleep(0.05)
    os.killpg(process.pid, number)  # as a terminal's Ctrl-C, and schedulers
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 130
    step = read_state(list_checkpoints(tmp_path / "run" / "checkpoints")[-1])["step"]
    assert output.rstrip().endswith(f"stopped at iteration {step}; --resume goes on from here")
    assert "Traceback" not in output


@pytest.mark.slow
def test_two_processes(words: list[str], tmp_path: Path) -> None:
    # What accelerate launch starts for several GPUs; on CPUs it wants MPI.
    launcher = ("torch.distributed.run", "--nproc-per-node", "2", "--standalone", "-m")
    straight, stopped = tmp_path / "straight", tmp_path / "stopped"
    output = finish(start([*words, "--out", str(straight), "--iterations", "4"], *launcher))
    assert "2 x the CPU" in output
    assert output.count("best validation") == 1
    state = read_state(list_checkpoints(straight / "checkpoints")[-1])
    assert state["world_size"] == 2
    assert len(state["rng"]) == 2
    assert not torch.equal(state["rng"][0]["cpu"], state["rng"][1]["cpu"])
    # Four samples in each step: what was drawn is the sum over both, and so are the trimap loss's counts.
    assert [row["validation_samples"] for row in rows(straight) if "validation_samples" in row] == [3, 3]
    pixels = 64 * 64 * 4 * (1 - 0.75**4)
    assert state["network"]["trimap_loss.running"].sum() > pixels / 2
    # Made shorter and then resumed: the same as in one go, since the schedule is cut off and not stretched.
    first = [*words, "--out", str(stopped), "--iterations", "4"]
    finish(start(first, *launcher))
    last = list_checkpoints(stopped / "checkpoints")[-1]
    for path in last.iterdir():
        path.unlink()
    last.rmdir()
    finish(start([*first, "--resume"], *launcher))
    weights = [
        load_file(list_checkpoints(out / "checkpoints")[-1] / "model.safetensors") for out in (straight, stopped)
    ]
    assert all(torch.equal(weights[0][name], weights[1][name]) for name in weights[0])
    process = start([*first, "--resume"])
    output, _ = process.communicate(timeout=100)
    assert process.returncode == 2
    assert "was written by 2 processes, now there are 1; resume with as many" in output


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        ([], 2, "usage: python -m matting_models.train NAME --manifest OUT/manifest"),
        (["--help"], 0, "usage: python -m matting_models.train NAME"),
        (["unet"], 2, "error: unknown network 'unet', expected one of semat, mask-to-matte"),
        (["semat"], 2, "error: no backbone: give --backbone, a hub name or a local folder of SAM, HQ-SAM or SAM2"),
        (["semat", "--backbone", "x"], 2, "error: give either --manifest and --images, or --data"),
        (["semat", "--backbone", "x", "--data", "none.toml"], 2, "error: recipe none.toml does not exist"),
        (
            ["semat", "--backbone", "x", "--manifest", "none", "--images", "."],
            2,
            "error: manifest folder none does not exist; expected the labelling job's OUT/manifest",
        ),
    ],
)
def test_mistakes_are_one_sentence(
    arguments: list[str], status: int, said: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == status
    printed = capsys.readouterr().err
    assert printed.startswith(said)
    assert "Traceback" not in printed
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (
            ["--learnig-rate", "1"],
            "error: unknown argument '--learnig-rate'; python -m matting_models.train",
        ),
        (["--out", "file"], "error: file: File exists"),
        (["--data", "."], "error: .: Is a directory"),
    ],
)
def test_more_mistakes_are_one_sentence(
    words: list[str], more: list[str], said: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").touch()
    assert main([*words, "--out", "run", *more]) == 2
    printed = capsys.readouterr().err
    assert said in printed.splitlines()[-1]
    assert "Traceback" not in printed


def test_a_missing_backbone(words: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*words, "--out", str(tmp_path / "run"), "--backbone", str(tmp_path / "none")]) == 2
    assert capsys.readouterr().err.splitlines()[-1] == f"error: weights folder {tmp_path / 'none'} does not exist"


def test_cuda_asked_for_and_absent(
    words: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert main([*words, "--out", str(tmp_path / "run"), "--device", "cuda"]) == 2
    expected = "error: CUDA was asked for, but torch sees no GPU; use device cpu or auto"
    assert capsys.readouterr().err.splitlines()[-1] == expected


def test_help_teaches(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["semat", "--help"])
    assert caught.value.code == 0
    text = " ".join(capsys.readouterr().out.split())
    for words in ("--gradient-accumulation", "(default: 5e-05)", "recompute the encoder's activations", "accelerate"):
        assert words in text


def test_a_run_in_this_process_says_where_things_are(
    words: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "run"
    assert main([*words, "--out", str(out), "--iterations", "1"]) == 0
    printed = capsys.readouterr().out
    for name in ("model.safetensors", "metrics.jsonl", "pictures", "checkpoints"):
        assert str(out / name) in printed
        assert (out / name).exists()
    assert json.loads((out / "settings.json").read_text())["iterations"] == 1
    assert SEMat.from_pretrained(out, device="cpu").config.decoder_channels == (4, 8, 8, 16)
