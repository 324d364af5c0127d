import pytest

from pipelines.config import FusionConfig


@pytest.mark.parametrize(
    ("subject", "mattes", "no_mattes"),
    [
        ("person", {"person", "Person"}, {"dog"}),
        ("person, Dog", {"Person", "dog"}, {"cat"}),
        ("all", {"person", "tie", "ALL"}, set()),
        ("traffic light, red", {"traffic light, red", "red"}, {"all"}),
    ],
)
def test_categories_that_get_mattes(subject: str, mattes: set[str], no_mattes: set[str]) -> None:
    config = FusionConfig(subject=subject)
    assert all(map(config.is_subject, mattes)) and not any(map(config.is_subject, no_mattes))


def test_of_several_only_people_have_accessories() -> None:
    assert FusionConfig(subject="mannequin").has_accessories("mannequin")
    for subject in ("person,dog", "all"):
        assert FusionConfig(subject=subject).has_accessories("Person")
        assert not FusionConfig(subject=subject).has_accessories("dog")
    assert FusionConfig().is_accessory("Tie") and not FusionConfig().is_accessory("dog")
