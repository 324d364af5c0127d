"""Numbers of a RefMatte run beside the paper's (supplement, table 5)."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipelines.storage.files import spread
from pipelines.storage.manifest import part_paths, working
from pipelines.storage.parts import read_columns

COLUMNS = ("split", "image_id", "category", "group", "attributes", "keyword", "expressions")
PAPER: Mapping[str, Mapping[str, float]] = {
    "train": {
        "images": 45_000, "mattes": 112_506, "expressions": 449_624, "categories": 230, "attributes": 132,
        "relation_phrases": 31, "words_per_expression": 16.86, "keyword_images": 30_391, "keyword_mattes": 77_849,
    },
    "test": {
        "images": 2_500, "mattes": 6_243, "expressions": 24_972, "categories": 66, "attributes": 102,
        "relation_phrases": 31, "words_per_expression": 16.80, "keyword_images": 1_602, "keyword_mattes": 4_085,
    },
}  # fmt: skip
"""As printed. 449,624 expressions of the training split should be 450,024, four for each matte."""


@dataclass(slots=True)
class _Split:
    """What was counted of one split."""

    images: dict[int, int] = field(default_factory=dict)
    keyword_images: set[int] = field(default_factory=set)
    mattes: int = 0
    keyword_mattes: int = 0
    words: int = 0
    categories: set[str] = field(default_factory=set)
    attributes: set[str] = field(default_factory=set)
    phrases: set[str] = field(default_factory=set)
    kinds: Counter[str] = field(default_factory=Counter)
    relations: Counter[str] = field(default_factory=Counter)
    groups: Counter[str] = field(default_factory=Counter)

    def add(self, row: Mapping[str, Any]) -> None:
        self.mattes += 1
        self.images[row["image_id"]] = self.images.get(row["image_id"], 0) + 1
        if row["keyword"] is not None:
            self.keyword_mattes += 1
            self.keyword_images.add(row["image_id"])
        self.categories.add(row["category"])
        self.groups[row["group"]] += 1
        self.attributes.update(each["value"] for each in row["attributes"] or ())
        for expression in row["expressions"] or ():
            self.kinds[expression["kind"]] += 1
            self.words += len(expression["text"].split())
            if expression["words"] is not None:
                self.phrases.add(expression["words"])
                self.relations[expression["relation"]] += 1

    def numbers(self) -> dict[str, Any]:
        expressions = self.kinds.total()
        return {
            "images": len(self.images),
            "mattes": self.mattes,
            "expressions": expressions,
            "categories": len(self.categories),
            "attributes": len(self.attributes),
            "relation_phrases": len(self.phrases),
            "words_per_expression": round(self.words / expressions, 2) if expressions else 0.0,
            "keyword_images": len(self.keyword_images),
            "keyword_mattes": self.keyword_mattes,
            "mattes_by_group": dict(sorted(self.groups.items())),
            "expressions_by_kind": dict(sorted(self.kinds.items())),
            "expressions_by_relation": dict(sorted(self.relations.items())),
            "images_by_mattes": {str(n): count for n, count in sorted(Counter(self.images.values()).items())},
        }


def count_rows(rows: Iterable[Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """Count rows with the manifest's columns ``COLUMNS``.

    Returns:
        Per split what table 5 has, beside it ``mattes_by_group``, ``expressions_by_kind``, ``expressions_by_relation``
        (of absolute and relative ones) and ``images_by_mattes``.
    """
    splits: dict[str, _Split] = {}
    for row in rows:
        splits.setdefault(row["split"], _Split()).add(row)
    return {name: splits[name].numbers() for name in sorted(splits, reverse=True)}


def count_standing(out: Path) -> dict[str, dict[str, Any]]:
    """``count_rows`` of the parts that stand in an output folder, and ``PAPER`` as ``paper``."""
    parts = part_paths(working(out, "manifest"))
    tables = spread(out, lambda part: read_columns(part, COLUMNS).to_pylist(), parts)
    counted = count_rows(row for table in tables for row in table)
    return counted | {"paper": {split: dict(numbers) for split, numbers in PAPER.items()}}
