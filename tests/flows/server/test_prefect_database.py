import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from prefect.settings import PREFECT_API_DATABASE_CONNECTION_URL, temporary_settings

from flows.server import prefect_database
from flows.server.prefect_database import keep, lay_out


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setattr(prefect_database, "CACHE", tmp_path / "cache")
    folder = tmp_path / "home"
    folder.mkdir()
    with temporary_settings({PREFECT_API_DATABASE_CONNECTION_URL: f"sqlite+aiosqlite:///{folder}/prefect.db"}):
        yield folder


def made(home: Path, *rows: int) -> Path:
    """What a server's start leaves, with runs in it."""
    with closing(sqlite3.connect(home / "prefect.db")) as database:
        database.execute("CREATE TABLE flow_run (id INTEGER)")
        database.executemany("INSERT INTO flow_run VALUES (?)", [(row,) for row in rows])
        database.commit()
    return home / "prefect.db"


def runs(home: Path) -> list[int]:
    with closing(sqlite3.connect(home / "prefect.db")) as database:
        return [row for (row,) in database.execute("SELECT id FROM flow_run")]


def test_a_new_home_gets_what_an_earlier_one_kept(home: Path) -> None:
    assert lay_out(home)
    keep(made(home, 1).parent)
    (home / "prefect.db").unlink()
    assert not lay_out(home) and runs(home) == [1]
    assert [path.name for path in home.iterdir()] == ["prefect.db"]


def test_a_home_that_has_one_keeps_it(home: Path) -> None:
    keep(made(home, 1).parent)
    (home / "prefect.db").unlink()
    made(home, 2)
    assert not lay_out(home) and runs(home) == [2]


def test_another_database_is_left_alone(home: Path) -> None:
    keep(made(home).parent)
    (home / "prefect.db").unlink()
    with temporary_settings({PREFECT_API_DATABASE_CONNECTION_URL: "postgresql+asyncpg://host/prefect"}):
        assert not lay_out(home) and not list(home.iterdir())


@pytest.mark.parametrize("content", [b"", b"damaged"])
def test_a_damaged_one_is_not_used_and_made_again(home: Path, content: bytes) -> None:
    keep(made(home, 1).parent)
    (kept,) = (home.parent / "cache").iterdir()
    kept.write_bytes(content)
    (home / "prefect.db").unlink()
    assert lay_out(home) and not list(home.iterdir())
    keep(made(home, 2).parent)
    (home / "prefect.db").unlink()
    assert not lay_out(home) and runs(home) == [2]


def test_where_nothing_can_be_kept_nothing_is(home: Path) -> None:
    (home.parent / "cache").write_text("a file")
    keep(made(home).parent)
    (home / "prefect.db").unlink()
    assert lay_out(home)
