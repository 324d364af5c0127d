"""How a deployment's run ends: done, nothing to do, or a mistake in one sentence."""

import logging
from pathlib import Path

import pytest
from prefect.client.schemas.objects import State
from prefect.exceptions import FailedRun

from flows.unattended.jobs import attempt, skipped
from flows.unattended.limits import SomebodyWaits
from pipelines.errors import UserError
from pipelines.propagation.targets import index_targets


def ended(error: Exception) -> tuple[str | None, str | None]:
    def job() -> State[None]:
        raise error

    state = attempt(job)
    return state.name, state.message


def test_how_runs_end(tmp_path: Path) -> None:
    assert attempt(lambda: skipped("nothing new")).message == "nothing new"
    assert ended(SomebodyWaits("another waits")) == ("Skipped", "another waits")
    assert ended(UserError("a.json: no categories")) == ("Failed", "a.json: no categories")
    with pytest.raises(ZeroDivisionError):
        ended(ZeroDivisionError())


def test_a_folder_to_which_nothing_was_uploaded_yet_is_no_failure(tmp_path: Path) -> None:
    (tmp_path / "targets").mkdir()
    with pytest.raises(UserError) as error:
        index_targets(tmp_path / "targets", [], 8, tmp_path / "index")
    name, message = ended(error.value)
    assert name == "Skipped" and message is not None and "no picture found (no file)" in message


@pytest.mark.filterwarnings("ignore:Logger")
@pytest.mark.parametrize("name", ["prefect.engine", "prefect.flow_runs"])
def test_a_mistake_is_not_told_again_as_a_traceback(name: str, caplog: pytest.LogCaptureFixture) -> None:
    ended(UserError("a.json: no categories"))
    engine = logging.getLogger(name)
    with caplog.at_level(logging.ERROR):
        engine.addHandler(caplog.handler)
        for error in (FailedRun("a.json: no categories"), ZeroDivisionError("a bug")):
            engine.error("Engine execution exited with unexpected exception", exc_info=error)
        engine.removeHandler(caplog.handler)
    assert {type(record.exc_info[1]) for record in caplog.records if record.exc_info} == {ZeroDivisionError}
