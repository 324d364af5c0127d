import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.annotations import json_stream
from pipelines.annotations.json_stream import JsonStream
from pipelines.errors import UserError


def read(path: Path, text: str | bytes) -> list[tuple[str, Any]]:
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return list(JsonStream(path, ("images", "annotations")))


def test_items_of_the_named_arrays(tmp_path: Path) -> None:
    text = '{"info": {"images": [9]}, "annotations": [{"id": 1, "v": [1.5, 2]}], "images": [{"id": "a"}], "other": [3]}'
    assert sorted(read(tmp_path / "a.json", text), key=str) == [
        ("annotations", {"id": 1, "v": [1.5, 2]}),
        ("images", {"id": "a"}),
    ]


def test_byte_order_mark_and_white_space(tmp_path: Path) -> None:
    assert read(tmp_path / "a.json", b'\xef\xbb\xbf \n{"images": [1]}') == [("images", 1)]


def test_digest_of_the_bytes(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_bytes(b'{"images": [NaN]}')
    stream = JsonStream(path, ("images",))
    list(stream)
    assert stream.sha256 == hashlib.sha256(b'{"images": [NaN]}').hexdigest()


@pytest.mark.parametrize("chunk", [1, 3, 7, 1 << 20])
def test_nan_and_infinity_become_null_but_not_in_strings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, chunk: int
) -> None:
    monkeypatch.setattr(json_stream, "CHUNK", chunk)
    text = r'{"images": [{"f": "a, NaN, \" Infinity\\"}, "NaN"], "annotations": [[1, NaN, -Infinity, 2.5, Infinity]]}'
    assert read(tmp_path / "a.json", text) == [
        ("images", {"f": 'a, NaN, " Infinity\\'}),
        ("images", "NaN"),
        ("annotations", [1, None, None, 2.5, None]),
    ]


@settings(max_examples=60, deadline=None)
@given(
    items=st.lists(st.dictionaries(st.text(max_size=6), st.text(max_size=9) | st.integers(0, 99) | st.none())),
    chunk=st.integers(1, 40),
)
def test_round_trip_at_any_chunk_size(tmp_path_factory: pytest.TempPathFactory, items: list[Any], chunk: int) -> None:
    path = tmp_path_factory.mktemp("json") / "a.json"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_stream, "CHUNK", chunk)
        got = read(path, json.dumps({"images": items}))
    assert [item for _, item in got] == items


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the file is empty, expected COCO JSON"),
        ("  \n", "the file is empty, expected COCO JSON"),
        ("[{}]", 'found a list, expected a COCO JSON object with "images" and "annotations"'),
        ("hello", "found something that starts with b'hello'"),
        ('{"images": [{"id": 1}], "annotations": [{"id": 1, "seg', "the JSON is cut short"),
        ('{"images": [{"id": 1}', "the JSON is cut short"),
        ('{"images": [{"id": tru}]}', "not valid JSON"),
        ('{"images": [1]} x', "not valid JSON"),
        (b'{"images": ["\xff\xfe"]}', "not valid JSON"),
    ],
)
def test_bad_files(tmp_path: Path, text: str | bytes, message: str) -> None:
    with pytest.raises(UserError, match="a.json: ") as error:
        read(tmp_path / "a.json", text)
    assert message in str(error.value)


@pytest.mark.parametrize("chunk", [5, 1 << 20])
def test_what_is_nested_too_deeply_is_said_in_bounded_memory(
    tmp_path: Path, chunk: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(json_stream, "CHUNK", chunk)
    closed = '"a\\"[[[ \\\\", ' + "[" * 500 + "]" * 500
    assert len(read(tmp_path / "a.json", f'{{"images": [{closed}, {closed}]}}')) == 4
    told = "lists or objects are nested more than 1000 deep at byte 1010$"
    with pytest.raises(UserError, match=told):
        read(tmp_path / "a.json", b'{"images": ' + b"[" * 100_000)


def test_utf_16_is_said(tmp_path: Path) -> None:
    for encoding in ("utf-16", "utf-16-be", "utf-16-le", "utf-32"):
        with pytest.raises(UserError, match="the text is in UTF-16 or UTF-32, expected UTF-8"):
            read(tmp_path / "a.json", '{"images": [1]}'.encode(encoding))


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="cannot be read"):
        list(JsonStream(tmp_path / "none.json", ("images",)))
