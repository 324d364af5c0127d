from pathlib import Path

import pytest

from pipelines.review.measured import FOLDER, NOT_YET, Measured
from pipelines.storage.stores import place


def measured(out: Path, *pairs: tuple[str, str, float]) -> Measured:
    made = Measured(out)
    for pair in pairs:
        made.add(*pair)
    made.save()
    return made


def test_what_several_servers_measured_is_known_to_the_next(tmp_path: Path) -> None:
    first, second = measured(tmp_path, ("a", "b", 1.5)), measured(tmp_path, ("a", "c", 2.5))
    first.add("d", "e", 3.5)
    first.save()
    known = Measured(tmp_path)
    assert [known.find(*pair) for pair in ("ab", "ac", "de", "ba")] == [1.5, 2.5, 3.5, NOT_YET]
    assert [second.find(*pair) for pair in ("ab", "ac")] == [1.5, 2.5]


@pytest.mark.parametrize("keep", [0, 10, -20])
def test_a_damaged_file_is_measured_anew_and_left_alone(tmp_path: Path, keep: int) -> None:
    measured(tmp_path, ("a", "b", 1.5))
    (file,) = (tmp_path / FOLDER).iterdir()
    damaged = file.read_bytes()[:keep]
    file.write_bytes(damaged)
    assert measured(tmp_path, ("a", "b", 1.5)).find("a", "b") == Measured(tmp_path).find("a", "b") == 1.5
    assert file.read_bytes() == damaged


def test_an_output_that_cannot_be_written_to_is_remembered_in_memory(tmp_path: Path) -> None:
    (tmp_path / ".work").write_text("a file, so that there can be no folder")
    assert measured(tmp_path, ("a", "b", 1.5)).find("a", "b") == 1.5


def test_nothing_is_written_to_a_store() -> None:
    out = place("memory://measured/out")
    assert measured(out, ("a", "b", 1.5)).find("a", "b") == 1.5
    assert not (out / FOLDER).exists()
