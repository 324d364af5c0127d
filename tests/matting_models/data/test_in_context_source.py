import json
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from matting_models.data.in_context_source import InContextSource
from matting_models.data.recipe import read_recipe
from matting_models.errors import InputError


def folders(root: Path, stems: str) -> tuple[Path, Path]:
    """A photo and an alpha a letter, grey like its code."""
    for folder in ("images", "alphas"):
        (root / folder).mkdir()
        for stem in stems:
            cv2.imwrite(str(root / folder / f"{stem}.png"), np.full((3, 4), ord(stem), np.uint8))
    return root / "images", root / "alphas"


def classes(root: Path, **kinds: dict[str, object]) -> Path:
    (root / "classes.json").write_text(json.dumps(kinds))
    return root / "classes.json"


def references(source: InContextSource, row: int) -> set[str]:
    drawn = (source.load(row, np.random.default_rng(seed)).reference for seed in range(30))
    return {chr(reference.alpha[0, 0]) for reference in drawn if reference}


def test_references_are_of_the_same_kind_and_themselves_only_in_small_kinds(tmp_path: Path) -> None:
    dog = {"class": "animal", "sub_class": "dog", "HalfOrFull": "full"}
    kinds = classes(
        tmp_path, a=dog, b=dog, c=dog, d=dog | {"HalfOrFull": "half"}, e={"class": "cup"}, f={"class": "cup"}
    )
    source = InContextSource(*folders(tmp_path, "abcdef"), classes=kinds)
    assert [references(source, row) for row in range(6)] == [{*"bc"}, {*"ac"}, {*"ab"}, {*"d"}, {*"ef"}, {*"ef"}]
    assert references(source.subset([0, 1]), 0) == {*"ab"}
    assert references(source.subset([2, 3]), 0) == {*"ab"}  # alone there: of the whole


def test_without_a_list_all_are_of_one_kind(tmp_path: Path) -> None:
    folders(tmp_path, "abc")
    (tmp_path / "recipe.toml").write_text('[[train]]\nkind = "in-context"\nimages = "images"\nalphas = "alphas"\n')
    ((source, _),) = read_recipe(tmp_path / "recipe.toml").training
    assert isinstance(source, InContextSource)
    assert references(source, 2) == {*"ab"}


def test_a_draw_does_not_look_at_every_photo(tmp_path: Path) -> None:
    """Or an epoch would take the square of the photos."""

    class Asked(list[int]):
        def __iter__(self) -> Iterator[int]:
            raise AssertionError

    kinds = classes(tmp_path, **{letter: {"class": letter in "ab"} for letter in "abcdef"})
    source = InContextSource(*folders(tmp_path, "abcdef"), classes=kinds)
    source._rows = Asked(source._rows)
    assert [references(source, row) for row in (0, 3)] == [{*"ab"}, {*"cef"}]


def test_another_list_is_another_source(tmp_path: Path) -> None:
    paths = folders(tmp_path, "ab")
    kinds = [InContextSource(*paths, classes=classes(tmp_path, a={"class": 1}, b={"class": kind})) for kind in (1, 2)]
    assert kinds[0].identity() != kinds[1].identity()


def test_photos_of_small_instances_are_thinned_out(tmp_path: Path) -> None:
    # At a least share of 0.2, 100 x 0.4 x 0.2 / 9 = 0.89, and 0.89^5 = 0.55 of them stay; at 0.05, 0.31^5 = 0.3 %.
    letters = "abcdefghijklmnopqrstuvwxyz"
    known = {letter: {"class": 1, "instance_area_ratio": [0.5, 0.2]} for letter in letters}
    tiny = {letter: {"class": 1, "instance_area_ratio": [0.05]} for letter in letters}
    paths = folders(tmp_path, letters)
    assert 6 <= len(InContextSource(*paths, classes=classes(tmp_path, **known))) <= 22
    with pytest.raises(InputError, match="keeps none of the 26 photos: all instances are small"):
        InContextSource(*paths, classes=classes(tmp_path, **tiny))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "list of classes .*none.json does not exist"),
        ("{", "is not JSON"),
        ("[]", "is a list, expected an object for each photo"),
        ('{"a": {"class": 1}}', "says nothing of b, expected"),
    ],
)
def test_lists_that_cannot_be_used(tmp_path: Path, content: str | None, message: str) -> None:
    path = tmp_path / "none.json"
    if content is not None:
        path.write_text(content)
    with pytest.raises(InputError, match=message):
        InContextSource(*folders(tmp_path, "ab"), classes=path)
