"""Places on stores: what texts mean, and what happens when the store does not do what it should."""

import errno
import os
import pickle
import re
import subprocess
import sys
import time
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError
from upath import UPath

from pipelines import mirror, verify, versions
from pipelines.errors import StoreError
from pipelines.storage import files, stores
from pipelines.storage.stores import place
from tests.object_store import FaultyProxy, ObjectStore, bucket, forget_sessions, moto, proxy, shared_proxy, use

__all__ = ["bucket", "moto", "proxy", "shared_proxy"]


@pytest.fixture(params=["memory", "s3"])
def folder(request: pytest.FixtureRequest) -> Path:
    if request.param == "memory":
        return place(f"memory://{uuid.uuid4().hex}/folder")
    return place(f"{request.getfixturevalue('bucket')}/folder")


@pytest.fixture
def hasty(proxy: FaultyProxy, monkeypatch: pytest.MonkeyPatch) -> None:
    """No retries but those of ``stores``, and these at once."""
    import s3fs

    monkeypatch.setattr(stores, "PAUSES", (0.01, 0.02, 0.04, 0.05, 0.05))
    monkeypatch.setattr(s3fs.S3FileSystem, "retries", 1)
    use(proxy, monkeypatch, AWS_MAX_ATTEMPTS="1")


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("out", "out"),
        ("~/out", "~/out"),
        ("/a/b c", "/a/b c"),
        ("file:///a/b%20c", "/a/b%20c"),
        ("FILE:///a", "/a"),
        ("local:///a/", "/a"),
        ("file:///", "/"),
        ("C:out", "C:out"),
        ("a/b://c", "a/b:/c"),
        (Path("/a"), "/a"),
        (UPath("/a"), "/a"),
        (UPath("file:///a"), "/a"),
    ],
)
def test_local_places(text: Any, path: str) -> None:
    found = place(text)
    assert type(found) is type(Path())
    assert found == Path(path)
    assert files.is_local(found)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("s3://bucket/a/b", "bucket/a/b"),
        ("s3://bucket/a/b///", "bucket/a/b"),
        ("s3://bucket/a b+c%20é?#", "bucket/a b+c%20é?#"),
        ("S3://Bucket/A", "Bucket/A"),
        ("s3a://bucket/a", "bucket/a"),
        ("memory://a/b", "/a/b"),
        (UPath("s3://bucket/a"), "bucket/a"),
        (UPath("memory://a"), "/a"),
    ],
)
def test_places_on_stores(text: Any, name: str) -> None:
    found: Any = place(text)
    assert found.path == name
    assert (found / "x y").path == f"{name}/x y"
    assert not files.is_local(found)
    assert place(found) == place(str(found)) == pickle.loads(pickle.dumps(found)) == found
    assert found.storage_options["use_listings_cache"] is False


def test_a_bucket_is_a_place(bucket: str) -> None:
    for text in (bucket, f"{bucket}/"):
        files.write_whole(place(text) / "a", b"a")
        assert list(files.names(place(text))) == ["a"]
    assert files.is_folder(place(bucket))
    assert stores.below(place(bucket)) == ["a"]


@pytest.mark.parametrize(
    "text",
    ["", "a\0b", "s3://\0", "s3://", "s3:///", "memory://", "file://", "://a", " s3://bucket", "nope://a", "1://a",
     "simplecache::s3://bucket/a", None, 3, b"out", ["out"], {"a": 1}],
)  # fmt: skip
def test_what_is_no_place(text: Any) -> None:
    with pytest.raises(ValueError, match="expected|Unsupported"):
        place(text)


@pytest.mark.parametrize(
    ("main", "words"),
    [(versions.main, []), (verify.main, []), (mirror.main, ["copy"]), (mirror.main, ["copy", "--images", "out"])],
)
def test_commands_say_why_a_url_is_none(
    main: Callable[[list[str]], int], words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    for given in (["s3://", *words], ["nope://a", *words], *([["out", *words[:-1], "s3://"]] if words else [])):
        with pytest.raises(SystemExit):
            main(given)
        assert re.search("error: argument .*: (expected a name after s3://|.*nope)", capsys.readouterr().err)


def test_a_store_whose_library_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "gcsfs", None)
    with pytest.raises(ValueError, match="gs://bucket/a: Please install gcsfs"):
        place("gs://bucket/a")


class Settings(BaseModel):
    """As the jobs' settings."""

    out: stores.Place


def test_a_place_as_a_setting() -> None:
    for text in ("out", "s3://bucket/out", "memory://out"):
        settings = Settings(out=text)  # type: ignore[arg-type]
        assert Settings.model_validate_json(settings.model_dump_json()) == settings
        assert pickle.loads(pickle.dumps(settings)) == settings
    with pytest.raises(ValidationError, match="expected a name after s3://"):
        Settings(out="s3://")  # type: ignore[arg-type]
    assert Settings.model_json_schema()["properties"]["out"]["type"] == "string"


def test_create_refuses_what_is_there(folder: Path) -> None:
    stores.create(folder / "a", b"one")
    with pytest.raises(FileExistsError, match="folder/a"):
        stores.create(folder / "a", b"two")
    assert stores.read(folder / "a") == b"one"
    stores.remove(folder / "a")
    stores.create(folder / "a", b"two")
    assert stores.read(folder / "a") == b"two"


def test_one_of_many_creates(bucket: str) -> None:
    path = place(bucket) / "a"
    barrier = Barrier(8)

    def create(number: int) -> bool:
        barrier.wait()
        try:
            stores.create(path, b"%d" % number)
        except FileExistsError:
            return False
        return True

    with ThreadPoolExecutor(8) as threads:
        made = list(threads.map(create, range(8)))
    assert sum(made) == 1
    assert stores.read(path) == b"%d" % made.index(True)


@pytest.mark.parametrize("fault", ["lost", "cut"])
def test_create_knows_its_own_object_when_the_answer_was_lost(proxy: FaultyProxy, bucket: str, fault: str) -> None:
    proxy.next.append(fault)
    stores.create(place(bucket) / "a", b"mine")
    assert proxy.count("PUT") == 2
    proxy.next.append(fault)
    with pytest.raises(FileExistsError):
        stores.create(place(bucket) / "a", b"other")


def test_create_where_the_store_does_not_say_which_condition_failed(
    bucket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from botocore.exceptions import ClientError
    from s3fs.errors import translate_boto_error

    path = place(bucket) / "a"
    stores.write(path, b"there")

    def pipe_file(*_: Any, **__: Any) -> None:
        raise translate_boto_error(ClientError({"Error": {"Code": "PreconditionFailed"}}, "PutObject"))

    monkeypatch.setattr(path.fs, "pipe_file", pipe_file)  # type: ignore[attr-defined]
    with pytest.raises(FileExistsError):
        stores.create(path, b"mine")


def test_names_below(folder: Path) -> None:
    assert stores.below(folder) == []
    names = ["a", "b/c", "b/d e", "b/é/f"]
    for name in names:
        stores.write(folder / name, b"")
    stores.write(folder.with_name("folder2"), b"")
    assert sorted(stores.below(folder)) == names
    assert stores.below(folder / "a") == []


def test_a_download(folder: Path, tmp_path: Path) -> None:
    content = os.urandom(200_000)
    stores.write(folder / "a", content)
    stores.download(folder / "a", tmp_path / "a")
    assert (tmp_path / "a").read_bytes() == content
    with pytest.raises(FileNotFoundError):
        stores.download(folder / "none", tmp_path / "none")


def everything(path: Path, tmp_path: Path) -> None:
    """Every call once."""
    content = uuid.uuid4().bytes * 1000
    stores.write(path / "a", content)
    assert stores.read(path / "a") == content
    stores.create(path / "b", content)
    stores.copy(path / "a", path / "c")
    assert sorted(files.names(path)) == ["a", "b", "c"]
    assert sorted(stores.below(path)) == ["a", "b", "c"]
    assert stores.info(path / "c")["size"] == len(content)
    stores.download(path / "c", tmp_path / "c")
    assert (tmp_path / "c").read_bytes() == content
    for name in "abc":
        stores.remove(path / name)
    assert list(files.names(path)) == []


@pytest.mark.usefixtures("hasty")
@pytest.mark.parametrize("fault", ["errors", "cuts", "lost", "all"])
def test_faults_are_tried_again(proxy: FaultyProxy, bucket: str, tmp_path: Path, fault: str) -> None:
    for name in ("errors", "cuts", "lost"):
        if fault in (name, "all"):
            setattr(proxy, name, 0.3 if fault != "all" else 0.1)
    for round_ in range(2):
        everything(place(f"{bucket}/{round_}"), tmp_path)
    assert proxy.count() > proxy.count(did="passed") > 0


def test_faults_with_the_retries_of_the_libraries(proxy: FaultyProxy, bucket: str, tmp_path: Path) -> None:
    proxy.next += ["error", "passed", "lost", "cut"]
    everything(place(bucket), tmp_path)


CALLS: dict[str, Callable[[Path], Any]] = {
    "read": stores.read,
    "write": lambda path: stores.write(path, b"new"),
    "create": lambda path: stores.create(path, b"new"),
    "copy": lambda path: stores.copy(path, path.with_name("copy")),
    "remove": stores.remove,
    "entries": stores.entries,
    "below": stores.below,
    "info": stores.info,
    "mark": files.mark,
    "names": lambda path: list(files.names(path)),
}


@pytest.mark.usefixtures("hasty")
@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("fault", ["outage", "errors"])
def test_an_outage_longer_than_the_retries(
    proxy: FaultyProxy, bucket: str, monkeypatch: pytest.MonkeyPatch, call: str, fault: str
) -> None:
    monkeypatch.setattr(stores, "PAUSES", (0.01,))
    path = place(bucket) / "a b"
    stores.write(path, b"old")
    if fault == "outage":
        proxy.stop()
    proxy.errors = 1.0
    with pytest.raises(StoreError, match=rf"{bucket}/.* the store does not answer: \w+"):
        CALLS[call](path)
    proxy.calm()
    proxy.start()
    assert stores.read(path) == b"old"


@pytest.mark.usefixtures("hasty")
def test_an_outage_shorter_than_the_retries(
    proxy: FaultyProxy, bucket: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(stores, "PAUSES", (0.2,) * 5)
    path = place(bucket)
    stores.write(path / "z", b"")
    stores.remove(path / "z")
    proxy.stop()
    with ThreadPoolExecutor(1) as threads:
        working = threads.submit(everything, path, tmp_path)
        time.sleep(0.3)
        assert not working.done()
        proxy.start()
        working.result(timeout=10)


def test_a_slow_store(proxy: FaultyProxy, bucket: str, tmp_path: Path) -> None:
    proxy.delay = 0.05
    everything(place(bucket), tmp_path)


@pytest.mark.parametrize("call", sorted(set(CALLS) - {"remove", "mark", "entries", "below", "names"}))
def test_a_missing_bucket_is_said_at_once(proxy: FaultyProxy, call: str) -> None:
    with pytest.raises(FileNotFoundError, match="s3://no-such-bucket/(a|copy): "):
        CALLS[call](place("s3://no-such-bucket/a"))
    assert proxy.count() <= 2


def test_a_missing_object_is_said_at_once(proxy: FaultyProxy, bucket: str) -> None:
    with pytest.raises(FileNotFoundError, match=f"{bucket}/a"):
        stores.read(place(f"{bucket}/a"))
    assert proxy.count() == 1


@pytest.mark.parametrize("text", ["s3://no bucket/a", "s3://b_!/a"])
def test_what_cannot_be_a_bucket_is_said_at_once(proxy: FaultyProxy, text: str) -> None:
    with pytest.raises(OSError, match=f"(?s){text}: .*[Bb]ucket"):
        stores.write(place(text), b"")
    assert proxy.count() == 0


@pytest.mark.parametrize("call", CALLS)
def test_no_credentials_are_said_at_once(bucket: str, monkeypatch: pytest.MonkeyPatch, call: str) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    forget_sessions()
    monkeypatch.setattr(stores, "PAUSES", (600.0,))
    with pytest.raises(PermissionError, match=f"{bucket}/(a|copy): .*credentials"):
        CALLS[call](place(f"{bucket}/a"))


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (PermissionError("Forbidden"), PermissionError),
        (TypeError("unexpected keyword 'mode'"), StoreError),
        (NotImplementedError(), StoreError),
        (OSError(errno.ENOSYS, "A header you provided implies functionality that is not implemented"), StoreError),
        (OSError(errno.ENAMETOOLONG, "Your key is too long"), StoreError),
        (OSError(errno.ENOSPC, "No space left on device"), OSError),
    ],
    ids=repr,
)
def test_errors_that_stay(error: Exception, expected: type[Exception]) -> None:
    calls = []

    def call() -> None:
        calls.append(1)
        raise error

    with pytest.raises(expected) as caught:
        stores.again(place("s3://bucket/a"), call)
    assert type(caught.value) is expected
    assert caught.value is error or "s3://bucket/a: " in str(caught.value)
    assert len(calls) == 1


def test_processes_see_each_other_at_once(moto: ObjectStore, bucket: str) -> None:
    """Listings and contents, before and after, of a place that both look at again and again."""
    program = f"""
import sys
from pipelines.storage import files
from pipelines.storage.stores import place
folder = place({f"{bucket}/folder"!r})
for line in sys.stdin:
    verb, name = line.split()
    if verb == "write":
        files.write_whole(folder / name, name.encode())
    if verb == "remove":
        files.remove(folder / name)
    print(sorted(files.names(folder)), files.mark(folder / "a") is not None, flush=True)
"""
    folder = place(UPath(f"{bucket}/folder"))
    other = subprocess.Popen(
        [sys.executable, "-c", program],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert other.stdin
    assert other.stdout
    assert other.stderr
    names: set[str] = set()
    for verb, name in [("look", "-"), ("write", "a"), ("look", "-"), ("write", "b"), ("remove", "a"), ("write", "a")]:
        other.stdin.write(f"{verb} {name}\n")
        other.stdin.flush()
        names = names | {name} if verb == "write" else names - {name}
        assert other.stdout.readline().strip() == f"{sorted(names)} {'a' in names}"
        assert sorted(files.names(folder)) == sorted(names)
        files.write_whole(folder / "mine", b"")
        names.add("mine")
    other.stdin.close()
    assert other.wait(timeout=30) == 0
    assert other.stderr.read() == ""  # no word about sessions that nobody closed
    other.stdout.close()
    other.stderr.close()
