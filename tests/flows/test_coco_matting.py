"""The command line, with the real Prefect around it."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from flows.coco_matting import read_command_line
from pipelines.errors import UserError
from tests.conftest import Dataset, mattes, square, tree
from tests.prefect_server import ask, free_port, prefect_server

ROOT = Path(__file__).parents[2]


def command(dataset: Dataset, *settings: str) -> list[str]:
    dataset.save()
    given = ["--annotations", str(dataset.annotations), "--images", str(dataset.images)]
    out = [] if "--out" in settings else ["--out", str(dataset.root / "out")]
    return [sys.executable, "-m", "flows.coco_matting", *given, *out, "--report.max-instances", "4", *settings]


def environment(tmp_path: Path, **more: str) -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith("PREFECT_")}
    return kept | {"PREFECT_HOME": str(tmp_path / "prefect"), "COLUMNS": "200"} | more


def call(dataset: Dataset, tmp_path: Path, *settings: str, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(dataset, *settings),
        cwd=ROOT,
        env=environment(tmp_path, **more),
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )


@pytest.fixture
def people(dataset: Dataset) -> Dataset:
    for image in range(1, 7):
        dataset.person(image)
    return dataset


def test_settings_from_the_command_line() -> None:
    words = "--annotations a.json --images i --out o --fusion.assign all --output.cutouts --workers 3"
    config = read_command_line([*words.split(), "--matting.backend", "closed-form", "--trimap.eta", "9"])
    assert (config.annotations, config.trimap.eta, config.fusion.assign) == (Path("a.json"), 9.0, "all")
    assert config.output.cutouts and config.workers == 3


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("--images i --out o", "--annotations: Field required"),
        (
            "--annotations a --images i --out o --trimap.eta -3",
            "--trimap.eta: Input should be greater than 0, got '-3'",
        ),
        ("--annotations a --images i --out o --nonsense 3", "error parsing CLI: unrecognized arguments: --nonsense 3"),
        ("--annotations a --images i --out o --fusion.assign some", "--fusion.assign"),
        ("--annotations a --images i --out n\udcff8", "--out: Value error, the name is not UTF-8, choose another one"),
        ("--annotations a --images i --out o --dataset a/b", "--dataset: String should match pattern"),
        (
            "--annotations a --images i --out o --trimap.eta 5",
            "the mask-to-matte backend makes its own trimaps, got trimap.eta 5; expected another backend with it, "
            "such as closed-form",
        ),
        (
            "--annotations a --images i --out o --trimap.rule learned --trimap.eta 5",
            "trimap: rule learned has no kernel, got eta 5; leave it out, or take rule measured",
        ),
    ],
)
def test_mistakes_on_the_command_line(words: str, message: str) -> None:
    with pytest.raises(UserError) as error:
        read_command_line(words.split())
    assert str(error.value).startswith(message)


def test_help_teaches() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "flows.coco_matting", "--help"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0
    for words in ("--trimap.eta", "scale factor of the kernel size", "--quality.min-area", "default: person"):
        assert words in " ".join(done.stdout.split())


def test_a_run_ends_with_the_summary_and_a_repeat_does_nothing(people: Dataset, tmp_path: Path) -> None:
    first = call(people, tmp_path, "--images-per-shard", "2")
    assert first.returncode == 0, first.stderr
    assert "Traceback" not in first.stderr + first.stdout
    assert "4 of 4 shards to do (4 not done yet)" in first.stderr and "/6" in first.stderr
    assert str(people.root / "out" / "report/index.html") in first.stdout
    before = tree(people.root / "out")
    started = os.times()
    second = call(people, tmp_path, "--images-per-shard", "2")
    assert os.times().children_user - started.children_user < 10  # no clock: other tests may have the cores
    assert second.returncode == 0 and "nothing to do" in second.stderr
    assert tree(people.root / "out") == before
    people.coco["annotations"].pop()
    people.coco["annotations"][0]["segmentation"] = square(18, 14, 50)
    third = call(people, tmp_path, "--images-per-shard", "8")
    assert "1 of 1 shards to do (1 number of shards changed)" in third.stderr
    assert "6 instances labelled in" in first.stdout and "1 instances labelled in" in third.stdout


def test_users_mistakes_are_one_sentence(people: Dataset, tmp_path: Path) -> None:
    people.coco["categories"] = [{"id": 18, "name": "dog"}]
    done = call(people, tmp_path)
    assert done.returncode == 2
    assert done.stderr.strip().splitlines()[-1].startswith("error: ")
    assert "no category named 'person'; it has: dog" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (["--matting.backend", "vitmatte"], "the vitmatte backend needs weights"),
        (["--matting.backend", "net-m"], "the net-m backend needs weights"),
        (["--matting.backend", "vitmatte", "--matting.weights", "/nowhere/model"], "/nowhere/model does not exist"),
        (["--matting.backend", "magic"], "unknown matting backend 'magic'"),
        (["--matting.weights", "/nowhere/model"], "weights /nowhere/model do not exist"),
        (["--trimap.rule", "paper"], "makes its own trimaps, got trimap.rule paper; expected another backend with it"),
        (
            ["--matting.backend", "closed-form", "--matting.device", "cuda"],
            "the closed-form backend runs on the CPU, but CUDA was asked for",
        ),
    ],
)
def test_bad_backends(people: Dataset, tmp_path: Path, settings: list[str], message: str) -> None:
    done = call(people, tmp_path, *settings)
    assert done.returncode == 2, done.stderr
    assert message in done.stderr and "Traceback" not in done.stderr


def test_out_that_cannot_be_a_folder(people: Dataset, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = call(people, tmp_path, "--out", str(tmp_path / "file" / "out"))
    assert done.returncode == 2
    assert "cannot write" in done.stderr and "Traceback" not in done.stderr


def test_a_prefect_server_that_is_not_there(people: Dataset, tmp_path: Path) -> None:
    done = call(people, tmp_path, PREFECT_API_URL=f"http://127.0.0.1:{free_port()}/api")
    assert done.returncode == 2
    assert "no Prefect server answers" in done.stderr and "Traceback" not in done.stderr


def test_a_home_that_cannot_be_written(people: Dataset, tmp_path: Path) -> None:
    done = call(people, tmp_path, PREFECT_HOME="/proc/nowhere")
    assert done.returncode == 2
    assert "/proc/nowhere: Prefect's home cannot be written" in done.stderr and "Traceback" not in done.stderr


@pytest.mark.parametrize("how", [signal.SIGTERM, pytest.param(signal.SIGINT, marks=pytest.mark.slow)])
def test_interrupted_like_from_a_terminal(people: Dataset, tmp_path: Path, how: signal.Signals) -> None:
    for image in range(100, 200):
        people.person(image)
    out = people.root / "out"
    words = command(people, "--images-per-shard", "2")
    with subprocess.Popen(
        words, cwd=ROOT, env=environment(tmp_path), stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as run:
        deadline = time.monotonic() + 90
        while not list(out.glob(".work/parts/manifest/part-*.parquet")) and time.monotonic() < deadline:
            time.sleep(0.01)
        os.killpg(run.pid, how)
        _, errors = run.communicate(timeout=60)
    assert run.returncode == 130, errors
    assert errors.strip().splitlines()[-1] == "stopped; the same command goes on from here"
    assert "Traceback" not in errors
    assert _gone(str(tmp_path / "prefect"))


@pytest.mark.slow
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_stopped_at_any_moment_of_the_start(people: Dataset, tmp_path: Path, how: signal.Signals) -> None:
    words = command(people)
    for delay in (0.2, 0.5, 1.0, 1.7, 2.5, 3.5, 4.5, 5.5):
        with subprocess.Popen(
            words, cwd=ROOT, env=environment(tmp_path), stderr=subprocess.PIPE, text=True, start_new_session=True
        ) as run:
            time.sleep(delay)
            os.killpg(run.pid, how)
            _, errors = run.communicate(timeout=60)
        assert "Traceback" not in errors and run.returncode in (0, 130), f"after {delay} s: {errors}"
    assert _gone(str(tmp_path / "prefect"))


@pytest.mark.slow
def test_killed_at_any_moment_and_resumed(people: Dataset, tmp_path: Path) -> None:
    for image in range(100, 140):
        people.person(image)
    settings = ["--images-per-shard", "2", "--workers", "2"]
    undisturbed = tmp_path / "undisturbed"
    assert call(people, tmp_path, *settings, "--out", str(undisturbed)).returncode == 0
    out = people.root / "out"
    for parts in (1, 9, 20):
        run = subprocess.Popen(
            command(people, *settings),
            cwd=ROOT,
            env=environment(tmp_path),
            stderr=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + 90
        while len(list(out.glob(".work/parts/manifest/part-*.parquet"))) < parts and time.monotonic() < deadline:
            assert run.poll() is None
            time.sleep(0.01)
        run.kill()
        run.wait()
    assert _gone(str(tmp_path / "prefect")), "a killed run left processes behind"
    assert not (out / "summary.json").exists()
    done = call(people, tmp_path, *settings)
    assert done.returncode == 0, done.stderr
    assert tree(out) == tree(undisturbed)


def _gone(mark: str, seconds: float = 60) -> bool:
    """Whether no process has ``mark`` in its environment, after a moment to end."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if not any(mark.encode() in _environ(p) for p in Path("/proc").glob("[0-9]*")):
            return True
        time.sleep(0.2)
    return False


def _environ(process: Path) -> bytes:
    try:
        return (process / "environ").read_bytes()
    except OSError:
        return b""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    """A real Prefect server on loopback, for the length of the test."""
    with prefect_server(environment(tmp_path)) as url:
        yield url


@pytest.mark.slow
def test_a_running_server_sees_tasks_and_artifacts(people: Dataset, tmp_path: Path, server: str) -> None:
    done = call(people, tmp_path, "--images-per-shard", "2", PREFECT_API_URL=server)
    assert done.returncode == 0, done.stderr
    (flow_run,) = ask("POST", f"{server}/flow_runs/filter", {}).json()
    assert (flow_run["name"], flow_run["state"]["type"]) == ("coco-instances_test", "COMPLETED")
    names = sorted(t["name"] for t in _task_runs(server, 4))
    assert names == [f"shard-{i:05d}" for i in range(4)]
    artifacts = {a["key"]: a for a in ask("POST", f"{server}/artifacts/filter", {}).json()}
    assert set(artifacts) == {"coco-matting-coco-test", "coco-matting-coco-test-report"}
    assert "| accepted | 6 |" in artifacts["coco-matting-coco-test"]["data"]
    assert json.dumps(artifacts["coco-matting-coco-test-report"]["data"]).count("report/index.html") == 1
    assert len(mattes(people.config())) == 6


def _task_runs(server: str, expected: int) -> list[dict[str, str]]:
    """Task runs reach the server's tables through its event queue, a moment after the run."""
    deadline = time.monotonic() + 120
    while True:
        found: list[dict[str, str]] = ask("POST", f"{server}/task_runs/filter", {}).json()
        if len(found) >= expected or time.monotonic() > deadline:
            return found
        time.sleep(0.2)
