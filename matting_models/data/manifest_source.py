"""Samples from a manifest that the labelling job wrote (docs/manifest.md); nothing is converted."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from matting_models.data.sample import BadSample, Sample, digest_of
from matting_models.data.together import together
from matting_models.errors import MissingError
from matting_models.manifest_rows import COLUMNS, read_rows
from matting_models.pictures import PictureProblem, below, read_grey, read_photo, size_text
from pipelines.review.selection import Reviewed


class ManifestSource:
    """Rows of a manifest; about 300 bytes of memory each.

    Args:
        manifest: folder of ``part-*.parquet``: OUT/manifest, or a version's OUT/versions/000002/manifest. A link is
            followed once, now, so that later runs of the labelling job change nothing for this source.
        images: folder that the photos are named relative to.
        reviewed: which rows count, by people's decisions (see ``pipelines.review.selection``). What people mended takes
            the place of the machine's trimap and alpha.

    Raises:
        MissingError: a folder does not exist.
        InputError: no parts, not Parquet, another schema version, or no rows; decisions that cannot be read.
    """

    def __init__(self, manifest: Path, images: Path, reviewed: Reviewed = "all") -> None:
        self.name = str(manifest)
        self._rows, self._pictures = read_rows(manifest, reviewed)
        self._order_by_photo()
        self._images = images
        if not images.is_dir():
            raise MissingError(f"images folder {images} does not exist")

    def __len__(self) -> int:
        return int(self._rows.num_rows)

    def sample_id(self, row: int) -> str:
        return str(self._rows["sample_id"][row].as_py())

    def group(self, row: int) -> str:
        return str(self._rows["image_path"][row].as_py())

    def load(self, row: int, rng: np.random.Generator) -> Sample:
        values = {name: self._rows[name][row].as_py() for name in COLUMNS}
        try:
            photo = below(self._images, values["image_path"])
            image = read_photo(photo, values["exif_orientation"], values["image_sha256"])
            alpha = read_grey(below(self._pictures, values["alpha_path"]))
            trimap = read_grey(below(self._pictures, values["trimap_path"]))
        except PictureProblem as problem:
            raise BadSample(values["sample_id"], str(problem)) from None
        for name, picture in (("alpha", alpha), ("trimap", trimap)):
            if picture.shape != image.shape[:2]:
                found, expected = size_text(picture), size_text(image)
                detail = f"{name} {values[f'{name}_path']} is {found}, expected {expected} as {values['image_path']}"
                raise BadSample(values["sample_id"], detail)
        if not alpha.any():
            raise BadSample(values["sample_id"], f"alpha {values['alpha_path']} has no foreground")
        whole = partial(self._whole, row, alpha.shape) if len(self._beside(row)) > 1 else None
        return Sample(values["sample_id"], image, alpha, trimap, whole=whole)

    def _order_by_photo(self) -> None:
        """So that the rows of one photo are found without looking at all."""
        paths = self._rows["image_path"]
        photos = pc.unique(paths)
        self._photo = pc.index_in(paths, value_set=photos).to_numpy()
        self._order = np.argsort(self._photo, kind="stable")
        self._first = np.searchsorted(self._photo[self._order], np.arange(len(photos) + 1))

    def _beside(self, row: int) -> NDArray[np.int64]:
        """Rows of the same photo, this one too, in order."""
        photo = self._photo[row]
        return self._order[self._first[photo] : self._first[photo + 1]]

    def _whole(self, row: int, shape: tuple[int, ...]) -> NDArray[np.uint8]:
        """Of all rows of the same photo."""
        path, names = self.group(row), self._rows["alpha_path"]
        try:
            alphas = [read_grey(below(self._pictures, names[int(each)].as_py())) for each in self._beside(row)]
        except PictureProblem as problem:
            raise BadSample(self.sample_id(row), str(problem)) from None
        if any(alpha.shape != shape for alpha in alphas):
            raise BadSample(self.sample_id(row), f"the alphas of {path} are not of one size")
        return together(alphas)

    def identity(self) -> str:
        mended = pc.filter(self._rows["alpha_path"], self._rows["mended"])
        return digest_of([*self._rows["sample_id"].to_pylist(), *mended.to_pylist()])

    def subset(self, rows: Sequence[int]) -> "ManifestSource":
        other = object.__new__(ManifestSource)
        other.name, other._pictures, other._images = self.name, self._pictures, self._images
        other._rows = self._rows.take(pa.array(rows, pa.int64())).combine_chunks()
        other._order_by_photo()
        return other
