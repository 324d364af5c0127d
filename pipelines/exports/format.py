"""What tells one format of an export from another."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from pipelines.exports.choice import Chosen
from pipelines.exports.pictures import Pictures
from pipelines.exports.plain_files import Layout
from pipelines.exports.tally import Tally

Items = list[tuple[Chosen, Pictures]]
"""Mattes of a shard with their pictures."""
Joined = Iterator[tuple[str, Iterable[bytes]]]
"""Names of files below the export's folder, and their bytes piece by piece."""


def _no_more(records: Callable[[], Iterator[bytes]], tally: Tally) -> Joined:
    return iter(())


@dataclass(frozen=True, slots=True)
class Format:
    """A format.

    Attributes:
        shard_file: name of a shard's file, from its split and number.
        encode: a shard's file. The same mattes give the same bytes.
        about: where things are, for the card; Markdown.
        layout: folders of the pictures that are files of their own; None where they are in the shards.
        patterns: of the files that Hugging Face loads, with {split} in them; none where it does not.
        needs: a column that no matte may lack; None where the manifest of any run will do.
        join: files that are made of all shards in the end, from their lines (called, it gives them from the first one
            on) and what was counted.
    """

    shard_file: Callable[[str, int], str]
    encode: Callable[[Items], bytes]
    about: str
    layout: Layout | None = None
    patterns: tuple[str, ...] = ()
    needs: str | None = None
    join: Callable[[Callable[[], Iterator[bytes]], Tally], Joined] = _no_more
