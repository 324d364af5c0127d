"""RefMatte's published layout: what reads RefMatte reads a run of the RefMatte engine.

``train/`` and ``test/`` with ``img``, ``mask`` and ``refmatte_<split>_label.json``: mask stem to ``image_name`` and
``expressions``. Ours are the keys ``sample_id``, ``keyword`` and ``kinds`` of an entry, the folder ``trimap``, and
``eval_index_expression.json`` of the test split, which RefMatte-RW100 has: the expression for evaluation by image.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

import orjson

from pipelines.exports.choice import Chosen
from pipelines.exports.format import Format, Items, Joined
from pipelines.exports.plain_files import Layout
from pipelines.exports.records import lines, shard_file
from pipelines.exports.tally import Tally
from pipelines.refmatte.choice import chosen_index

SPLITS = ("test", "train")


@dataclass(frozen=True, slots=True)
class _SplitLayout(Layout):
    """The same folders below that of each split. Pictures keep their bytes and the ending of their name; those of a
    matte are called after the image and its number, as loaders expect."""

    def image(self, item: Chosen) -> str:
        return f"{item.row.split}/{self.images}/{PurePosixPath(item.row.image_path).name}"

    def alpha(self, item: Chosen) -> str:
        return f"{item.row.split}/{self.alphas}/{mask_stem(item)}.png"

    def trimap(self, item: Chosen) -> str:
        return f"{item.row.split}/{self.trimaps}/{mask_stem(item)}.png"

    def folders(self) -> tuple[str, ...]:
        return tuple(f"{split}/{name}" for split in SPLITS for name in (self.images, self.alphas, self.trimaps))


LAYOUT = _SplitLayout("img", "mask", "trimap")


def image_name(item: Chosen) -> str:
    """Of a matte's image, without its ending."""
    return PurePosixPath(item.row.image_path).stem


def mask_stem(item: Chosen) -> str:
    """Name of a matte: its image's, and its number there."""
    return f"{image_name(item)}_{item.row.annotation_id}"


def label_file(split: str) -> str:
    """Name of a split's labels."""
    return f"{split}/refmatte_{split}_label.json"


CHOICE_FILE = "test/eval_index_expression.json"


def _encode(items: Items) -> bytes:
    return lines(
        {
            "split": item.row.split,
            "stem": mask_stem(item),
            "entry": {
                "image_name": image_name(item),
                "expressions": [each["text"] for each in item.row.expressions or ()],
                "kinds": [each["kind"] for each in item.row.expressions or ()],
                "keyword": item.row.keyword,
                "sample_id": item.row.sample_id,
            },
        }
        for item, _ in items
    )


def _join(records: Callable[[], Iterator[bytes]], tally: Tally) -> Joined:
    def of_split(split: str) -> Iterator[dict[str, Any]]:
        return (line for line in map(orjson.loads, records()) if line["split"] == split)

    for split in sorted(tally.splits):
        yield label_file(split), _object((line["stem"], line["entry"]) for line in of_split(split))
    if "test" in tally.splits:
        yield CHOICE_FILE, _object(_choices(of_split("test")))


def _choices(entries: Iterator[dict[str, Any]]) -> Iterator[tuple[str, int]]:
    """Index of the expression by image: one that each of its entities has."""
    fewest: dict[str, int] = {}
    for line in entries:
        name, count = line["entry"]["image_name"], len(line["entry"]["expressions"])
        fewest[name] = min(count, fewest.get(name, count))
    return ((name, chosen_index(name, count)) for name, count in sorted(fewest.items()))


def _object(pairs: Iterator[tuple[str, Any]]) -> Iterator[bytes]:
    """A JSON object, piece by piece, a line an entry."""
    yield b"{"
    for number, (name, value) in enumerate(pairs):
        yield (b",\n" if number else b"\n") + orjson.dumps(name) + b": " + orjson.dumps(value)
    yield b"\n}\n"


_ABOUT = """
`train/` and `test/` are laid out as RefMatte is: `img`, `mask`, and `refmatte_<split>_label.json`, which for each file
of `mask` has `image_name` and `expressions`; beside these `kinds` (basic, absolute, relative-1, relative-2), `keyword`
(null where the image has another entity of the category) and `sample_id`. `trimap` has the trimap of each file of
`mask`. For evaluation with one expression an entity, `test/eval_index_expression.json` has its index by image.
""".strip()
REFMATTE = Format(shard_file, _encode, _ABOUT, LAYOUT, needs="expressions", join=_join)
