"""A test set that is a labelling manifest: mattes that people have accepted are as true as anything there is."""

from pathlib import Path

from matting_models.errors import InputError
from matting_models.evaluation.samples import Sample
from matting_models.manifest_rows import read_rows
from matting_models.pictures import PictureProblem, below
from pipelines.review.selection import Reviewed


def is_manifest(folder: Path) -> bool:
    """Whether a folder holds a manifest's parts."""
    return next(folder.glob("part-*.parquet"), None) is not None


def read_manifest(manifest: Path, images: Path | None, reviewed: Reviewed = "all") -> list[Sample]:
    """One sample a row, its matte and trimap mended where people mended them.

    Args:
        manifest: folder of parts, ``OUT/manifest``.
        images: folder that the photos are named below.
        reviewed: which rows count.

    Raises:
        InputError: no photos, a name that leaves its folder, or as ``read_rows``.
    """
    if images is None:
        raise InputError(f"{manifest} is a labelling manifest: give --image, the folder of its photos")
    rows, pictures = read_rows(manifest, reviewed)
    samples = []
    for row in rows.to_pylist():
        try:
            photo = below(images, row["image_path"])
            alpha, trimap = (below(pictures, row[name]) for name in ("alpha_path", "trimap_path"))
        except PictureProblem as problem:
            raise InputError(f"{manifest}: {row['sample_id']}: {problem}") from None
        samples.append(Sample(row["sample_id"], row["image_path"], (alpha,), photo, trimap))
    return sorted(samples, key=lambda sample: sample.id)
