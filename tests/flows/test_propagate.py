"""The propagation command line, with the real Prefect around it."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

from flows.propagate import read_command_line, read_references
from pipelines.errors import UserError
from pipelines.storage.manifest import read_folder
from tests.conftest import tree
from tests.flows.test_coco_matting import ROOT, _gone, environment
from tests.views import Views


@pytest.fixture
def views(tmp_path: Path) -> Views:
    made = Views(tmp_path / "views")
    for number in range(5):
        made.target(f"{number}.png", (20 + 20 * number, 30 + 10 * number), background=number)
    made.target("none.png", background=20)
    return made


def command(views: Views, *settings: str) -> list[str]:
    given = ["--targets", str(views.targets), "--cache", str(views.root / "cache")]
    given += [] if "--reference" in settings else ["--reference", str(views.reference), "--mask", str(views.mask)]
    given += [] if "--out" in settings else ["--out", str(views.root / "out")]
    return [sys.executable, "-m", "flows.propagate", *given, "--report.max-instances", "4", *settings]


def call(views: Views, tmp_path: Path, *settings: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(views, *settings),
        cwd=ROOT,
        env=environment(tmp_path),
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )


def test_settings_from_the_command_line(tmp_path: Path) -> None:
    words = (
        "--targets t --out o --features dinov2 --segmenter sam2 --search.min-score 0.3 --object cat --reference r.jpg"
    )
    config = read_command_line([*words.split(), "--points", "120,80 200,150:-"])
    assert (config.images, config.features, config.segmenter, config.object) == (Path("t"), "dinov2", "sam2", "cat")
    assert config.search.min_score == 0.3 and config.marks[0].points == "120,80 200,150:-"
    assert config.marks[0].image == Path("r.jpg") and config.split_name() == "t"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--out", "o", "--reference", "r.jpg", "--box", "1,2,3,4"], "--targets: Field required"),
        (["--targets", "t", "--out", "o"], "give either --reference or --references: the picture, or a TOML file of"),
        (["--targets", "t", "--out", "o", "--reference", "r.jpg"], "r.jpg: nothing is marked, expected points, a box"),
        (
            ["--targets", "t", "--out", "o", "--reference", "r.jpg", "--points", "5,5:-"],
            "r.jpg: points '5,5:-' has none on the object, expected one without :-",
        ),
        (
            ["--targets", "t", "--out", "o", "--reference", "r.jpg", "--points", "5;5"],
            "points: '5;5' is no point, expected x,y or x,y:- such as 120,80 200,150:-",
        ),
        (
            ["--targets", "t", "--out", "o", "--reference", "r.jpg", "--box", "1,2,0,4"],
            "box: '1,2,0,4' is empty, expected a width and height above 0",
        ),
        (
            ["--targets", "t", "--out", "o", "--reference", "r.jpg", "--box", "1,2,3,4", "--mask", "m.png"],
            "r.jpg: both a box and a mask are given, expected one of them",
        ),
        (["--targets", "t", "--out", "o", "--reference", "r", "--features", "magic"], "--features: Input should be"),
        (
            ["--targets", "t", "--out", "o", "--references", "r.toml", "--box", "1,2,3,4"],
            "--points, --box and --mask go with --reference; with --references they stand in the file",
        ),
    ],
)
def test_mistakes_on_the_command_line(words: list[str], message: str) -> None:
    with pytest.raises(UserError) as error:
        read_command_line(words)
    assert str(error.value).startswith(message)


def test_several_references_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "refs.toml"
    path.write_text('[[reference]]\nimage = "a.jpg"\npoints = "1,2"\n[[reference]]\nimage = "b.jpg"\nmask = "m.png"\n')
    first, second = read_references(path)
    assert (first.image, first.points, second.mask) == (tmp_path / "a.jpg", "1,2", tmp_path / "m.png")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "has nothing, expected [[reference]] tables alone"),
        ("[[reference]]\nimage = 'a'\n[other]\n", "has reference, other, expected [[reference]] tables alone"),
        ("[[reference]]\npoints = '1,2'\n", "reference 1: image: Field required"),
        ("[[reference]]\nimage = 'a'\nmark = 3\n", "reference 1: mark: Extra inputs are not permitted"),
        ("reference = ", "not TOML: "),
    ],
)
def test_mistakes_in_the_file(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "refs.toml"
    path.write_text(text)
    with pytest.raises(UserError) as error:
        read_references(path)
    assert str(error.value).startswith(f"{path}: {message}")


def test_help_teaches() -> None:
    words = [sys.executable, "-m", "flows.propagate", "--help"]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0
    shown = " ".join(done.stdout.split())
    for text in (
        "--reference",
        "near views of the same object",
        "--search.min-score",
        "--cache-gb",
        "(default: grabcut)",
    ):
        assert text in shown
    for text in ("--marks", "--images "):
        assert text not in shown


def test_a_run(views: Views, tmp_path: Path) -> None:
    done = call(views, tmp_path, "--images-per-shard", "2")
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr + done.stdout
    assert "4 of 4 shards to do (4 not done yet)" in done.stderr and "/6" in done.stderr
    assert "1 object_not_found" in done.stdout


@pytest.mark.slow
def test_a_repeat_and_pictures_that_arrive(views: Views, tmp_path: Path) -> None:
    assert call(views, tmp_path, "--images-per-shard", "2").returncode == 0
    before = tree(views.root / "out")
    second = call(views, tmp_path, "--images-per-shard", "2")
    assert second.returncode == 0 and "nothing to do" in second.stderr
    assert tree(views.root / "out") == before
    views.target("6.png", (70, 60), background=30)
    third = call(views, tmp_path, "--images-per-shard", "2")
    assert "1 of 4 shards to do" in third.stderr
    rows = read_folder(views.root / "out" / "manifest")
    assert sorted({row.image_path for row in rows}) == ["0.png", "1.png", "2.png", "3.png", "4.png", "6.png"]


def test_users_mistakes_are_one_sentence(views: Views, tmp_path: Path) -> None:
    for settings, message in (
        (["--reference", str(tmp_path / "no.jpg"), "--box", "1,1,9,9"], f"{tmp_path / 'no.jpg'}: cannot be read"),
        (
            ["--segmenter", "sam2", "--segmenter-weights", str(tmp_path)],
            f"weights folder {tmp_path} has no config.json",
        ),
    ):
        done = call(views, tmp_path, *settings)
        assert done.returncode == 2, done.stderr
        assert done.stderr.strip().splitlines()[-1].startswith("error: ")
        assert message in done.stderr and "Traceback" not in done.stderr


@pytest.mark.slow
def test_killed_and_resumed(views: Views, tmp_path: Path) -> None:
    for number in range(10, 18):
        views.target(f"{number}.png", (number * 3, number * 2), background=number)
    settings = ["--images-per-shard", "2", "--workers", "2"]
    undisturbed = tmp_path / "undisturbed"
    assert call(views, tmp_path, *settings, "--out", str(undisturbed), "--cache-gb", "0").returncode == 0
    out = views.root / "out"
    for parts in (1, 4):
        run = subprocess.Popen(
            command(views, *settings),
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
    done = call(views, tmp_path, *settings)
    assert done.returncode == 0, done.stderr
    assert tree(out) == tree(undisturbed)
