"""Share an output's mattes: ``python -m flows.export OUT --to hf --out DIR``.

Writes a folder that others load without this program, with a data card, the licence and origin of every photo, and what
was left out. Stopped at any moment, the same command goes on where it was; the same mattes give the same bytes.
"""

import argparse
import sys
from pathlib import Path

from tqdm import tqdm

from flows import console
from flows.interrupt import stop_at_once
from pipelines.errors import UserError
from pipelines.exports.export import FORMATS, Request, export
from pipelines.exports.tally import NO_LICENSE, Tally
from pipelines.review.selection import CHOICES
from pipelines.storage.current import current, current_folder
from pipelines.storage.image_folder import image_folder
from pipelines.storage.lock import disk_errors
from pipelines.storage.stores import place_argument
from pipelines.storage.versions import read_version

_EXAMPLES = """
examples:
  python -m flows.export out/coco --to hf --out shared --reviewed accepted --licenses 4,5,7
      then, anywhere: datasets.load_dataset("shared", streaming=True)
  python -m flows.export out/coco --to webdataset --out s3://bucket/mattes
      then, anywhere: webdataset.WebDataset("mattes/train2017-{000000..000099}.tar").decode("pil")
"""
_FORMATS = """hf: Parquet for Hugging Face datasets; webdataset: tar files; coco: COCO's JSON, and pictures as files;
folder: pictures as files, and a table; fiftyone: what fo.Dataset.from_dir reads; refmatte: RefMatte's layout, of what
flows.refmatte wrote"""


def main(arguments: list[str] | None = None) -> int:
    """Write the export; returns the exit status: 0, 1 where mattes were left out, 2 for a user's mistake."""
    given = _parser().parse_args(sys.argv[1:] if arguments is None else arguments)
    try:
        licenses = _licenses(given.licenses)
        current_folder(given.out)  # before what is asked for to show it
        request = Request(
            given.out, image_folder(given.out, given.images), given.target, given.to, given.reviewed, licenses,
            given.shard_size, given.title,
        )  # fmt: skip
        with disk_errors(given.target):
            tally = _run(request)
    except UserError as error:
        return console.fail(str(error))
    _show(tally, request.target)
    return 1 if tally.left_out else 0


def _run(request: Request) -> Tally:
    print(f"exporting {request.out} to {request.target}", file=sys.stderr, flush=True)
    parts = read_version(request.out, current(request.out) or 0).parts
    rows = sum(part.rows for part in parts if part.kind == "manifest")
    with tqdm(total=rows, unit="matte", file=sys.stderr) as bar:
        return export(request, bar.update)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "python -m flows.export",
        description=(__doc__ or "").split("\n\n", 1)[1],
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("out", type=place_argument, help="output folder of a labelling or propagation run, or its URL")
    parser.add_argument("--to", required=True, choices=FORMATS, help=_FORMATS)
    parser.add_argument("--out", dest="target", required=True, type=place_argument, help="folder to write, or its URL")
    parser.add_argument("--images", type=place_argument, help="folder of the photos (default: that of the last run)")
    parser.add_argument("--reviewed", choices=CHOICES, default="all", help="which mattes, by people's decisions")
    parser.add_argument("--licenses", metavar="ID,ID", help="only photos under these of the annotation file's licenses")
    parser.add_argument("--shard-size", type=_positive, default=200, help="mattes to a file (default: %(default)s)")
    parser.add_argument("--title", default="Alpha mattes", help="of the data set, on its card")
    return parser


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no number from 1 on")
    return int(text)


def _licenses(text: str | None) -> frozenset[int] | None:
    if text is None:
        return None
    try:
        return frozenset(int(part) for part in text.split(","))
    except ValueError:
        raise UserError(f"--licenses {text}: expected ids with commas between them, such as 4,5,7") from None


def _show(tally: Tally, target: Path) -> None:
    print(f"{tally.mattes:,} mattes on {len(tally.photos):,} photos")
    for name, count in sorted(tally.licenses.items()):
        print(f"  {count:,}: {'no licence stated' if name == NO_LICENSE else ' '.join(name.split())}")
    if tally.left_out:
        print(f"{len(tally.left_out):,} left out since a picture was not there: {target / 'left_out.tsv'}")
    print(f"card         {target / 'README.md'}")
    print(f"attribution  {target / 'ATTRIBUTION.tsv'}")


if __name__ == "__main__":
    stop_at_once()
    sys.exit(main())
