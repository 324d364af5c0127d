import pytest

from pipelines.annotations.image_names import lookups


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("train/a.jpg", []),
        ("http://host.org/train2017/a%20b.jpg", ["train2017/a b.jpg", "a b.jpg"]),
        ("s3://bucket/key/a.jpg", ["key/a.jpg", "a.jpg"]),
        ("file:///home/me/a.jpg", ["home/me/a.jpg", "me/a.jpg", "a.jpg"]),
        ("/data/upload/1/a.jpg", ["data/upload/1/a.jpg", "upload/1/a.jpg", "1/a.jpg", "a.jpg"]),
        ("/data/local-files/?d=set/a%20b.jpg", ["set/a b.jpg", "a b.jpg"]),
        ("https://label.org/data/local-files/?d=set/a.jpg", ["set/a.jpg", "a.jpg"]),
        ("https://host.org/set/a.jpg?d=other.jpg", ["set/a.jpg", "a.jpg"]),
        ("C:\\photos\\a.jpg", ["photos/a.jpg", "a.jpg"]),
        ("\\\\server\\share\\set\\a.jpg", ["set/a.jpg", "a.jpg"]),
        ("images\\a.jpg", ["images\\a.jpg", "images/a.jpg"]),
        ("/data/../../etc/passwd", []),
        ("https://host.org/%2e%2e/a.jpg", []),
        ("file:///a/..%5c..%5cb.jpg", []),
        ("..\\a.jpg", []),
        ("http://[a.jpg", []),
        ("/", []),
        ("", []),
    ],
)
def test_where_a_picture_may_lie(name: str, expected: list[str]) -> None:
    assert lookups(name) == expected
