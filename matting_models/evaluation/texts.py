"""Which texts a sample is asked for by, where a method starts from texts."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from matting_models.errors import InputError
from matting_models.evaluation.samples import Sample
from matting_models.refmatte_layout import KEYWORD, Text

SETTINGS = ("keyword", "expression", "chosen")
"""The category's name, every expression, or the one expression that the data set chose."""


def with_texts(samples: Sequence[Sample], setting: str) -> list[Sample]:
    """Every sample once for each of its texts in a setting; those that have none are left out.

    Args:
        samples: some with texts.
        setting: of ``SETTINGS``.

    Returns:
        Samples with one text each; ids begin with its kind, and with which of a kind it is where there are several.

    Raises:
        InputError: none has a text in this setting, or several would have the same name.
    """
    found = [case for sample in samples for case in _cases(sample, setting)]
    if not found:
        raise InputError(f"none of the {len(samples)} mattes has a text in setting {setting}; use another --setting")
    for case, number in Counter(case.id for case in found).items():
        if number > 1:
            raise InputError(
                f"{number} texts are called {case}, expected names of their own: sample_id or kinds repeat"
            )
    return found


def _asked(sample: Sample, setting: str) -> list[Text]:
    if setting == "chosen":
        return [sample.chosen] if sample.chosen else []
    return [text for text in sample.texts if (text.kind == KEYWORD) == (setting == KEYWORD)]


def _cases(sample: Sample, setting: str) -> list[Sample]:
    cases: list[Sample] = []
    counts: dict[str, int] = {}
    for text in _asked(sample, setting):
        counts[text.kind] = number = counts.get(text.kind, 0) + 1
        kind = text.kind if number == 1 else f"{text.kind}-{number}"
        cases.append(replace(sample, id=f"{kind}/{sample.id}", text=text))
    return cases
