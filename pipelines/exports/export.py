"""Share the mattes of an output: in a format that others load, with licences, a card, and what was left out."""

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import orjson

from pipelines.errors import UserError
from pipelines.exports.attribution import attribution, left_out
from pipelines.exports.card import card
from pipelines.exports.choice import Chosen, chosen
from pipelines.exports.coco import COCO
from pipelines.exports.croissant import croissant
from pipelines.exports.fiftyone import FIFTYONE
from pipelines.exports.folder import FOLDER
from pipelines.exports.format import Format
from pipelines.exports.huggingface import HUGGINGFACE
from pipelines.exports.ledger import FileLedger
from pipelines.exports.pictures import NotThere, Pictures, read_pictures
from pipelines.exports.plain_files import PlainFiles
from pipelines.exports.shards import Shard, cut
from pipelines.exports.tally import Tally
from pipelines.exports.webdataset import WEBDATASET
from pipelines.review.selection import Reviewed
from pipelines.storage.current import current
from pipelines.storage.files import read_whole
from pipelines.storage.versions import read_version

WITH_LICENSES = 4
"""Schema version that has licences."""
FORMATS: dict[str, Format] = {
    "hf": HUGGINGFACE,
    "webdataset": WEBDATASET,
    "coco": COCO,
    "folder": FOLDER,
    "fiftyone": FIFTYONE,
}


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked for.

    Attributes:
        out: the output folder.
        images: folder of its photos.
        target: folder to write.
        format: one of ``FORMATS``.
        reviewed: which mattes, by people's decisions.
        licenses: ids of licences that photos may have; None for all, also without one.
        size: mattes to a shard.
        title: of the data set on its card.
    """

    out: Path
    images: Path
    target: Path
    format: str
    reviewed: Reviewed = "all"
    licenses: frozenset[int] | None = None
    size: int = 200
    title: str = "Alpha mattes"


def export(request: Request, on_mattes: Callable[[int], None] = lambda _: None) -> Tally:
    """Write an export, or go on with one that was stopped. The same rows give the same bytes.

    Args:
        request: what is asked for.
        on_mattes: called with the number of mattes of every shard that stands.

    Raises:
        UserError: no run has finished, decisions cannot be read, no matte is chosen, or other files lie in the folder.
        OSError: a file cannot be written.
    """
    _check_schema(request.out)
    form, tally = FORMATS[request.format], Tally()
    ledger = FileLedger(request.target, _about(request))
    plain = PlainFiles(request.target, form.layout) if form.layout else None
    for shard in cut(chosen(request.out, request.reviewed, request.licenses), request.size):
        _put(shard, request, ledger, plain, tally)
        on_mattes(len(shard.items))
    if not tally.mattes and not tally.left_out:
        raise UserError(f"{request.out}: no matte is {request.reviewed} and has one of the licences asked for")
    _put_whole(request, ledger, tally)
    if plain:
        plain.close()
    ledger.close()
    return tally


def _put(shard: Shard, request: Request, ledger: FileLedger, plain: PlainFiles | None, tally: Tally) -> None:
    """One shard's file; a matte with a missing picture is left out."""
    lost: dict[str, str] = {}
    form = FORMATS[request.format]
    name = form.shard_file(shard.split, shard.number)

    def make() -> bytes:
        there = _read(shard, request, lost)
        if plain:
            plain.write(there)
        return form.encode(there) if there else b""

    if plain and not (ledger.stands(name, shard.source) and plain.stand(shard.items)):
        ledger.forget(name)
    ledger.put(name, shard.source, make)
    if lost and name in ledger.files:
        ledger.lacks(name)
    tally.left_out += lost.items()
    for item in shard.items:
        if item.row.sample_id not in lost:
            tally.add(item)
            if plain:
                plain.keep(item)


def _read(shard: Shard, request: Request, lost: dict[str, str]) -> list[tuple[Chosen, Pictures]]:
    """The mattes of a shard whose pictures are there; the others go to ``lost`` with the reason."""
    there = []
    for item in shard.items:
        try:
            there.append((item, read_pictures(item, request.out, request.images)))
        except NotThere as error:
            lost[item.row.sample_id] = str(error)
    return there


def _put_whole(request: Request, ledger: FileLedger, tally: Tally) -> None:
    """The files that are about all mattes."""
    shards = sorted(ledger.files)

    def records() -> Iterator[bytes]:
        for name in shards:
            yield from read_whole(request.target / name).splitlines(keepends=True)

    if tally.mattes:
        for name, pieces in FORMATS[request.format].join(records, tally):
            ledger.put_pieces(name, pieces)
    patterns = {split: f"data/{split}-*.parquet" for split in tally.splits} if request.format == "hf" else {}
    texts = {
        "README.md": card(request.title, FORMATS[request.format].about, tally, _settings(request.out), patterns),
        "ATTRIBUTION.tsv": attribution(tally),
    }
    if tally.left_out:
        texts["left_out.tsv"] = left_out(tally)
    for name, content in texts.items():
        ledger.put(name, "", lambda content=content: content)  # type: ignore[misc]
    version = current(request.out) or 0
    if tally.mattes:
        ledger.put("croissant.json", "", lambda: croissant(request.format, request.title, version, tally, ledger.files))


def _check_schema(out: Path) -> None:
    """Raise UserError for a manifest from before licences were recorded: saying that there are none would be untrue."""
    version = current(out)
    if version is None:
        raise UserError(f"{out}: no version of the manifest yet; no run has finished there")
    schema = read_version(out, version).schema_version
    if schema < WITH_LICENSES:
        raise UserError(
            f"{out}: its manifest has schema version {schema}, which does not say under which licence photos are;"
            " run the job on it once more, which mattes nothing again"
        )


def _about(request: Request) -> dict[str, Any]:
    known = asdict(request)
    licenses = sorted(request.licenses) if request.licenses is not None else None
    kept = {name: known[name] for name in ("format", "reviewed", "size", "title")}
    return kept | {"licenses": licenses, "manifest_version": current(request.out)}


def _settings(out: Path) -> dict[str, Any]:
    try:
        settings = orjson.loads(read_whole(out / "summary.json"))["config"]
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return {}
    return settings if isinstance(settings, dict) else {}
