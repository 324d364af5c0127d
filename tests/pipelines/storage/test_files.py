"""The same promises on a local disk, in memory and on an object store."""

import os
import pickle
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from pipelines.storage import files, stores
from pipelines.storage.stores import place
from tests.object_store import PAGE, bucket, download, moto

__all__ = ["bucket", "moto"]

ODD = [
    "two words",
    "a+b",
    "50%",
    "%20",
    "é",
    "日本",
    "a&b=c",
    "a,b;c",
    "(1)",
    "~x",
    "#1",
    "what?",
    "x.y.z",
    "'q'",
    "a\\b",
]


@pytest.fixture(params=["local", "memory", "s3"])
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A folder that is not there yet."""
    if request.param == "local":
        return tmp_path / "folder"
    if request.param == "memory":
        return place(f"memory://{uuid.uuid4().hex}/folder")
    return place(f"{request.getfixturevalue('bucket')}/folder")


@pytest.fixture
def made(folder: Path) -> Path:
    """A folder that is there, where stores have such things."""
    files.make_folder(folder)
    return folder


def test_what_is_written_is_read(made: Path) -> None:
    for content in (b"", b"one", b"two longer", os.urandom(300_000)):
        files.write_whole(made / "a", content)
        assert files.read_whole(made / "a") == content
    files.write_whole(made / "b", b"kept", durable=False)
    assert sorted(files.names(made)) == ["a", "b"]
    files.flush([made / "a", made / "b"])


def test_what_is_not_there(folder: Path) -> None:
    with pytest.raises(FileNotFoundError, match="folder/none"):
        files.read_whole(folder / "none")
    assert files.mark(folder / "none") is None
    assert list(files.names(folder)) == []
    assert list(files.names(folder / "deeper")) == []
    assert not files.is_folder(folder)
    assert not files.same_file(folder / "none", folder / "none")
    files.make_folder(folder)
    files.remove(folder / "none")
    assert list(files.names(folder)) == []
    with pytest.raises(FileNotFoundError):
        files.copy_whole(folder / "none", folder / "copy")
    assert list(files.names(folder)) == []


def test_a_file_is_no_folder(made: Path) -> None:
    files.write_whole(made / "a", b"a")
    assert list(files.names(made / "a")) == []
    assert not files.is_folder(made / "a")
    assert files.is_folder(made)


def test_copies_and_removals(made: Path) -> None:
    files.write_whole(made / "a", b"one")
    files.write_whole(made / "b", b"other")
    files.copy_whole(made / "a", made / "b")
    files.copy_whole(made / "a", made / "a")
    assert files.read_whole(made / "b") == b"one"
    files.write_whole(made / "a", b"two")
    assert files.read_whole(made / "b") == b"one"
    files.remove(made / "a")
    files.remove(made / "a")
    assert list(files.names(made)) == ["b"]


def test_one_file_of_two_names(made: Path, request: pytest.FixtureRequest) -> None:
    files.write_whole(made / "a", b"one")
    files.write_whole(made / "c", b"two")
    files.copy_whole(made / "a", made / "b")
    assert files.same_file(made / "a", made / "a")
    assert not files.same_file(made / "a", made / "c")
    assert not files.same_file(made / "a", made / "none")
    if "memory" not in request.node.name:  # which knows objects by their time alone
        assert files.same_file(made / "a", made / "b")


def test_odd_names(made: Path) -> None:
    for name in ODD:
        files.write_whole(made / name, name.encode())
        files.copy_whole(made / name, made / f"{name}2")
    assert sorted(files.names(made)) == sorted([*ODD, *(f"{name}2" for name in ODD)])
    for name in ODD:
        assert files.read_whole(made / name) == files.read_whole(made / f"{name}2") == name.encode()
        assert files.mark(made / name) is not None
        files.remove(made / name)
    assert sorted(files.names(made)) == sorted(f"{name}2" for name in ODD)


def test_names_of_a_large_folder(made: Path) -> None:
    wanted = [f"{index:06d}" for index in range(2 * PAGE + 30)]
    list(files.spread(made, lambda name: files.write_whole(made / name, b"", durable=False), wanted))
    files.make_folder(made / "sub")
    files.write_whole(made / "sub" / "deeper", b"", durable=False)
    files.write_whole(made.with_name("folder2"), b"")
    assert sorted(files.names(made)) == [*wanted, "sub"]


def test_marks_change_with_the_content(made: Path) -> None:
    path = made / "a"
    seen = []
    for content in (b"one", b"two", b"three"):
        time.sleep(0.01)
        files.write_whole(path, content)
        mark = files.mark(path)
        assert mark == files.mark(path) == pickle.loads(pickle.dumps(mark))
        assert mark not in seen
        seen.append(mark)


def test_marks_of_a_listing_are_those_of_the_files(made: Path) -> None:
    if files.is_local(made):
        pytest.skip("no listings")
    for name in ("a", "b c", "é"):
        files.write_whole(made / name, name.encode())
    for entry in stores.entries(made):
        name = str(entry["name"]).rpartition("/")[2]
        assert files.mark_of_entry(entry) == files.mark(made / name)


@pytest.mark.parametrize("kind", ["modify", "modificationTime", "Last-Modified"])
def test_marks_know_when_a_file_was_modified(kind: str) -> None:
    entry = {"name": "a", "size": 3, "created": "then"}
    assert files.mark_of_entry(entry | {kind: 1}) == [3, "1"] != files.mark_of_entry(entry | {kind: 2})


def test_readers_see_the_old_or_the_new(made: Path) -> None:
    path = made / "a"
    contents = [bytes([letter]) * 200_000 for letter in b"abcd"]
    files.write_whole(path, contents[0])

    def write(round_: int) -> bytes:
        files.write_whole(path, contents[round_ % 4], durable=False)
        return contents[0]

    def read(_: int) -> bytes:
        return files.read_whole(path)

    with ThreadPoolExecutor(5) as threads:
        writing = threads.submit(lambda: [write(index) for index in range(20)])
        found = [content for batch in [threads.map(read, range(60))] for content in batch]
        writing.result()
    assert set(found) <= set(contents)


def test_many_threads_write_at_once(made: Path) -> None:
    with ThreadPoolExecutor(64) as threads:
        list(threads.map(lambda i: files.write_whole(made / f"{i}", b"%d" % i, durable=False), range(64)))
    assert sorted(files.names(made), key=int) == [f"{i}" for i in range(64)]


def test_a_place_survives_pickling(made: Path) -> None:
    if "memory" in str(made):
        pytest.skip("every process has its own memory")
    files.write_whole(made / "a", b"mine")
    assert ask_another_process(made, "a") == b"mine"
    assert files.read_whole(made / "answer") == b"theirs"
    assert sorted(files.names(made)) == ["a", "answer"]
    twin = pickle.loads(pickle.dumps(made))
    assert twin == made
    assert str(twin) == str(made)


def ask_another_process(folder: Path, name: str) -> bytes:
    """What a new process reads in a folder; it leaves an answer there."""
    import multiprocessing
    from concurrent.futures import ProcessPoolExecutor

    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as processes:
        return processes.submit(_read_and_answer, folder, name).result(timeout=30)


def _read_and_answer(folder: Path, name: str) -> bytes:
    files.write_whole(folder / "answer", b"theirs")
    return files.read_whole(folder / name)


def test_spread_keeps_the_order_and_stops_at_an_error(made: Path) -> None:
    assert list(files.spread(made, lambda i: i * i, range(300))) == [i * i for i in range(300)]
    assert list(files.spread(made, str, [])) == []
    called = []

    def fail(index: int) -> int:
        called.append(index)
        time.sleep(0.01)
        if index == 3:
            raise ValueError("three")
        return index

    found = []
    with pytest.raises(ValueError, match="three"):
        for index in files.spread(made, fail, range(1000)):
            found.append(index)
    assert found == [0, 1, 2]
    assert len(called) <= 4 * files.REQUESTS


def test_a_folder_that_is_full_of_nothing(bucket: str) -> None:
    """Some tools make an empty object in the place of a folder."""
    folder = place(f"{bucket}/folder")
    folder.fs.pipe_file(f"{folder.path}/", b"")  # type: ignore[attr-defined]
    files.write_whole(folder / "sub" / "a", b"a")
    (folder / "sub").fs.pipe_file(f"{folder.path}/sub/", b"")  # type: ignore[attr-defined]
    assert list(files.names(folder)) == ["sub"]
    assert list(files.names(folder / "sub")) == ["a"]
    assert stores.below(folder) == ["sub/a"]
    assert files.is_folder(folder / "sub")
    assert set(download(bucket)) >= {"folder/sub/a"}
