"""Pictures and photos against the rows that name them."""

import io
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path

from PIL import Image, UnidentifiedImageError

from pipelines.storage.duplicate_rows import short_digest
from pipelines.storage.files import read_whole, spread
from pipelines.storage.findings import Checked, Finding, Row
from pipelines.storage.pictures import PICTURES
from pipelines.storage.safe_paths import ImageProblem, safe_path

_FORMATS = {"composed_path": "JPEG"}
"""Of pictures that are no PNGs."""
_SIZED = {"alpha_path", "trimap_path", "cutout_path", "composed_path"}
"""Pictures that have the photo's size."""


def check_pictures(out: Path, rows: list[Row], checked: Checked, on_file: Callable[[], None]) -> Iterator[Finding]:
    """What is off with the pictures that rows name; arguments as of ``verification.verify``."""
    wanted = [(row, column) for row in rows for column in PICTURES.values() if row.values.get(column) is not None]
    seen: set[str] = set()

    def check(item: tuple[Row, str]) -> tuple[int, Finding | None]:
        return _picture(out, *item)

    for (row, column), (size, finding) in zip(wanted, spread(out, check, wanted), strict=True):
        path = row.values[column]
        checked.pictures += path not in seen
        checked.bytes += size
        on_file()
        # The instances of a propagated target share its similarity map, those of a composed image the image.
        if finding is not None and path not in seen:
            yield finding
        seen.add(path)


def _picture(out: Path, row: Row, column: str) -> tuple[int, Finding | None]:
    name = row.values[column]

    def off(kind: str, detail: str) -> tuple[int, Finding]:
        return 0, Finding(kind, name, detail, row.part.shard, row.version, row.part)

    try:
        content = read_whole(safe_path(out, name))
    except ImageProblem as problem:
        return off("damaged", str(problem))
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
        return off("missing", f"of {row.values['sample_id']}")
    digest, expected = sha256(content).hexdigest(), row.values.get(column.replace("_path", "_sha256"))
    if expected is not None and digest != expected:
        return off("damaged", f"SHA-256 {digest[:12]}, expected {expected[:12]}")
    try:
        with Image.open(io.BytesIO(content), formats=(_FORMATS.get(column, "PNG"),)) as picture:
            size = picture.size
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError):
        return off("damaged", f"not a {_FORMATS.get(column, 'PNG')}")
    if column in _SIZED and size != (row.values["image_width"], row.values["image_height"]):
        wanted = f"{row.values['image_width']}x{row.values['image_height']}"
        return off("wrong_size", f"{size[0]}x{size[1]} pixels, expected {wanted}")
    return len(content), None


def check_photos(images: Path, rows: list[Row], checked: Checked, on_file: Callable[[], None]) -> Iterator[Finding]:
    """Photos that are not those that rows were made from; arguments as of ``verification.verify``."""
    # A photo has mattes and rejects in two parts. 8 bytes each, since there may be a million.
    known = {r.values["image_path"]: r for r in rows if r.values["image_sha256"] is not None}
    known = {name: row for name, row in known.items() if short_digest(name) not in checked.photos_seen}
    checked.photos_seen.update(map(short_digest, known))

    def check(row: Row) -> tuple[int, Finding | None]:
        return _photo(images, row)

    for size, finding in spread(images, check, known.values()):
        checked.photos += 1
        checked.bytes += size
        on_file()
        if finding is not None:
            yield finding


def _photo(images: Path, row: Row) -> tuple[int, Finding | None]:
    name, expected = row.values["image_path"], row.values["image_sha256"]
    try:
        content = read_whole(safe_path(images, name))
    except (ImageProblem, FileNotFoundError, IsADirectoryError, NotADirectoryError, PermissionError):
        return 0, Finding("photo_changed", name, "the photo is gone", row.part.shard, row.version)
    digest = sha256(content).hexdigest()
    if digest == expected:
        return len(content), None
    detail = f"the photo's SHA-256 is {digest[:12]}, it was labelled as {expected[:12]}"
    return len(content), Finding("photo_changed", name, detail, row.part.shard, row.version)
