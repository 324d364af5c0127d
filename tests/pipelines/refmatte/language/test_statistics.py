from pipelines.refmatte.language.statistics import LanguageStatistics, language_statistics
from pipelines.refmatte.language.vocabulary import base_vocabulary
from pipelines.refmatte.records import Expression


def test_distinct_words_are_counted_once():
    expressions = [
        Expression("basic", "the orange orange"),
        Expression("relative-1", "the salient orange near the woman in the black knit", "left", "near", 2),
        Expression("relative-2", "the dog that is black near the orange that is salient", "right", "near", 1),
        Expression("absolute", "the dog on top of the photo", "top", "on top of"),
    ]
    # Orange, salient, black, knit; an orange is no attribute.
    assert language_statistics(expressions, base_vocabulary()) == LanguageStatistics(4, 4, 2, (3 + 10 + 11 + 7) / 4)


def test_nothing_has_no_mean():
    assert language_statistics([], base_vocabulary()) == LanguageStatistics(0, 0, 0, 0.0)
