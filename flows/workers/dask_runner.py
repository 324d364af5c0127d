"""Prefect's task runner for Dask, for clusters that may go away. Needs the ``cluster`` extra."""

from contextlib import suppress
from typing import Any

from prefect_dask.task_runners import DaskTaskRunner


class Runner(DaskTaskRunner):
    """Ends without a word where the scheduler has gone: what is lost cannot be closed in order."""

    def __exit__(self, *error: Any) -> None:
        with suppress(Exception):
            super().__exit__(*error)
