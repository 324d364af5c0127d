"""Copy a version of the manifest with its pictures and photos to this machine, so that training reads a local disk.

Command line: ``python -m pipelines.mirror s3://bucket/out DIR [--images s3://bucket/train2017]``. Repeated, it fetches
what is new. ``DIR`` is an output folder like any other: ``DIR/manifest``, ``DIR/alphas``, and ``DIR/images`` for the
photos of the mattes.
"""

import argparse
import sys

from tqdm import tqdm

from pipelines.errors import UserError
from pipelines.review.mirroring import mirror_reviews
from pipelines.storage.lock import disk_errors
from pipelines.storage.mirroring import PHOTOS, mirror
from pipelines.storage.stores import place_argument


def main(arguments: list[str] | None = None) -> int:
    """Copy an output folder's current version here; returns the exit status."""
    parser = argparse.ArgumentParser("python -m pipelines.mirror", description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("out", type=place_argument, help="output folder of a labelling or propagation run, or its URL")
    parser.add_argument("target", type=place_argument, metavar="DIR", help="local folder")
    parser.add_argument("--images", type=place_argument, help="folder or URL of the photos, to copy them to DIR/images")
    given = parser.parse_args(arguments)
    try:
        with disk_errors(given.target), tqdm(unit=" rows", desc="mirror", disable=None, leave=False) as bar:

            def show(done: int, total: int) -> None:
                bar.total = total
                bar.update(done - bar.n)

            number = mirror(given.out, given.target, given.images, show)
            mirror_reviews(given.out, given.target)
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    print(f"version {number}\nmanifest  {given.target / 'manifest'}")
    if given.images is not None:
        print(f"images    {given.target / PHOTOS}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
