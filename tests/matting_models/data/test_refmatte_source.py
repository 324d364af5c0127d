from pathlib import Path

import cv2
import numpy as np
import pytest

from matting_models.data.recipe import read_recipe
from matting_models.data.refmatte_source import RefMatteSource
from matting_models.data.sample import BadSample
from matting_models.data.split import hold_out
from matting_models.errors import InputError
from matting_models.refmatte_layout import Text
from tests.described import entity, expression, write_manifest, write_run


@pytest.fixture
def run(tmp_path: Path) -> Path:
    return write_run(tmp_path / "run")


def test_an_entity_with_one_of_its_texts_drawn_anew_each_time(run: Path) -> None:
    source = RefMatteSource(run)
    assert (len(source), source.sample_id(1), source.group(1)) == (8, "refmatte/1/2", "1")
    samples = [source.load(0, np.random.default_rng(seed)) for seed in range(20)]
    assert {sample.text for sample in samples} == {
        Text("basic", "the red disc"),
        Text("relative-1", "the disc to the left of the blue square"),
    }
    assert samples[0].image.shape == (80, 80, 3)
    assert samples[0].image[40, 20].tolist() == [220, 40, 40]
    assert (samples[0].alpha[40, 20], samples[0].alpha[40, 60]) == (255, 0)


def test_keywords_are_of_entities_that_have_one(run: Path) -> None:
    assert RefMatteSource(run, setting="keyword").load(0, np.random.default_rng(0)).text == Text("keyword", "disc")
    said = [expression("basic", "the red disc")]
    write_manifest(run, [entity(1, 1, expressions=said), entity(1, 2, keyword="square", expressions=said)])
    source = RefMatteSource(run, setting="keyword")
    assert [source.sample_id(row) for row in range(len(source))] == ["refmatte/1/2"]
    write_manifest(run, [entity(1, 1, expressions=said)])
    with pytest.raises(InputError, match="none of the 1 entities of split train has a text of keywords"):
        RefMatteSource(run, setting="keyword")


def test_entities_of_an_image_are_held_out_together(run: Path) -> None:
    training, validation = hold_out(RefMatteSource(run), 0.3, 200)
    images = [{part.group(row) for row in range(len(part))} for part in (training, validation)]
    assert images[0] | images[1] == {"1", "2", "3", "4"}
    assert not images[0] & images[1]
    assert len(training) == 2 * len(images[0])


def test_identity_is_of_names_and_words_and_not_of_where_they_lie(run: Path, tmp_path: Path) -> None:
    source = RefMatteSource(run)
    assert source.identity() == RefMatteSource(run.rename(tmp_path / "moved")).identity()
    assert source.identity() != RefMatteSource(tmp_path / "moved", setting="keyword").identity()
    assert source.identity() != source.subset([0, 1]).identity()


def test_a_recipe_names_split_and_setting(run: Path, tmp_path: Path) -> None:
    recipe = tmp_path / "recipe.toml"
    recipe.write_text('[[train]]\nkind = "refmatte"\nroot = "run"\nsplit = "test"\nsetting = "keyword"\n')
    ((source, _),) = read_recipe(recipe).training
    assert {source.group(row) for row in range(len(source))} == {"5", "6"}
    recipe.write_text('[[train]]\nkind = "refmatte"\nroot = "run"\nsplit = "dev"\n')
    with pytest.raises(InputError, match='split is \'dev\', expected "train" or "test"'):
        read_recipe(recipe)
    recipe.write_text('[[train]]\nkind = "refmatte"\nroot = "run"\nsetting = "caption"\n')
    with pytest.raises(InputError, match='setting is \'caption\', expected "keyword" or "expression"'):
        read_recipe(recipe)


def test_pictures_that_will_not_do(run: Path) -> None:
    source, rng = RefMatteSource(run), np.random.default_rng(0)
    cv2.imwrite(str(run / "alpha" / "1_1.png"), np.zeros((80, 80), np.uint8))
    cv2.imwrite(str(run / "alpha" / "1_2.png"), np.zeros((80, 79), np.uint8))
    (run / "alpha" / "2_1.png").unlink()
    for row, reason in enumerate(["has no foreground", "is 79x80, expected 80x80", "does not exist"]):
        with pytest.raises(BadSample, match=reason):
            source.load(row, rng)
