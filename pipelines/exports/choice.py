"""Which rows of a manifest are shared, and from which files."""

from collections.abc import Iterator, Set
from dataclasses import dataclass
from pathlib import Path

from pipelines.errors import UserError
from pipelines.records import Instance
from pipelines.review.selection import Reviewed, selection
from pipelines.review.standing import Standing, State
from pipelines.storage.current import current, current_folder
from pipelines.storage.damage import readable
from pipelines.storage.files import spread
from pipelines.storage.manifest import part_paths, read_part
from pipelines.storage.versions import lost_parts


@dataclass(frozen=True, slots=True)
class Chosen:
    """A matte that is shared.

    Attributes:
        row: of the manifest.
        state: what people say of it.
        alpha_path, trimap_path: below the output folder; mended ones where people mended them.
        alpha_sha256, trimap_sha256: of their bytes.
        mended: whether they are.
    """

    row: Instance
    state: State
    alpha_path: str
    alpha_sha256: str
    trimap_path: str
    trimap_sha256: str
    mended: bool


def chosen(out: Path, reviewed: Reviewed = "all", licenses: Set[int] | None = None) -> Iterator[Chosen]:
    """Rows of the current version, in its order, a part in memory at a time.

    Args:
        out: output folder, locally or on a store.
        reviewed: which rows count, by people's decisions.
        licenses: ids of the licences that a photo may have; None for any, or none at all.

    Raises:
        UserError: no run has finished there, its manifest is damaged or of another schema version, or decisions cannot
            be read.
    """
    select, folder = selection(out, reviewed), current_folder(out)
    if lost := [name for name in lost_parts(out, current(out) or 0) if name.startswith("manifest/")]:
        mend = f"python -m pipelines.verify {out}"
        raise UserError(f"{out}: the manifest is damaged ({lost[0]} is missing); {mend} tells more")
    with readable(out):
        for rows in spread(folder, read_part, part_paths(folder)):
            for row in rows:
                standing = select(row.sample_id, row.alpha_sha256)
                if standing is not None and (licenses is None or row.license_id in licenses):
                    yield _chosen(row, standing)


def _chosen(row: Instance, standing: Standing) -> Chosen:
    mended = standing.mended
    files = (
        (mended.alpha_path, mended.alpha_sha256, mended.trimap_path, mended.trimap_sha256)
        if mended
        else (row.alpha_path or "", row.alpha_sha256 or "", row.trimap_path or "", row.trimap_sha256 or "")
    )
    return Chosen(row, standing.state, *files, mended is not None)
