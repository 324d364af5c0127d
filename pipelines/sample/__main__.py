"""Command line: ``python -m pipelines.sample [--views | --entities] --out DIR``."""

import argparse
from pathlib import Path

from pipelines.sample import build_sample
from pipelines.sample.entities import build_entities
from pipelines.sample.views import build_views


def main() -> None:
    """Build the sample and print where it lies."""
    parser = argparse.ArgumentParser(
        prog="python -m pipelines.sample",
        description="Build the embedded sample: a small COCO dataset of drawn people with coarse masks and exact true "
        "alpha; or views of one of them for prompt propagation; or people, animals and things with exact alpha, and "
        "backgrounds, to compose images of. Nothing is downloaded. A complete sample in DIR is kept; an interrupted "
        "or damaged one is built anew.",
    )
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--views", action="store_true", help="one person on a reference and in a folder of targets")
    which.add_argument("--entities", action="store_true", help="cut-out people, animals and things, and backgrounds")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder to write; made if missing")
    parser.add_argument(
        "--seed", type=int, default=0, metavar="N", help="of all random choices, 0 or more (default: %(default)s)"
    )
    arguments = parser.parse_args()
    if arguments.seed < 0:
        parser.error("--seed must be 0 or more")
    if arguments.views:
        views = build_views(arguments.out, arguments.seed)
        print(f"reference    {views.reference}\nmask         {views.mask}")
        print(f"targets      {views.targets}\ntruth        {views.truth}")
        return
    if arguments.entities:
        entities = build_entities(arguments.out, arguments.seed)
        print(f"foregrounds  {entities.foregrounds}\nmanifest     {entities.manifest}")
        print(f"backgrounds  {entities.backgrounds}")
        return
    paths = build_sample(arguments.out, arguments.seed)
    print(f"annotations  {paths.annotations}\nimages       {paths.images}\ntruth        {paths.truth}")


if __name__ == "__main__":
    main()
