import os
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from pipelines.annotations.images import Photo
from pipelines.propagation.cache import FeatureCache
from pipelines.propagation.features import FeatureMap
from tests.pipelines.propagation.planted import Planted, Scripted, field, leftovers, pasted, photo

PLENTY = 10**9
LABELS = pasted(field(4, 6), np.arange(1, 7).reshape(2, 3), 1, 2)
ENTRY = 4 * 6 * 128 * 2 + 7 * 8 + 1024
"""Bytes the features of those are taken for."""


class Broken(Planted):
    """Planted features that must not be computed again."""

    def extract(self, image):
        raise AssertionError("computed although it is in the cache")


class Odd(Planted):
    """Features with numbers that no float32 holds."""

    def extract(self, image):
        return replace(super().extract(image), origin=(1 / 3, -2 / 7), step=(1.1, 4.7), size=(17, 23), work=1 / 0.3)


def cache(folder: Path, limit: int = PLENTY, started: float = 0.0) -> FeatureCache:
    return FeatureCache(folder / "cache", limit, started)


def shot(name: str) -> Photo:
    return photo(LABELS, name)


def entries(folder: Path) -> list[Path]:
    return sorted(path for path in (folder / "cache").rglob("*") if path.is_file())


def fill(folder: Path, *names: str) -> dict[str, Path]:
    """Entries, one file for each name."""
    made: dict[str, Path] = {}
    for name in names:
        cache(folder).features(Planted(), shot(name))
        (made[name],) = set(entries(folder)) - set(made.values())
    return made


def age(path: Path, seconds: float) -> None:
    moment = time.time() - seconds
    os.utime(path, (moment, moment))


def same(one: FeatureMap, other: FeatureMap) -> None:
    np.testing.assert_array_equal(one.values, other.values)
    assert one.values.dtype == other.values.dtype
    assert (one.origin, one.step, one.size, one.work) == (other.origin, other.step, other.size, other.work)


def test_a_hit_is_identical_and_nothing_is_computed(tmp_path: Path) -> None:
    fresh = cache(tmp_path).features(Odd(), shot("a"))
    same(fresh, Odd().extract(shot("a").pixels))
    same(cache(tmp_path).features(Broken(), shot("a")), fresh)
    assert leftovers(tmp_path) == []


def test_an_encoding_is_identical_and_nothing_is_computed(tmp_path: Path) -> None:
    segmenter = Scripted()
    one = cache(tmp_path).encoding(segmenter, shot("a"))
    other = cache(tmp_path).encoding(segmenter, shot("a"))
    assert segmenter.encoded == 1
    assert one.keys() == other.keys() == {"mean"} and one["mean"].tobytes() == other["mean"].tobytes()


def test_an_empty_encoding_is_not_kept(tmp_path: Path) -> None:
    segmenter = Scripted()
    segmenter.encode = lambda image: {}  # type: ignore[method-assign]
    assert cache(tmp_path).encoding(segmenter, shot("a")) == {}
    assert entries(tmp_path) == []


@pytest.mark.parametrize("other", ["name", "revision", "image", "orientation"])
def test_others_miss(tmp_path: Path, other: str) -> None:
    cache(tmp_path).features(Planted(), shot("a"))
    method, picture = Planted(), shot("b" if other == "image" else "a")
    if other == "orientation":
        picture = replace(picture, exif_orientation=6)
    elif other != "image":
        setattr(method, other, "another")
    cache(tmp_path).features(method, picture)
    assert method.extracted == 1
    assert len(entries(tmp_path)) == 2


def test_features_and_encodings_do_not_meet(tmp_path: Path) -> None:
    cache(tmp_path).features(Planted(), shot("a"))
    cache(tmp_path).encoding(Scripted(), shot("a"))
    assert len(entries(tmp_path)) == 2


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: b"",
        lambda data: b"no archive",
        lambda data: data[:-1],
        lambda data: data[: len(data) // 2],
        lambda data: bytes([*data[:2000], data[2000] ^ 1, *data[2001:]]),
        lambda data: b"PK\x03\x04" + b"\0" * 200,
        lambda data: b"\x80\x04]\x94.",  # a pickle
    ],
    ids=["empty", "text", "a byte short", "half", "a bit flipped", "zeros", "a pickle"],
)
def test_a_damaged_entry_is_made_again(tmp_path: Path, damage) -> None:
    (path,) = fill(tmp_path, "a").values()
    good = path.read_bytes()
    path.write_bytes(damage(good))
    method = Planted()
    same(cache(tmp_path).features(method, shot("a")), method.extract(shot("a").pixels))
    assert method.extracted == 2
    same(cache(tmp_path).features(Broken(), shot("a")), method.extract(shot("a").pixels))
    assert len(entries(tmp_path)) == 1


def test_whatever_byte_is_damaged_nothing_stops(tmp_path: Path) -> None:
    small = photo(field(1, 1), "a")
    cache(tmp_path).features(Planted(), small)
    (path,) = entries(tmp_path)
    good = path.read_bytes()
    for place in range(len(good)):
        for flip in (0x01, 0xFF):
            path.write_bytes(good[:place] + bytes([good[place] ^ flip]) + good[place + 1 :])
            assert cache(tmp_path).features(Planted(), small).values.dtype == np.float16


@pytest.mark.parametrize("arrays", [{"values": np.zeros((1, 1, 2), np.float16)}, {"numbers": np.zeros(7)}, {}])
def test_an_entry_without_its_arrays_is_made_again(tmp_path: Path, arrays) -> None:
    (path,) = fill(tmp_path, "a").values()
    with path.open("wb") as file:
        np.savez(file, **arrays)
    method = Planted()
    cache(tmp_path).features(method, shot("a"))
    assert method.extracted == 1


def test_limit_zero_keeps_nothing(tmp_path: Path) -> None:
    method = Planted()
    none = cache(tmp_path, limit=0)
    same(none.features(method, shot("a")), none.features(method, shot("a")))
    assert method.extracted == 2
    assert not (tmp_path / "cache").exists()


def test_limit_zero_does_not_read_what_is_there(tmp_path: Path) -> None:
    fill(tmp_path, "a")
    method = Planted()
    cache(tmp_path, limit=0).features(method, shot("a"))
    assert method.extracted == 1


def test_a_full_cache_keeps_what_is_in_use(tmp_path: Path) -> None:
    started = time.time() - 10
    full = cache(tmp_path, limit=2 * ENTRY, started=started)
    for name in "abcd":
        full.features(Planted(), shot(name))
    assert len(entries(tmp_path)) == 2
    for name in "ab":
        full.features(Broken(), shot(name))
    late = Planted()
    full.features(late, shot("d"))
    assert late.extracted == 1


def test_the_oldest_make_room(tmp_path: Path) -> None:
    made = fill(tmp_path, "a", "b", "c")
    for name, seconds in {"a": 500, "b": 900, "c": 700}.items():
        age(made[name], seconds)
    small = cache(tmp_path, limit=3 * ENTRY, started=time.time() - 100)
    small.features(Planted(), shot("d"))
    assert not made["b"].exists() and made["a"].exists() and made["c"].exists()
    small.features(Planted(), shot("e"))
    assert not made["c"].exists() and made["a"].exists()
    assert sum(path.stat().st_size for path in entries(tmp_path)) <= 3 * ENTRY


def test_only_what_is_older_than_the_start_makes_room(tmp_path: Path) -> None:
    made = fill(tmp_path, "a", "b", "c")
    for name, seconds in {"a": 500, "b": 90, "c": 20}.items():
        age(made[name], seconds)
    small = cache(tmp_path, limit=3 * ENTRY, started=time.time() - 100)
    for name in "defg":
        small.features(Planted(), shot(name))
    assert not made["a"].exists() and made["b"].exists() and made["c"].exists()
    assert len(entries(tmp_path)) == 3


def test_a_hit_counts_as_use(tmp_path: Path) -> None:
    made = fill(tmp_path, "a", "b")
    for path in made.values():
        age(path, 500)
    small = cache(tmp_path, limit=2 * ENTRY, started=time.time() - 100)
    small.features(Broken(), shot("a"))
    small.features(Planted(), shot("c"))
    assert made["a"].exists() and not made["b"].exists()


def test_a_hit_counts_as_use_after_the_folder_was_counted(tmp_path: Path) -> None:
    made = fill(tmp_path, "a", "b")
    age(made["a"], 900)
    age(made["b"], 500)
    small = cache(tmp_path, limit=3 * ENTRY, started=time.time() - 100)
    small.features(Planted(), shot("c"))  # there is room; the folder is counted now
    small.features(Broken(), shot("a"))
    small.features(Planted(), shot("d"))
    assert made["a"].exists() and not made["b"].exists()


def test_what_is_larger_than_the_limit_is_not_kept(tmp_path: Path) -> None:
    found = cache(tmp_path, limit=ENTRY - 1).features(Planted(), shot("a"))
    same(found, Planted().extract(shot("a").pixels))
    assert entries(tmp_path) == []


def test_a_folder_that_cannot_be_written_is_no_reason_to_stop(tmp_path: Path) -> None:
    (tmp_path / "cache").write_bytes(b"a file where the folder should be")
    method = Planted()
    blocked = cache(tmp_path)
    same(blocked.features(method, shot("a")), blocked.features(method, shot("b")))
    assert method.extracted == 2


def test_a_write_that_fails_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(file, **arrays):
        file.write(b"some")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "savez", full)
    method = Planted()
    same(cache(tmp_path).features(method, shot("a")), method.extract(shot("a").pixels))
    assert entries(tmp_path) == []


def test_an_interrupted_write_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stopped(file, **arrays):
        file.write(b"some")
        raise KeyboardInterrupt

    monkeypatch.setattr(np, "savez", stopped)
    with pytest.raises(KeyboardInterrupt):
        cache(tmp_path).features(Planted(), shot("a"))
    assert entries(tmp_path) == []


def test_several_share_a_folder(tmp_path: Path) -> None:
    one, other = cache(tmp_path), cache(tmp_path)
    one.features(Planted(), shot("a"))
    same(other.features(Broken(), shot("a")), one.features(Broken(), shot("a")))
    other.features(Planted(), shot("b"))
    one.features(Broken(), shot("b"))


def test_an_entry_that_another_process_removed_is_made_again(tmp_path: Path) -> None:
    made = fill(tmp_path, "a", "b")
    for path in made.values():
        age(path, 500)
    small = cache(tmp_path, limit=2 * ENTRY, started=time.time() - 100)
    small.features(Planted(), shot("c"))
    for path in made.values():
        path.unlink(missing_ok=True)
    small.features(Planted(), shot("d"))
    small.features(Broken(), shot("d"))
