"""Plain folders of photos, alphas and trimaps, with a table that Hugging Face reads as an image folder."""

from collections.abc import Callable, Iterator

from pipelines.exports.format import Format, Items, Joined
from pipelines.exports.plain_files import Layout
from pipelines.exports.record import record
from pipelines.exports.records import lines, shard_file
from pipelines.exports.tally import Tally

LAYOUT = Layout("images", "alphas", "trimaps")
TABLE = "metadata.jsonl"
FILES = ("image_file_name", "alpha_file_name", "trimap_file_name")
"""Columns with the names of a matte's files, as Hugging Face's image folders have them."""


def _encode(items: Items) -> bytes:
    return lines(dict(zip(FILES, LAYOUT.names(item), strict=True)) | record(item) for item, _ in items)


def _join(records: Callable[[], Iterator[bytes]], tally: Tally) -> Joined:
    yield TABLE, records()


_ABOUT = "`metadata.jsonl` has a line for each matte: its three files below this folder, and the other columns."
FOLDER = Format(shard_file, _encode, _ABOUT, LAYOUT, patterns=(TABLE, "images/**", "alphas/*", "trimaps/*"), join=_join)
