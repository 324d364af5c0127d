"""Versions: complete or not there, old ones readable, and what killed, damaged and strangers' files do to them."""

import os
import shutil
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from hashlib import sha256
from itertools import count
from pathlib import Path
from typing import Any, ClassVar
from uuid import uuid4

import orjson
import pytest
from fsspec.implementations.memory import MemoryFileSystem

from pipelines.errors import UserError
from pipelines.labelling.earlier import pictures_of
from pipelines.storage import lock, publishing
from pipelines.storage.adopting import adopt, adopt_version
from pipelines.storage.current import complete, current, current_folder, restore_links, use
from pipelines.storage.files import is_local, make_folder, mark, read_whole, remove, write_whole
from pipelines.storage.lock import locked
from pipelines.storage.manifest import (
    KINDS,
    MANIFEST_SCHEMA,
    REJECTS_SCHEMA,
    part_name,
    part_paths,
    read_folder,
    working,
    write_part,
)
from pipelines.storage.pictures import sweep, sweep_pictures
from pipelines.storage.publishing import publish
from pipelines.storage.retention import sweep_versions
from pipelines.storage.stores import place
from pipelines.storage.versions import committed, folder_of, read_version
from pipelines.versions import main as command
from tests.conftest import files_below
from tests.pipelines.storage.test_manifest import matte, reject

ABOUT = {"dataset": "coco", "split": "val", "config_hash": "2"}
STAMP = {"config_hash": "2", "index_digest": "i", "shards": "8"}


def new_place(kind: str, tmp_path: Path) -> Path:
    """A folder that is not there yet."""
    name = uuid4().hex
    return tmp_path / name if kind == "local" else place(f"memory://{name}/out")


@pytest.fixture(autouse=True)
def no_waiting_for_disks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "fsync", lambda descriptor: None)


@pytest.fixture(params=["local", "memory"])
def out(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    return new_place(request.param, tmp_path)


@pytest.fixture
def local(tmp_path: Path) -> Path:
    return new_place("local", tmp_path)


def work(out: Path, *shards: str) -> None:
    """Working parts and pictures as a run leaves them: two mattes and a reject per shard, with its text in them."""
    for kind in KINDS:
        make_folder(working(out, kind))
    for folder in ("alphas", "trimaps"):
        make_folder(out / folder)
    for shard, text in enumerate(shards):
        rows = [matte(10 * shard + number) for number in (1, 2)]
        for row in rows:
            row.image_id, row.input_hash = shard, text
            for folder in ("alpha", "trimap"):
                content = f"{folder} {text} {row.annotation_id}".encode()
                digest = sha256(content).hexdigest()
                path = f"{folder}s/{shard:012d}_{row.annotation_id}-{digest[:12]}.png"
                setattr(row, f"{folder}_path", path)
                setattr(row, f"{folder}_sha256", digest)
                write_whole(out / path, content, durable=False)
        stamp = STAMP | {"counts": orjson.dumps({"images": 1, "accepted": len(rows)}).decode()}
        write_part(working(out, "rejects") / part_name(shard), [reject(shard)], REJECTS_SCHEMA, stamp)
        write_part(working(out, "manifest") / part_name(shard), rows, MANIFEST_SCHEMA, stamp)


def put(out: Path) -> int:
    """Publish whatever working parts stand."""
    return publish(out, ABOUT, [STAMP] * len(part_paths(working(out, "manifest"))))


def end(out: Path, *shards: str, keep: int = 3) -> int:
    """What a run does when its parts stand."""
    if shards:
        work(out, *shards)
        sweep(out, len(shards))
    number = put(out)
    sweep_versions(out, keep)
    sweep_pictures(out)
    return number


def everything(out: Path) -> dict[str, bytes]:
    """All files but the lock's, and where links lead."""
    found = {name: read_whole(out / name) for name in files_below(out)}
    if is_local(out):
        found |= {kind: os.fsencode((out / kind).readlink()) for kind in KINDS}
    return found


def check(out: Path, version: int) -> set[str]:
    """A version's parts are as its head says and its pictures stand; returns its shards' texts."""
    for part in read_version(out, version).parts:
        assert sha256(read_whole(folder_of(out, version) / part.name)).hexdigest() == part.sha256
    rows = read_folder(folder_of(out, version) / "manifest")
    for row in rows:
        for name in pictures_of(row):
            digest = sha256(read_whole(out / name)).hexdigest()
            assert digest in (row.alpha_sha256, row.trimap_sha256)
    return {row.input_hash for row in rows}


def part_of(out: Path, version: int, name: str) -> Path:
    """Path of "manifest/0", the part of that kind and shard, or of another file of a version."""
    listed = {f"{part.kind}/{part.shard}": part.name for part in read_version(out, version).parts}
    return folder_of(out, version) / listed.get(name, name)


def test_the_first_version(out: Path) -> None:
    assert current(out) is None and committed(out) == [] and not complete(out)
    with pytest.raises(UserError, match="no version of the manifest yet; no run has finished there"):
        current_folder(out)
    assert end(out, "a", "b") == 1
    assert (current(out), committed(out), complete(out)) == (1, [1], True)
    version = read_version(out, 1)
    assert (version.version, version.schema_version, version.about) == (1, 5, ABOUT)
    assert version.counts == {"accepted": 4, "images": 2}  # both parts of a shard have them; they count once
    assert [(p.kind, p.shard, p.rows) for p in version.parts] == [
        ("manifest", 0, 2), ("manifest", 1, 2), ("rejects", 0, 1), ("rejects", 1, 1),
    ]  # fmt: skip
    assert all(p.name == f"{p.kind}/{part_name(p.shard, p.sha256)}" for p in version.parts)
    assert check(out, 1) == {"a", "b"}


def test_same_content_makes_no_new_version(out: Path) -> None:
    end(out, "a", "b")
    before = everything(out)
    assert end(out, "a", "b") == 1
    assert end(out) == 1
    assert everything(out) == before


def test_same_parts_same_bytes_wherever(out: Path, tmp_path: Path) -> None:
    other = new_place("local", tmp_path)
    for folder in (out, other):
        end(folder, "a", "b")
        end(folder, "a", "c")
    here, there = everything(out), everything(other)
    assert here == {name: there[name] for name in there if name not in KINDS or name in here}


def test_an_old_version_stays_readable_with_its_pictures(out: Path) -> None:
    end(out, "a", "b", "c")
    before = {name: everything(out)[name] for name in everything(out) if name.startswith(("versions/", "alphas"))}
    end(out, "a", "x")  # a shard changed, one gone
    after = everything(out)
    assert {name: after[name] for name in before} == before
    assert check(out, 1) == {"a", "b", "c"} and check(out, 2) == {"a", "x"}
    assert read_folder(current_folder(out)) == read_folder(folder_of(out, 2) / "manifest")
    assert len(read_folder(current_folder(out, "rejects"))) == 2


def test_links_lead_to_the_current_version(local: Path) -> None:
    end(local, "a")
    end(local, "b")
    assert {row.input_hash for row in read_folder(local / "manifest")} == {"b"}
    assert (local / "manifest").readlink() == Path("versions/000002/manifest")
    moved = local.rename(local.with_name("moved"))
    assert {row.input_hash for row in read_folder(moved / "manifest")} == {"b"}


def test_parts_of_an_unchanged_shard_take_no_space_twice(local: Path) -> None:
    end(local, "a", "b")
    sweep(local, 1)
    assert end(local) == 2
    assert part_of(local, 2, "manifest/0").samefile(part_of(local, 1, "manifest/0")) and check(local, 1) == {"a", "b"}


@pytest.mark.parametrize("keep", [1, 2, 3])
def test_as_many_versions_stay_as_asked_for(out: Path, keep: int) -> None:
    for text in "abcde":
        end(out, text, keep=keep)
    wanted = [1, 2, 3, 4, 5][-keep:]
    assert committed(out) == wanted
    for number in wanted:
        assert check(out, number) == {"abcde"[number - 1]}
    left = {name.split("/")[1] for name in files_below(out) if name.startswith("versions/")}
    assert left == {f"{number:06d}" for number in wanted}
    assert len([name for name in files_below(out) if name.startswith("alphas/")]) == 2 * keep


def test_a_rollback_lasts_until_there_is_something_new(out: Path) -> None:
    for text in "ab":
        end(out, text)
    use(out, 1)
    assert current(out) == 1
    assert end(out, "b") == 2 and current(out) == 1 and complete(out)
    assert end(out, "c") == 3 and current(out) == 3


def test_the_current_version_is_never_swept(out: Path) -> None:
    for text in "abc":
        end(out, text)
    use(out, 1)
    end(out, "c", keep=1)
    assert committed(out) == [1, 3] and check(out, current(out) or 0) == {"a"}
    end(out, "d", keep=1)
    assert committed(out) == [4] and current(out) == 4


def test_going_back_and_forth(out: Path) -> None:
    end(out, "a")
    end(out, "b")
    use(out, 1)
    use(out, 2)
    assert current(out) == 2 and end(out, "b") == 2 and current(out) == 2
    with pytest.raises(UserError, match="there is no version 7; it has versions 1, 2"):
        use(out, 7)
    assert current(out) == 2


class Killed(BaseException):
    """The process is gone: nothing of it runs any more, clean-up included."""


class Death:
    """Lets file operations through until the n-th, which and after which none happens."""

    LOCAL: ClassVar = ("replace", "link", "unlink", "symlink", "mkdir", "rmdir", "fsync", "rename")
    STORE: ClassVar = ("pipe_file", "cp_file", "rm_file")

    def __init__(self, monkeypatch: pytest.MonkeyPatch, at: int) -> None:
        self.left, self.lock = at, threading.Lock()
        for owner, names in ((os, self.LOCAL), (MemoryFileSystem, self.STORE)):
            for name in names:
                monkeypatch.setattr(owner, name, self.guarded(getattr(owner, name)))

    def guarded(self, function: Callable[..., Any]) -> Callable[..., Any]:
        def guard(*given: Any, **named: Any) -> Any:
            with self.lock:
                self.left -= 1
                if self.left <= 0:
                    raise Killed
            return function(*given, **named)

        return guard


def copied(folder: Path, tmp_path: Path) -> Path:
    """The same again elsewhere, files that have several names included."""
    if is_local(folder):
        return Path(shutil.copytree(folder, tmp_path / uuid4().hex, symlinks=True, copy_function=os.link))
    other = new_place("memory", tmp_path)
    for name in files_below(folder):
        MemoryFileSystem.store[(other / name).path] = MemoryFileSystem.store[(folder / name).path]
    return other


def forget(folder: Path) -> None:
    """What is in memory makes listings slower as long as it is there."""
    if not is_local(folder):
        for name in files_below(folder):
            del MemoryFileSystem.store[(folder / name).path]


def each_death(
    monkeypatch: pytest.MonkeyPatch, template: Path, tmp_path: Path, act: Callable[[Path], Any]
) -> Iterator[Path]:
    """Copies in which ``act`` was killed at its first, second, ... file operation, until it lives through."""
    for at in count(1):
        folder = copied(template, tmp_path)
        with monkeypatch.context() as patch:
            death = Death(patch, at)
            with suppress(Killed):
                act(folder)
        yield folder
        forget(folder)
        if death.left > 0:
            assert at > 5
            return


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["local", "memory"])
def test_killed_at_any_operation(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    template = new_place(kind, tmp_path)
    end(template, "a", "b")
    work(template, "b")

    def act(folder: Path) -> None:
        sweep(folder, 1)
        put(folder)
        sweep_versions(folder, 1)
        sweep_pictures(folder)

    undisturbed = copied(template, tmp_path)
    act(undisturbed)
    wanted, seen = everything(undisturbed), set()
    for folder in each_death(monkeypatch, template, tmp_path, act):
        number = current(folder)
        assert number is not None and complete(folder)
        assert check(folder, number) == ({"a", "b"} if number == 1 else {"b"})
        if is_local(folder):
            assert {r.input_hash for r in read_folder(folder / "manifest")} in ({"a", "b"}, {"b"})
        seen.add(number)
        act(folder)
        assert everything(folder) == wanted
    assert seen == {1, 2}


@pytest.mark.parametrize("kind", ["local", "memory"])
def test_killed_in_the_making_of_a_version_that_never_comes(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The input goes back to what it was: what was begun goes away."""
    template = new_place(kind, tmp_path)
    end(template, "a", "b")
    work(template, "a", "x")
    undisturbed = new_place(kind, tmp_path)
    end(undisturbed, "a", "b")
    wanted = everything(undisturbed)
    for folder in each_death(monkeypatch, template, tmp_path, lambda folder: put(folder)):
        if current(folder) == 1 and committed(folder) == [1]:
            end(folder, "a", "b")
            assert everything(folder) == wanted


@pytest.mark.parametrize("kind", ["local", "memory"])
def test_a_reader_never_sees_half_an_update(kind: str, tmp_path: Path) -> None:
    out = new_place(kind, tmp_path)
    end(out, "0", "0", keep=99)
    done = threading.Event()

    def read() -> int:
        rounds = 0
        while not done.is_set() or rounds < 2:
            folder = (out / "manifest").resolve() if is_local(out) else current_folder(out)
            for _ in range(2):
                rows = read_folder(folder)
                assert len(rows) == 4 and len({row.input_hash for row in rows}) == 1
                assert all(mark(out / name) is not None for name in pictures_of(rows[-1]))
            rounds += 1
        return rounds

    with ThreadPoolExecutor(1) as readers:
        found = readers.submit(read)
        try:
            for update in range(1, 6):
                end(out, *[str(update)] * 2, keep=99)
        finally:
            done.set()
        assert found.result() >= 2
    assert committed(out) == list(range(1, 7))


def test_half_a_version_is_none(out: Path) -> None:
    end(out, "a")
    make_folder(folder_of(out, 2) / "manifest")
    write_whole(folder_of(out, 2) / "manifest" / part_name(0), b"half")
    write_whole(folder_of(out, 2) / "manifest" / part_name(7), b"half")
    assert committed(out) == [1] and current(out) == 1
    assert end(out, "b", "c") == 2
    assert check(out, 2) == {"b", "c"}
    assert mark(folder_of(out, 2) / "manifest" / part_name(7)) is None


@pytest.mark.parametrize("lost", ["manifest/1", "rejects/0", "version.json"])
@pytest.mark.parametrize("damage", [None, b"", b"{}"])
def test_the_current_version_is_mended(out: Path, lost: str, damage: bytes | None) -> None:
    end(out, "a", "b")
    path = part_of(out, 1, lost)
    remove(path)
    if damage is not None:
        write_whole(path, damage)
    assert complete(out) == (damage is not None and lost != "version.json")
    end(out)
    assert complete(out) and check(out, current(out) or 0) == {"a", "b"}


@pytest.mark.parametrize("lost", ["manifest/0", "version.json"])
@pytest.mark.parametrize("damage", [None, b"[]", b'{"parts": [{"name": 3}]}'])
def test_damage_to_an_old_version_does_not_stop_the_next(out: Path, lost: str, damage: bytes | None) -> None:
    end(out, "a", "b")
    end(out, "a", "c")
    path = part_of(out, 1, lost)
    remove(path)
    if damage is not None:
        write_whole(path, damage)
    assert end(out, "a", "d") == 3
    assert check(out, 3) == {"a", "d"} and check(out, 2) == {"a", "c"} and complete(out)


@pytest.mark.parametrize(
    ("field", "value"),
    [("counts", None), ("counts", {"accepted": "2"}), ("parts", {}), ("version", "1"), ("about", []), ("digest", 7)],
)
def test_a_head_of_wrong_types(local: Path, field: str, value: Any) -> None:
    end(local, "a")
    head = folder_of(local, 1) / "version.json"
    head.write_bytes(orjson.dumps(orjson.loads(head.read_bytes()) | {field: value}))
    with pytest.raises(UserError, match=f"version.json: not a version's head \\({field}[^\n]+\\); the next run"):
        read_version(local, 1)


def test_a_version_copied_over_another_of_its_number(out: Path, tmp_path: Path) -> None:
    """The source was made anew since it was copied last."""
    target = new_place("local", tmp_path)
    for text in "ab":
        source = out if text == "a" else new_place("local", tmp_path)
        end(source, text)
        adopt_version(source, target, read_version(source, 1))
    assert {row.input_hash for row in read_folder(target / "manifest")} == {"b"}


def test_pictures_of_a_version_whose_head_is_damaged_stay(out: Path) -> None:
    end(out, "a")
    pictures = [name for row in read_folder(current_folder(out)) for name in pictures_of(row)]
    end(out, "b")
    write_whole(folder_of(out, 1) / "version.json", b"nonsense")
    end(out, "c")
    assert all(mark(out / name) is not None for name in pictures)


@pytest.mark.parametrize(
    "content", [b"", b"{}", b"[1]", b"null", b'{"version": null}', b'{"version": "x", "newest": 1}']
)
def test_a_damaged_pointer(out: Path, content: bytes) -> None:
    end(out, "a")
    write_whole(out / "current.json", content)
    assert current(out) is None and not complete(out)
    assert end(out) == 1 and current(out) == 1 and complete(out)


@pytest.mark.parametrize("newest", [1, 2, 77])
def test_a_pointer_to_a_version_that_is_gone(out: Path, newest: int) -> None:
    end(out, "a")
    end(out, "b")
    write_whole(out / "current.json", orjson.dumps({"version": 77, "newest": newest}))
    assert not complete(out)
    assert end(out) == 2 and current(out) == 2 and complete(out)


def test_a_rollback_to_a_version_that_was_then_damaged_ends(out: Path) -> None:
    end(out, "a")
    end(out, "b")
    use(out, 1)
    remove(part_of(out, 1, "manifest/0"))
    assert not complete(out)
    end(out)
    assert complete(out) and current(out) == 2


def test_a_version_that_lost_a_part_cannot_be_used(out: Path) -> None:
    end(out, "a")
    end(out, "b")
    remove(part_of(out, 1, "manifest/0"))
    with pytest.raises(UserError, match="version 1 has lost manifest/part-00000-[0-9a-f]{8}.parquet"):
        use(out, 1)
    assert current(out) == 2


def test_numbers_are_written_as_this_program_does(out: Path) -> None:
    end(out, "a")
    for name in ("2", "0000009", "٣", "-00004", "notes", "9" * 200):
        make_folder(out / "versions" / name)
        write_whole(out / "versions" / name / "version.json", b"mine")
    assert [number for number in committed(out) if number < 10**9] == [1]
    end(out, "b", keep=1)
    assert mark(out / "versions" / "2" / "version.json") is not None
    assert mark(out / "versions" / "notes" / "version.json") is not None
    assert current(out) == 2


def test_versions_beyond_six_digits(out: Path) -> None:
    end(out, "a")
    write_whole(out / "current.json", orjson.dumps({"version": 999_999, "newest": 999_999}))
    for kind in KINDS:
        make_folder(folder_of(out, 999_999) / kind)
    write_whole(folder_of(out, 999_999) / "version.json", read_whole(folder_of(out, 1) / "version.json"))
    assert end(out, "b") == 1_000_000 and end(out, "c") == 1_000_001
    assert current(out) == 1_000_001 and check(out, 1_000_000) == {"b"}


def test_a_file_in_place_of_a_version(local: Path) -> None:
    end(local, "a")
    (local / "versions" / "000009").write_text("mine")
    assert end(local, "b") == 2 and check(local, 2) == {"b"}
    assert (local / "versions" / "000009").read_text() == "mine"
    with pytest.raises(UserError, match="there is no version 9"):
        use(local, 9)


def test_a_users_file_in_place_of_the_link_stays(local: Path) -> None:
    local.mkdir()
    (local / "manifest").write_text("mine")
    end(local, "a")
    assert (local / "manifest").read_text() == "mine" and (local / "rejects").is_symlink()


def test_a_disk_without_links(local: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*given: Any, **named: Any) -> None:
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr(os, "link", refuse)
    monkeypatch.setattr(os, "symlink", refuse)
    end(local, "a", "b")
    end(local, "a", "c")
    assert not (local / "manifest").exists() and check(local, 2) == {"a", "c"} and check(local, 1) == {"a", "b"}
    assert part_of(local, 2, "manifest/0").stat().st_nlink == 1
    before = everything_but_links(local)
    end(local)
    assert everything_but_links(local) == before


def everything_but_links(out: Path) -> dict[str, bytes]:
    return {name: read_whole(out / name) for name in files_below(out)}


def test_a_copy_whose_links_became_folders(local: Path) -> None:
    end(local, "a")
    copy = Path(shutil.copytree(local, local.with_name("copy"), symlinks=False))
    assert (copy / "manifest").is_dir() and not (copy / "manifest").is_symlink()
    adopt(copy)
    assert end(copy, "b") == 2
    assert {row.input_hash for row in read_folder(copy / "manifest")} == {"b"}


def test_a_folder_of_the_users_in_place_of_the_link_stays(local: Path) -> None:
    (local / "rejects").mkdir(parents=True)
    work(local, "a")
    (local / "rejects" / "notes.txt").write_text("mine")
    adopt(local)
    end(local)
    assert (local / "rejects" / "notes.txt").read_text() == "mine"
    assert (local / "manifest").is_symlink() and check(local, 1) == {"a"}


def old_layout(folder: Path, *shards: str) -> None:
    """An output as earlier releases left it."""
    work(folder, *shards)
    for kind in KINDS:
        working(folder, kind).rename(folder / kind)
    shutil.rmtree(folder / ".work")


def test_an_old_layout_is_adopted(local: Path, tmp_path: Path) -> None:
    old_layout(local, "a", "b")
    adopt(local)
    (local / "manifest" / ".part-00000.parquet.partial").write_bytes(b"of a killed run")
    assert read_folder(local / "manifest") == read_folder(working(local, "manifest"))
    assert len(read_folder(local / "manifest")) == 4
    assert end(local) == 1
    fresh = new_place("local", tmp_path)
    end(fresh, "a", "b")
    assert everything(local) == everything(fresh)


def test_an_adoption_that_is_killed_is_finished_later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    template = new_place("local", tmp_path)
    old_layout(template, "a", "b")

    def act(folder: Path) -> None:
        adopt(folder)
        put(folder)

    undisturbed = copied(template, tmp_path)
    act(undisturbed)
    for folder in each_death(monkeypatch, template, tmp_path, act):
        act(folder)
        assert everything(folder) == everything(undisturbed)


def test_lost_working_parts_come_back_from_the_current_version(out: Path) -> None:
    end(out, "a", "b")
    before = everything(out)
    for name in files_below(out):
        if name.startswith(".work/"):
            remove(out / name)
    adopt(out)
    assert everything(out) == before
    adopt(out)
    assert end(out) == 1 and everything(out) == before


@pytest.mark.parametrize("pointer", [None, b"nonsense", b'{"version": 9, "newest": 9}'])
def test_lost_working_parts_come_back_without_a_pointer_too(out: Path, pointer: bytes | None) -> None:
    end(out, "a")
    end(out, "b")
    for name in files_below(out):
        if name.startswith(".work/") or name == "current.json":
            remove(out / name)
    if pointer is not None:
        write_whole(out / "current.json", pointer)
    adopt(out)
    assert {row.input_hash for row in read_folder(working(out, "manifest"))} == {"b"}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("stamp", [{"config_hash": "3"}, {"index_digest": "j"}, {"shards": "4"}])
def test_parts_of_another_run_become_no_version(out: Path, kind: str, stamp: dict[str, str]) -> None:
    end(out, "a", "b")
    work(out, "a", "c")
    schema = MANIFEST_SCHEMA if kind == "manifest" else REJECTS_SCHEMA
    write_part(working(out, kind) / part_name(1), [], schema, STAMP | {"counts": "{}"} | stamp)
    with pytest.raises(UserError, match=f"{kind}/part-00001-.* was written by another run meanwhile; run the same"):
        put(out)
    remove(working(out, kind) / part_name(1))
    with pytest.raises(UserError, match="parts were removed by another run meanwhile"):
        publish(out, ABOUT, [STAMP] * 2)
    assert committed(out) == [1] and check(out, 1) == {"a", "b"}


@pytest.mark.parametrize("kind", KINDS)
def test_a_damaged_part_becomes_no_version(out: Path, kind: str) -> None:
    end(out, "a", "b")
    work(out, "a", "c")
    path = working(out, kind) / part_name(1)
    content = read_whole(path)
    write_whole(path, content[:100] + bytes(60) + content[160:])
    with pytest.raises(UserError, match=f"{part_name(1)}: damaged; the same command makes it again"):
        put(out)
    assert mark(path) is None and committed(out) == [1] and check(out, 1) == {"a", "b"}


def test_pictures_stay_where_an_old_part_is_damaged(out: Path) -> None:
    end(out, "a")
    end(out, "b")
    path = part_of(out, 1, "manifest/0")
    remove(path)
    write_whole(path, b"PAR1 nonsense")
    work(out, "c")
    put(out)
    before = files_below(out)
    with pytest.raises(UserError, match=f"{path}: damaged, so that it is not known which pictures are still needed"):
        sweep_pictures(out)
    assert files_below(out) == before


@pytest.mark.parametrize("lead", [None, "versions/000001/manifest", "nowhere"])
def test_links_that_were_lost_or_lead_elsewhere_are_put_back(local: Path, lead: str | None) -> None:
    restore_links(local)
    end(local, "a")
    end(local, "b")
    (local / "manifest").unlink()
    if lead is not None:
        (local / "manifest").symlink_to(lead)
    restore_links(local)
    assert (local / "manifest").readlink() == Path("versions/000002/manifest")


def test_command_lists_and_rolls_back(
    out: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lock, "LEASE", 0.6)
    end(out, "a", "b")
    end(out, "a")
    assert command([str(out)]) == 0
    shown = capsys.readouterr().out.splitlines()
    assert shown[0].split()[:5] == ["1", "4", "mattes", "2", "rejects"] and "current" not in shown[0]
    assert shown[1].split()[:5] == ["2", "2", "mattes", "1", "rejects"] and shown[1].endswith("current")
    assert shown[2] == f"manifest  {folder_of(out, 2) / 'manifest'}"
    assert command([str(out), "--use", "1"]) == 0
    assert capsys.readouterr().out.splitlines()[0].endswith("current") and current(out) == 1
    with locked(out):
        assert command([str(out), "--use", "2"]) == 2
    assert "another run is working on this folder" in capsys.readouterr().err and current(out) == 1


def test_command_says_what_is_wrong(out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for words in ([], ["--use", "1"], ["--use", "-1"]):
        assert command([str(out), *words]) == 2
        assert capsys.readouterr().err.startswith(f"error: {out}: there is no version") or not words
    assert not out.exists()  # asking makes no folder
    end(out, "a")
    assert command([str(out), "--use", "5"]) == 2
    assert capsys.readouterr().err == f"error: {out}: there is no version 5; it has versions 1\n"


def test_command_shows_damage(out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    end(out, "a")
    end(out, "b")
    write_whole(folder_of(out, 1) / "version.json", b"nonsense")
    assert command([str(out)]) == 0
    shown = capsys.readouterr().out.splitlines()
    assert shown[0].split() == ["1", "damaged"] and shown[1].endswith("current")


def test_a_copy_without_hidden_files(local: Path) -> None:
    """Links became folders, and the working parts stayed behind."""
    end(local, "a", "b")
    copy = Path(shutil.copytree(local, local.with_name("copy"), ignore=shutil.ignore_patterns(".*")))
    adopt(copy)
    assert {path.name for path in working(copy, "manifest").iterdir()} == {part_name(0), part_name(1)}
    assert end(copy) == 1 and everything(copy) == everything(local)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_read_only_folder(local: Path, capsys: pytest.CaptureFixture[str]) -> None:
    end(local, "a")
    local.chmod(0o500)
    try:
        assert command([str(local)]) == 0
        with pytest.raises(OSError):
            end(local, "b")
        assert current(local) == 1 and check(local, 1) == {"a"}
    finally:
        local.chmod(0o700)


def test_a_full_disk_leaves_the_old_version(local: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    end(local, "a")
    work(local, "b")

    def full(*given: Any, **named: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(publishing, "write_whole", full)
    with pytest.raises(OSError, match="No space left"):
        put(local)
    assert current(local) == 1 and check(local, 1) == {"a"}
