"""What the console shows of a finished run."""

from collections.abc import Callable
from typing import Any

import pytest

from flows import console
from pipelines.storage.current import use
from pipelines.storage.versions import folder_of
from tests.conftest import Dataset

Run = Callable[..., dict[str, Any]]


def test_where_the_current_manifest_is(dataset: Dataset, run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    def shown() -> list[str]:
        console.show_summary(summary, config.out, None, 0)
        lines = capsys.readouterr().out.splitlines()
        return [" ".join(line.split()) for line in lines if line.startswith(("manifest", "rejects"))]

    dataset.person(1)
    run(dataset.config())
    dataset.person(2)
    config = dataset.config()
    summary = run(config)
    out = config.out
    assert shown() == [f"manifest {out / 'manifest'} (version 2)", f"rejects {out / 'rejects'} (version 2)"]
    use(out, 1)
    (out / "rejects").unlink()
    (out / "rejects").mkdir()
    said = "(version 1 is current, the newest is version 2)"
    assert shown() == [f"manifest {out / 'manifest'} {said}", f"rejects {folder_of(out, 1) / 'rejects'} {said}"]
