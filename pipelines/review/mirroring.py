"""Copy reviews with a mirror of an output, so that what is trained on there is what people decided."""

from hashlib import sha256
from pathlib import Path

from pipelines.errors import UserError
from pipelines.review.decisions import FOLDER, ReviewsError, decision_files, decode
from pipelines.storage.files import make_folder, read_whole, spread, write_whole
from pipelines.storage.safe_paths import ImageProblem, safe_path


def mirror_reviews(out: Path, target: Path) -> None:
    """Copy decisions and what people mended; the pictures before the decisions that name them.

    Args:
        out: output folder, locally or on a store.
        target: the copy, a local folder. What was decided on the copy itself stays.

    Raises:
        UserError: a file of decisions is damaged, or a mended picture is missing or not what it was.
    """
    files = decision_files(out)
    make_folder(target / FOLDER)
    for path, content in zip(files, spread(out, read_whole, files), strict=True):
        try:
            decisions = decode(path, content)
        except ReviewsError as error:
            raise UserError(str(error)) from None
        for mended in (decision.mended for decision in decisions if decision.mended):
            _copy(out, target, mended.alpha_path, mended.alpha_sha256)
            _copy(out, target, mended.trimap_path, mended.trimap_sha256)
        write_whole(target / FOLDER / path.name, content)


def _copy(out: Path, target: Path, name: str, digest: str) -> None:
    try:
        source, place = safe_path(out, name), safe_path(target, name)
    except ImageProblem as problem:
        raise UserError(f"{out}: {problem}") from None
    if place.exists():
        return
    try:
        content = read_whole(source)
    except (FileNotFoundError, NotADirectoryError):
        raise UserError(f"{out}: {name} is missing, though a decision names it") from None
    if sha256(content).hexdigest() != digest:
        raise UserError(f"{out}: {name} is not what was mended")
    make_folder(place.parent)
    write_whole(place, content)
