"""Share the mattes of an output: in a format that others load, with licences, a card, and what was left out."""

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from itertools import chain
from pathlib import Path
from typing import Any

import orjson

from pipelines.errors import UserError
from pipelines.exports.attribution import attribution, left_out, sources
from pipelines.exports.card import card
from pipelines.exports.choice import Chosen, chosen
from pipelines.exports.coco import COCO
from pipelines.exports.croissant import croissant
from pipelines.exports.fiftyone import FIFTYONE
from pipelines.exports.folder import FOLDER
from pipelines.exports.format import Format
from pipelines.exports.huggingface import HUGGINGFACE
from pipelines.exports.ledger import FileLedger, check_target
from pipelines.exports.pictures import NotThere, Pictures, read_pictures
from pipelines.exports.plain_files import PlainFiles
from pipelines.exports.refmatte import REFMATTE
from pipelines.exports.shards import Shard, cut
from pipelines.exports.tally import Tally
from pipelines.exports.webdataset import WEBDATASET
from pipelines.review.selection import Reviewed
from pipelines.storage.current import current
from pipelines.storage.files import is_local, read_whole
from pipelines.storage.lock import locked
from pipelines.storage.versions import read_version

WITH_LICENSES = 4
"""Schema version that has licences."""
FORMATS: dict[str, Format] = {
    "hf": HUGGINGFACE,
    "webdataset": WEBDATASET,
    "coco": COCO,
    "folder": FOLDER,
    "fiftyone": FIFTYONE,
    "refmatte": REFMATTE,
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
    _check_target(request)
    mattes = chosen(request.out, request.reviewed, request.licenses)
    first = next(mattes, None)
    if first is None:  # before anything is touched
        asked = "" if request.licenses is None else ", none under a licence that was asked for"
        raise UserError(f"{request.out}: no matte to share with --reviewed {request.reviewed}{asked}")
    _check_needs(request, first)
    layout = FORMATS[request.format].layout
    about = _about(request)
    check_target(request.target, about)
    with locked(request.target):
        tally, ledger = Tally(), FileLedger(request.target, about)
        plain = PlainFiles(request.target, layout) if layout else None
        for shard in cut(chain([first], mattes), request.size):
            _put(shard, request, ledger, plain, tally)
            on_mattes(len(shard.items))
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
            plain.write(name, there)
        return form.encode(there) if there else b""

    if not (ledger.stands(name, shard.source) and (plain is None or plain.stand(shard.items))):
        ledger.forget_whole()
        ledger.forget(name)
    ledger.put(name, shard.source, make)
    if lost and name in ledger.files:
        ledger.lacks(name)
    tally.left_out += lost.items()
    for item in shard.items:
        if item.row.sample_id not in lost:
            tally.add(item)
            if plain:
                plain.keep(name, item)


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
    form, shards = FORMATS[request.format], sorted(ledger.files)

    def records() -> Iterator[bytes]:
        for name in shards:
            yield from read_whole(request.target / name).splitlines(keepends=True)

    if tally.mattes:
        for name, pieces in form.join(records, tally):
            ledger.put_pieces(name, pieces)
    patterns = {split: [pattern.format(split=split) for pattern in form.patterns] for split in tally.splits}
    texts = {
        "README.md": card(request.title, form.about, tally, _settings(request.out), patterns if form.patterns else {}),
        "ATTRIBUTION.tsv": attribution(tally),
    }
    if tally.sources:
        texts["SOURCES.tsv"] = sources(tally)
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


def _check_needs(request: Request, first: Chosen) -> None:
    """Raise UserError where a format is of what the mattes do not have; all mattes of a run have it, or none."""
    needs = FORMATS[request.format].needs
    if needs is not None and getattr(first.row, needs) is None:
        raise UserError(
            f"{request.out}: its mattes have no {needs}, expected what python -m flows.refmatte wrote;"
            f" give another --to than {request.format}"
        )


def _check_target(request: Request) -> None:
    """Raise UserError where the export would lie among what it is made from."""
    for source, what in ((request.out, "the output"), (request.images, "the photos")):
        target = request.target
        if is_local(source) != is_local(target):
            continue
        above, inside = (str(p.resolve() if is_local(p) else p).rstrip("/") for p in (source, target))
        if inside == above or inside.startswith(above + "/"):
            raise UserError(f"{target}: lies in {what} ({source}); give another --out")


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
