"""An empty Prefect database, kept: making one takes Prefect's server as long as all else of its start together."""

import os
import sqlite3
from contextlib import closing, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import prefect
from prefect.settings import PREFECT_API_DATABASE_CONNECTION_URL

CACHE = Path("~/.cache/mask2matte")
"""Where it is kept."""


def lay_out(home: Path) -> bool:
    """Put the kept database into a Prefect's home that has none.

    Returns:
        Whether the home has none now, so that the server will make one, which is worth keeping.
    """
    target = home / "prefect.db"
    if target.exists() or PREFECT_API_DATABASE_CONNECTION_URL.value() != f"sqlite+aiosqlite:///{target}":
        return False
    try:
        with TemporaryDirectory(dir=home) as folder:
            copy = Path(folder) / target.name
            copy.write_bytes(_kept().read_bytes())
            if _sound(copy):
                os.link(copy, target)  # refuses where another run has made one meanwhile
    except OSError:
        pass
    return not target.exists()


def keep(home: Path) -> None:
    """Keep a home's database, made just now, for other homes; where it cannot be kept they make their own."""
    kept = _kept()
    with suppress(OSError, sqlite3.Error):
        kept.parent.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(dir=kept.parent) as folder:
            copy = Path(folder) / kept.name
            with closing(sqlite3.connect(home / "prefect.db")) as source, closing(sqlite3.connect(copy)) as target:
                source.backup(target)
            copy.replace(kept)


def _sound(database: Path) -> bool:
    try:
        with closing(sqlite3.connect(database)) as opened:
            tables = opened.execute("SELECT count(*) FROM sqlite_master WHERE name = 'flow_run'").fetchone()[0]
            return bool(tables and opened.execute("PRAGMA quick_check").fetchone()[0] == "ok")
    except sqlite3.Error:
        return False


def _kept() -> Path:
    return CACHE.expanduser() / f"prefect-{prefect.__version__}.db"
