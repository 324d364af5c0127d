"""A test set that is a labelling manifest: mattes that people have accepted are as true as anything there is."""

from pathlib import Path

from matting_models.data.manifest_source import ManifestSource
from matting_models.errors import InputError
from matting_models.evaluation.samples import Sample
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
        InputError: no photos, or as ``ManifestSource``.
    """
    if images is None:
        raise InputError(f"{manifest} is a labelling manifest: give --image, the folder of its photos")
    source = ManifestSource(manifest, images, reviewed)
    samples = []
    for row in range(len(source)):
        photo, alpha, trimap = source.paths(row)
        samples.append(Sample(source.sample_id(row), source.group(row), (alpha,), photo, trimap))
    return sorted(samples, key=lambda sample: sample.id)
