import os

from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.storage.name_set import NameSet

names = st.one_of(st.text(max_size=20), st.binary(max_size=20).map(os.fsdecode))
"""Any text, and whatever a disk may call a file."""


@settings(deadline=None)
@given(st.lists(names), st.lists(names))
def test_like_a_set(inside: list[str], asked: list[str]) -> None:
    found, plain = NameSet(iter(inside)), set(inside)
    assert len(found) == len(plain)
    assert [name in found for name in inside + asked] == [name in plain for name in inside + asked]


def test_nothing_is_in_an_empty_one() -> None:
    assert len(NameSet()) == 0 and "" not in NameSet() and "a" not in NameSet()


def test_eight_bytes_a_name() -> None:
    found = NameSet(f"{number:012d}_{number}-0123456789ab.png" for number in range(20_000))
    assert found._digests.nbytes == 160_000 and len(found) == 20_000
    assert "000000000007_7-0123456789ab.png" in found and "000000000007_8-0123456789ab.png" not in found
