import numpy as np

from matting_models.data import Draw, EvaluationSet, TrainingSet
from matting_models.data.pairs_source import PairsSource
from matting_models.networks.semat.batch import SEMatExamples
from tests.matting_models.data.conftest import Broken

EXAMPLES = SEMatExamples(64)


def test_an_item_is_the_same_whoever_asks_and_when(pairs: PairsSource) -> None:
    first, second = TrainingSet([pairs], EXAMPLES, 5), TrainingSet([pairs], EXAMPLES, 5)
    first[Draw(0, 0, 1)]
    one, other = first[Draw(7, 0, 2)].example, second[Draw(7, 0, 2)].example
    assert one is not None
    assert other is not None
    np.testing.assert_array_equal(one.image, other.image)
    np.testing.assert_array_equal(one.box, other.box)


def test_the_same_row_is_augmented_anew_each_time(pairs: PairsSource) -> None:
    sets = [TrainingSet([pairs], EXAMPLES, seed) for seed in (0, 1)]
    examples = [rows[Draw(number, 0, 2)].example for rows in sets for number in (0, 1)]
    assert len({e.image.tobytes() for e in examples if e is not None}) == 4


def test_a_bad_sample_is_replaced_and_named(pairs: PairsSource) -> None:
    loaded = TrainingSet([Broken(pairs, {1})], EXAMPLES, 0)[Draw(3, 0, 1)]
    assert loaded.example is not None
    assert set(loaded.skipped) == {("row 1", "file 1 is torn")}
    again = TrainingSet([Broken(pairs, {1})], EXAMPLES, 0)[Draw(3, 0, 1)]
    assert again.example is not None
    assert again.example.sample_id == loaded.example.sample_id


def test_a_source_of_bad_samples_gives_no_example(pairs: PairsSource) -> None:
    loaded = TrainingSet([Broken(pairs, {0, 1, 2, 3})], EXAMPLES, 0)[Draw(0, 0, 0)]
    assert loaded.example is None
    assert len(loaded.skipped) == 10
    assert loaded.skipped[0] == ("row 0", "file 0 is torn")


def test_evaluation_gives_every_row_in_order_and_names_the_bad(pairs: PairsSource) -> None:
    rows = EvaluationSet([pairs, Broken(pairs, {0})], EXAMPLES)
    assert len(rows) == 8
    loaded = [rows[i] for i in range(8)]
    assert [item.example.sample_id for item in loaded[:4] if item.example] == [pairs.sample_id(i) for i in range(4)]
    assert loaded[4].example is None
    assert loaded[4].skipped == [("row 0", "file 0 is torn")]
