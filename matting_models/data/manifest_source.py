"""Samples from a manifest that the labelling job wrote (docs/manifest.md); nothing is converted."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from matting_models.data.sample import BadSample, Sample, digest_of
from matting_models.errors import InputError, MissingError
from matting_models.pictures import PictureProblem, below, read_grey, read_photo, size_text
from pipelines.errors import UserError
from pipelines.review.selection import Reviewed, selection
from pipelines.storage.manifest import SchemaVersionError, pictures_root
from pipelines.storage.parts import read_columns

_COLUMNS = ["sample_id", "image_path", "alpha_path", "trimap_path", "exif_orientation", "image_sha256"]


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
        opened = manifest.resolve()
        self._pictures, self._images = pictures_root(opened), images
        self._rows = _as_reviewed(manifest, _read_rows(manifest, opened), self._pictures, reviewed)
        if not images.is_dir():
            raise MissingError(f"images folder {images} does not exist")

    def __len__(self) -> int:
        return int(self._rows.num_rows)

    def sample_id(self, row: int) -> str:
        return str(self._rows["sample_id"][row].as_py())

    def group(self, row: int) -> str:
        return str(self._rows["image_path"][row].as_py())

    def paths(self, row: int) -> tuple[Path, Path, Path]:
        """Files of photo, alpha and trimap.

        Raises:
            BadSample: a name leaves its folder.
        """
        values = {name: self._rows[name][row].as_py() for name in _COLUMNS[:4]}
        try:
            photo = below(self._images, values["image_path"])
            return photo, below(self._pictures, values["alpha_path"]), below(self._pictures, values["trimap_path"])
        except PictureProblem as problem:
            raise BadSample(values["sample_id"], str(problem)) from None

    def load(self, row: int, rng: np.random.Generator) -> Sample:
        values = {name: self._rows[name][row].as_py() for name in _COLUMNS}
        paths = self.paths(row)
        try:
            image = read_photo(paths[0], values["exif_orientation"], values["image_sha256"])
            alpha, trimap = read_grey(paths[1]), read_grey(paths[2])
        except PictureProblem as problem:
            raise BadSample(values["sample_id"], str(problem)) from None
        for name, picture in (("alpha", alpha), ("trimap", trimap)):
            if picture.shape != image.shape[:2]:
                found, expected = size_text(picture), size_text(image)
                detail = f"{name} {values[f'{name}_path']} is {found}, expected {expected} as {values['image_path']}"
                raise BadSample(values["sample_id"], detail)
        if not alpha.any():
            raise BadSample(values["sample_id"], f"alpha {values['alpha_path']} has no foreground")
        return Sample(values["sample_id"], image, alpha, trimap)

    def identity(self) -> str:
        mended = pc.filter(self._rows["alpha_path"], self._rows["mended"])
        return digest_of([*self._rows["sample_id"].to_pylist(), *mended.to_pylist()])

    def subset(self, rows: Sequence[int]) -> "ManifestSource":
        other = object.__new__(ManifestSource)
        other.name, other._pictures, other._images = self.name, self._pictures, self._images
        other._rows = self._rows.take(pa.array(rows, pa.int64())).combine_chunks()
        return other


def _as_reviewed(manifest: Path, rows: pa.Table, out: Path, reviewed: Reviewed) -> pa.Table:
    """The rows that count, with what people mended."""
    try:
        select = selection(out, reviewed)
    except UserError as error:
        raise InputError(str(error)) from None
    samples, digests = rows["sample_id"].to_pylist(), rows["alpha_sha256"].to_pylist()
    found = [select(sample, digest) for sample, digest in zip(samples, digests, strict=True)]
    wanted = [number for number, standing in enumerate(found) if standing is not None]
    if not wanted:
        raise InputError(f"manifest {manifest} has no {reviewed} row: {len(found)} mattes, none of which counts")
    mended = {n: standing.mended for n, standing in enumerate(found) if standing is not None and standing.mended}
    for name in ("alpha_path", "trimap_path"):
        if mended:
            paths = [getattr(mended[n], name) if n in mended else path for n, path in enumerate(rows[name].to_pylist())]
            rows = rows.set_column(rows.column_names.index(name), name, pa.array(paths, pa.string()))
    rows = rows.append_column("mended", pa.array([n in mended for n in range(len(found))]))
    return rows.drop_columns(["alpha_sha256"]).take(pa.array(wanted, pa.int64())).combine_chunks()


def _read_rows(manifest: Path, opened: Path) -> pa.Table:
    if not opened.is_dir():
        raise MissingError(f"manifest folder {manifest} does not exist; expected the labelling job's OUT/manifest")
    parts = sorted(opened.glob("part-*.parquet"))
    if not parts:
        raise InputError(f"manifest folder {manifest} has no part-*.parquet; expected the labelling job's OUT/manifest")
    tables = [_read_part(part) for part in parts]
    rows = pa.concat_tables(tables).combine_chunks()
    if not rows.num_rows:
        raise InputError(f"manifest {manifest} has no rows in its {len(parts)} parts: the labelling job kept no matte")
    return rows


def _read_part(part: Path) -> pa.Table:
    try:
        return read_columns(part, [*_COLUMNS, "alpha_sha256"]).replace_schema_metadata(None)
    except SchemaVersionError as error:
        raise InputError(str(error)) from None
    except pa.ArrowException as error:
        raise InputError(f"{part} is not a manifest part: {str(error).splitlines()[0]}") from error
