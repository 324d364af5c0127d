"""What is known of mattes against their true error: ``python -m benchmarks.doubt OUT=TRUTH[=OTHER] [...]``.

TRUTH has the true alpha of a row as ``<annotation id>.png`` or ``<image id>.png``; OTHER is another run on the same
masks, for the disagreement with it. Printed is Spearman's rank correlation of each score with the matte's SAD over the
square root of the mask's area, over the rows of all outputs together: how well an order by that score shows the worst
mattes first.
"""

import argparse
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.stats import spearmanr

from matting_models.metrics import sad
from matting_models.pictures import read_alpha
from pipelines.records import Instance
from pipelines.report.pictures import read_levels
from pipelines.review.disagreement import disagreement
from pipelines.review.doubt import doubt
from pipelines.storage.current import current_folder
from pipelines.storage.manifest import read_folder


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pairs", nargs="+", metavar="OUT=TRUTH[=OTHER]")
    rows: list[Instance] = []
    errors: list[float] = []
    apart: list[float] = []
    for given in parser.parse_args().pairs:
        out, truth, *others = map(Path, given.split("="))
        found = read_folder(current_folder(out))
        rows += found
        errors += [error_of(row, out, truth) for row in found]
        for other in others:
            apart += apart_of(found, out, other)
    known = scores(rows) | ({"disagreement": np.array(apart)} if len(apart) == len(rows) else {})
    for name, values in known.items():
        print(f"{name:40} {spearmanr(values, errors).statistic:6.2f}")
    print(f"{len(rows)} mattes")


def error_of(row: Instance, out: Path, truth: Path) -> float:
    """SAD of a row's matte, in pixels, over the square root of its mask's area."""
    names = (truth / f"{ident}.png" for ident in (row.annotation_id, row.image_id))
    true = read_alpha(next(path for path in names if path.is_file()))
    return 1000 * sad(read_alpha(out / str(row.alpha_path)), true) / np.sqrt(float(row.mask_area or 1))


def apart_of(rows: list[Instance], out: Path, other: Path) -> list[float]:
    """Disagreement of every row's matte with another run's."""
    twins = {row.sample_id: row for row in read_folder(current_folder(other))}
    pairs = ((row, twins[row.sample_id]) for row in rows)
    return [
        disagreement(read_levels(out, row.alpha_path), read_levels(other, twin.alpha_path), float(row.mask_area or 1))
        for row, twin in pairs
    ]


def scores(rows: list[Instance]) -> dict[str, NDArray[np.float64]]:
    """What could be sorted by, the doubtful ones high."""
    column = {name: np.array([getattr(row, name) for row in rows], np.float64) for name in
              ("unknown_fraction", "mask_area", "mask_iou", "soft_fraction")}  # fmt: skip
    return {
        "doubt: unknown pixels / sqrt(area)": doubt(column["unknown_fraction"], column["mask_area"]),
        "unknown fraction": column["unknown_fraction"],
        "1 - mask IoU": 1 - column["mask_iou"],
        "soft fraction": column["soft_fraction"],
        "area": column["mask_area"],
    }


if __name__ == "__main__":
    main()
