from typing import Any

from pipelines.refmatte.statistics import count_rows


def _row(image: int, category: str, keyword: str | None, *expressions: tuple[str, str, str | None, str | None]) -> Any:
    texts = [dict(zip(("kind", "text", "relation", "words"), each, strict=True)) for each in expressions]
    attributes = [{"name": "colour", "value": "red"}, {"name": "salient", "value": "salient"}]
    return {"split": "train", "image_id": image, "category": category, "group": "object", "attributes": attributes,
            "keyword": keyword, "expressions": texts}  # fmt: skip


_BELOW = ("absolute", "a cup below the image", "bottom", "below")


def test_numbers_of_a_split() -> None:
    rows = [
        _row(1, "cup", "cup", ("basic", "the red cup", None, None), _BELOW),
        _row(1, "vase", "vase", ("relative-1", "the vase near a cup", "left", "near")),
        _row(2, "cup", None, ("relative-1", "the cup below a cup", "bottom", "below")),
    ]  # fmt: skip
    assert count_rows(rows) == {
        "train": {
            "images": 2,
            "mattes": 3,
            "expressions": 4,
            "categories": 2,
            "attributes": 2,
            "relation_phrases": 2,
            "words_per_expression": 4.5,
            "keyword_images": 1,
            "keyword_mattes": 2,
            "mattes_by_group": {"object": 3},
            "expressions_by_kind": {"absolute": 1, "basic": 1, "relative-1": 2},
            "expressions_by_relation": {"bottom": 2, "left": 1},
            "images_by_mattes": {"1": 1, "2": 1},
        }
    }


def test_a_split_whose_mattes_have_no_words() -> None:
    assert count_rows([_row(1, "cup", None)])["train"]["words_per_expression"] == 0
