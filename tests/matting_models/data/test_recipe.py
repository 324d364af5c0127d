import os
from pathlib import Path

import pytest

from matting_models.data.composite_source import CompositeSource
from matting_models.data.drawn_source import DrawnEdgesSource
from matting_models.data.foreground_source import ForegroundSource
from matting_models.data.manifest_source import ManifestSource
from matting_models.data.masks_source import MasksSource
from matting_models.data.pairs_source import PairsSource
from matting_models.data.recipe import read_recipe
from matting_models.data.truth_source import TruthSource
from matting_models.errors import InputError, MissingError
from tests.matting_models.data.conftest import write_coco, write_foregrounds, write_pairs


def write(root: Path, text: str) -> Path:
    (root / "recipe.toml").write_text(text)
    return root / "recipe.toml"


def test_three_kinds_relative_to_the_file(tmp_path: Path, labelled: tuple[Path, Path]) -> None:
    write_pairs(tmp_path / "am2k")
    manifest, images = (os.path.relpath(path, tmp_path) for path in labelled)
    recipe = read_recipe(
        write(
            tmp_path,
            f"""
            [[train]]
            kind = "manifest"
            manifest = "{manifest}"
            images = "{images}"
            weight = 2.5
            [[train]]
            kind = "composite"
            foregrounds = "am2k/image"
            alphas = "am2k/alpha"
            backgrounds = "{labelled[1]}"
            [[validation]]
            kind = "pairs"
            images = "am2k/image"
            alphas = "am2k/alpha"
            """,
        )
    )
    assert [type(source) for source, _ in recipe.training] == [ManifestSource, CompositeSource]
    assert [weight for _, weight in recipe.training] == [2.5, 1.0]
    assert [type(source) for source in recipe.validation] == [PairsSource]


def test_kinds_for_masks_to_mattes(tmp_path: Path) -> None:
    write_coco(tmp_path)
    write_foregrounds(tmp_path / "own")
    coco = 'annotations = "coco.json"\nimages = "images"\n'
    both = 'backgrounds = ["backgrounds", "own/backgrounds"]\n'
    recipe = read_recipe(
        write(
            tmp_path,
            f"""
            [[train]]
            kind = "composite"
            foregrounds = "own/set"
            {both}
            [[train]]
            kind = "drawn-edges"
            min_area = 5000
            {coco}{both}
            [[train]]
            kind = "masks"
            band = 0.05
            {coco}
            [[train]]
            kind = "truth"
            truth = "truth"
            {coco}
            """,
        )
    )
    assert [type(source) for source, _ in recipe.training] == [
        ForegroundSource,
        DrawnEdgesSource,
        MasksSource,
        TruthSource,
    ]


MASKS = '[[train]]\nkind = "masks"\nannotations = "a"\nimages = "image"\n'
PAIRS = '[[train]]\nkind = "pairs"\nimages = "image"\nalphas = "alpha"\n'


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x ==", "recipe.toml is not TOML: .*line 1"),
        ("", "recipe.toml has no \\[\\[train\\]\\] table"),
        ("train = 3", "recipe.toml: train is no list of tables; write \\[\\[train\\]\\]"),
        ("[[training]]\n", "recipe.toml: unknown key 'training', expected \\[\\[train"),
        ("[[train]]\n", "\\[\\[train\\]\\] 1: kind is None, expected 'manifest', 'pairs', 'composite'"),
        ('[[train]]\nkind = "pairs"\nimages = "image"', "\\[\\[train\\]\\] 1: pairs needs 'alphas'"),
        ('[[train]]\nkind = ["pairs"]\n', "1: kind is \\['pairs'\\], expected 'manifest', 'pairs', 'composite'"),
        (PAIRS + "wieght = 2", "1: unknown key 'wieght', expected images, alphas, trimaps, weight"),
        (PAIRS + "weight = 0", "1: weight is 0, expected a number above 0"),
        (PAIRS + "weight = true", "1: weight is True, expected a number above 0"),
        (PAIRS + "trimaps = 3", "1: trimaps is 3, expected a folder"),
        (MASKS + "band = 0", "1: band is 0, expected a number above 0"),
        (MASKS + "min_area = true", "1: min_area is True, expected a number above 0"),
        (MASKS.replace('"a"', "1"), "1: annotations is 1, expected a file"),
        (MASKS, "annotations .*a do not exist"),
        ('[[train]]\nkind = "composite"\nforegrounds = "image"', "1: composite needs 'backgrounds'"),
        (
            '[[train]]\nkind = "composite"\nforegrounds = "image"\nbackgrounds = []',
            "1: backgrounds is \\[\\], expected a folder or a list of folders",
        ),
        (PAIRS + PAIRS.replace("train", "validation") + "weight = 2.0", "validation\\]\\] 1: unknown key 'weight'"),
    ],
)
def test_mistakes_are_named(tmp_path: Path, text: str, message: str) -> None:
    write_pairs(tmp_path)
    with pytest.raises(InputError, match=message):
        read_recipe(write(tmp_path, text))


def test_a_missing_recipe(tmp_path: Path) -> None:
    with pytest.raises(MissingError, match="recipe .*none.toml does not exist"):
        read_recipe(tmp_path / "none.toml")
