"""The plan on disk: a shard's images in a file each."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import orjson

from pipelines.annotations.index import digest_of, shard_count, shard_lines, shard_name, shard_of
from pipelines.refmatte.records import Background, Entity, Planned, Rights
from pipelines.storage.files import make_folder, names, remove, spread, write_whole
from pipelines.storage.stores import place


def write_plan(planned: Sequence[Planned], images_per_shard: int, folder: Path) -> list[tuple[str, int]]:
    """Write the images of every shard below ``folder``; an image's shard depends on its id and the number of shards.

    Args:
        planned: the images.
        images_per_shard: aim for the size of a shard.
        folder: where the shards' files are written; others there are removed.

    Returns:
        Digest and number of images of every shard, in shard order.
    """
    count = shard_count(len(planned), images_per_shard)
    shards: list[list[Planned]] = [[] for _ in range(count)]
    for image in planned:
        shards[shard_of(image.image_id, count)].append(image)
    make_folder(folder)
    stale = set(names(folder)) - {shard_name(shard) for shard in range(count)}
    for _ in spread(folder, remove, (folder / name for name in sorted(stale))):
        pass

    def write(item: tuple[int, list[Planned]]) -> tuple[str, int]:
        shard, images = item
        text = b"".join(orjson.dumps(asdict(image), default=str) + b"\n" for image in images)
        write_whole(folder / shard_name(shard), text, durable=False)
        return digest_of(text), len(images)

    return list(spread(folder, write, enumerate(shards)))


def read_plan(folder: Path, shard: int, digest: str) -> Iterator[Planned]:
    """The images of one shard.

    Raises:
        UserError: they are not those that were planned; the same command plans anew.
    """
    for line in shard_lines(folder, shard, digest):
        fields = orjson.loads(line)
        fields["entities"] = tuple(_entity(entity) for entity in fields["entities"])
        fields["background"] = _background(fields["background"])
        yield Planned(**fields)


def _entity(fields: dict[str, Any]) -> Entity:
    alpha = fields["alpha"]
    return Entity(
        **fields
        | {
            "colours": place(fields["colours"]),
            "alpha": None if alpha is None else place(alpha),
            "stated": tuple((name, value) for name, value in fields["stated"]),
            "rights": Rights(**fields["rights"]),
        }
    )


def _background(fields: dict[str, Any]) -> Background:
    return Background(fields["name"], place(fields["path"]), Rights(**fields["rights"]))
