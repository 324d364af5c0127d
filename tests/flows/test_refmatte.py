"""The RefMatte command line, with the real Prefect around it."""

import subprocess
import sys
from pathlib import Path

import pytest

from flows.refmatte import main, read_command_line
from pipelines.errors import UserError
from tests.conftest import tree
from tests.flows.test_coco_matting import ROOT, environment
from tests.pipelines.refmatte.entity_set import EntitySet
from tests.pipelines.refmatte.test_shard import run

SMALL = (
    "--composition.side", "160", "--composition.min-background", "100", "--composition.harmonise", "0",
    "--planning.long-tail", "0", "--report.max-instances", "4", "--images-per-shard", "4",
)  # fmt: skip


def command(entities: EntitySet, *settings: str) -> list[str]:
    entities.save()
    given = ["--foregrounds", str(entities.foregrounds), "--backgrounds", str(entities.backgrounds)]
    return [sys.executable, "-m", "flows.refmatte", *given, *SMALL, *settings]


def test_settings_from_the_command_line() -> None:
    words = (
        "--manifest a --manifest b --am2k am --backgrounds bg --count 7 --seed 3 --out o --composition.harmonise 0 "
        "--planning.human 1 --workers 3"
    )
    config = read_command_line(words.split())
    assert (config.manifest, config.am2k, config.backgrounds) == ((Path("a"), Path("b")), Path("am"), Path("bg"))
    plan = config.plan()
    assert (plan.count, plan.seed, plan.human, config.composition.harmonise, config.workers) == (7, 3, 1, 0, 3)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("--manifest a --out o", "--backgrounds: Field required"),
        ("--backgrounds b --out o", "no source of entities is given, expected a manifest, foregrounds or a public set"),
        ("--manifest a --backgrounds b --out b/../b/o", "out is b/../b/o, in the folder of backgrounds"),
        ("--manifest a --backgrounds s3://b/c --out s3://b/c/o", "out is s3://b/c/o, in the folder of backgrounds"),
        ("--manifest a --backgrounds b --out o --count 0", "--count: Input should be greater than or equal to 1"),
        (
            "--manifest a --backgrounds b --out o --composition.harmonise 2",
            "--composition.harmonise: Input should be less than or equal to 1",
        ),
    ],
)
def test_mistakes_on_the_command_line(words: str, message: str) -> None:
    with pytest.raises(UserError) as error:
        read_command_line(words.split())
    assert str(error.value).startswith(message)


def test_mistakes_in_the_input(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    entities = EntitySet(tmp_path)
    entities.add("dog", "animal", (1, 2, 3))
    words = command(entities, "--out", str(tmp_path / "out"))[3:]
    assert main(words) == 2
    said = capsys.readouterr().err
    assert said == (
        "planning 5,000 images\n"
        f"error: {entities.backgrounds}: no picture found, expected backgrounds: files ending in .jpg, .jpeg, .png, "
        ".webp, .bmp, .tif, .tiff, .gif\n"
    )
    entities.background("0.png")
    assert main(words) == 2
    assert "fewer entities or backgrounds than an image needs, which are 2 and 1: found" in capsys.readouterr().err


def test_a_run_is_that_of_its_shards_and_repeated_does_nothing(tmp_path: Path) -> None:
    entities = EntitySet(tmp_path).fill()
    words = command(entities, "--out", str(tmp_path / "flow"), "--count", "12", "--workers", "2")
    first, again = (
        subprocess.run(words, cwd=ROOT, env=environment(tmp_path), capture_output=True, text=True, check=False)
        for _ in range(2)
    )
    assert (first.returncode, again.returncode) == (0, 0), first.stderr + again.stderr
    assert "in words, beside the published RefMatte" in first.stdout and "112,506" in first.stdout
    assert "nothing to do: all shards are done and nothing has changed" in again.stderr
    config = entities.config(count=12)
    run(config)
    assert tree(tmp_path / "flow") == tree(config.out)
    page = (config.out / "report" / "index.html").read_text()
    assert "relative-2</b>" in page and "relation phrases" in page


def test_help_teaches() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "flows.refmatte", "--help"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    shown = " ".join(done.stdout.split())
    assert done.returncode == 0
    assert "describes each in words that fit it alone" in shown and "--backgrounds" in shown and "BG-20k" in shown
