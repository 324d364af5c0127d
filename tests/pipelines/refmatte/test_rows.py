import pytest

from pipelines.refmatte.rows import _licence

CC0, BY = ("CC0-1.0", "https://cc0"), ("CC-BY-4.0", "https://by")


@pytest.mark.parametrize(
    ("sources", "expected"),
    [
        ([CC0, CC0], CC0),
        ([CC0, BY, CC0], ("CC-BY-4.0 and CC0-1.0", None)),
        ([CC0, (None, None)], (None, None)),
    ],
)
def test_the_licence_of_what_is_made_of_several(
    sources: list[tuple[str | None, str | None]], expected: tuple[str | None, str | None]
) -> None:
    assert _licence([{"license_name": name, "license_url": url} for name, url in sources]) == expected
