from pathlib import Path

import pytest

from matting_models.data.manifest_source import ManifestSource
from matting_models.data.pairs_source import PairsSource
from matting_models.data.split import hold_out
from matting_models.errors import InputError
from tests.conftest import Dataset, label
from tests.matting_models.data.conftest import write_pairs


def names(source: PairsSource) -> set[str]:
    return {source.group(i) for i in range(len(source))}


@pytest.fixture
def many(tmp_path: Path) -> PairsSource:
    root = write_pairs(tmp_path, tuple(f"p{i:03}" for i in range(100)), 8, 8)
    return PairsSource(root / "image", root / "alpha")


def test_every_row_is_on_one_side(many: PairsSource) -> None:
    training, validation = hold_out(many, 0.2, 1000)
    assert not names(training) & names(validation)
    assert names(training) | names(validation) == names(many)
    assert 10 <= len(validation) <= 30


def test_a_photo_stays_where_it_is_when_the_data_grows(many: PairsSource) -> None:
    fewer = many.subset(range(0, 100, 2))
    assert names(hold_out(fewer, 0.2, 1000)[1]) == names(hold_out(many, 0.2, 1000)[1]) & names(fewer)


def test_a_small_limit_wastes_photos_rather_than_mixing_them(many: PairsSource) -> None:
    training, validation = hold_out(many, 0.2, 3)
    assert len(validation) == 3
    assert names(training) == names(hold_out(many, 0.2, 1000)[0])


def test_at_least_one_photo_is_held_out(many: PairsSource) -> None:
    training, validation = hold_out(many, 0.0, 10)
    assert (len(training), len(validation)) == (99, 1)


def test_all_instances_of_a_photo_stay_together(tmp_path: Path) -> None:
    dataset = Dataset(tmp_path)
    for ident in range(1, 5):
        dataset.person(ident)
        dataset.annotate(ident, [[60, 10, 95, 10, 95, 70, 60, 70]])
    config = dataset.config()
    label(config)
    training, validation = hold_out(ManifestSource(config.out / "manifest", dataset.images), 0.0, 1)
    assert len(validation) == 2
    assert len({validation.group(0), validation.group(1)}) == 1
    assert len(training) == 6


def test_nothing_left_to_train_on(many: PairsSource) -> None:
    with pytest.raises(InputError, match="has 1 photo\\(s\\): holding 2.0% out for validation leaves none to train on"):
        hold_out(many.subset([0]), 0.02, 10)
