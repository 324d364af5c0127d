from dataclasses import replace
from pathlib import Path

import pytest

from matting_models.errors import InputError
from matting_models.evaluation.benchmarks import BENCHMARKS
from matting_models.evaluation.samples import Sample
from matting_models.evaluation.texts import with_texts
from matting_models.refmatte_layout import Text
from tests.described import write_run

SAID = (Text("keyword", "disc"), Text("basic", "it"), Text("free", "x"), Text("free", "y"))
DISC = Sample("a_1", "a", (Path("a_1.png"),), texts=SAID)
SQUARE = Sample("a_2", "a", (Path("a_2.png"),), texts=(Text("basic", "that"),))


def test_every_expression_is_a_case_of_its_own() -> None:
    cases = with_texts([DISC, SQUARE], "expression")
    assert [(case.id, case.image_id, case.text and case.text.text) for case in cases] == [
        ("basic/a_1", "a", "it"), ("free/a_1", "a", "x"), ("free-2/a_1", "a", "y"), ("basic/a_2", "a", "that"),
    ]  # fmt: skip


def test_keywords_are_asked_where_there_is_one() -> None:
    assert [case.id for case in with_texts([DISC, SQUARE], "keyword")] == ["keyword/a_1"]
    with pytest.raises(InputError, match="none of the 1 mattes has a text in setting keyword; use another --setting"):
        with_texts([SQUARE], "keyword")


def test_mattes_that_are_called_alike_are_refused() -> None:
    with pytest.raises(InputError, match="2 texts are called basic/a_1, expected names of their own"):
        with_texts([DISC, replace(SQUARE, id="a_1")], "expression")


def test_the_chosen_expression_alone() -> None:
    cases = with_texts([replace(DISC, chosen=Text("free", "y")), SQUARE], "chosen")
    assert [(case.id, case.text) for case in cases] == [("free/a_1", Text("free", "y"))]


def test_a_run_gives_its_test_split_each_entity_beside_the_others(tmp_path: Path) -> None:
    run = write_run(tmp_path / "run")
    samples = BENCHMARKS["refmatte"].read(run)
    assert [(sample.id, sample.image_id) for sample in samples] == [
        ("refmatte/5/1", "5"), ("refmatte/5/2", "5"), ("refmatte/6/1", "6"), ("refmatte/6/2", "6"),
    ]  # fmt: skip
    assert samples[0].others == (run / "alpha" / "5_2.png",)
    assert [text.kind for text in samples[0].texts] == ["keyword", "basic", "relative-1"]
    assert samples[0].chosen in samples[0].texts
