"""What a person can do when a run accepts nothing."""

from itertools import islice
from pathlib import Path
from typing import Any

from pipelines.storage.files import is_local
from pipelines.storage.manifest import part_paths, read_part
from pipelines.storage.safe_paths import ImageProblem, safe_path
from pipelines.storage.versions import folder_of

MOST_FOLDERS = 1000
"""Entries of the image folder that are looked through for one that has the photo."""
HINTS = {
    "too_small": "--quality.min-area says how small a mask may be",
    "crowd": "--fusion.crowds single takes masks that are marked as crowds for single objects",
    "image_missing": "--images is the folder that the names in the annotations are below",
    "path_escapes": "names of pictures may not leave the folder that --images names",
    "image_wrong_size": "--images may name pictures of another size than those that were annotated",
    "image_too_large": "--quality.max-image-pixels says how large a picture may be",
    "mostly_unknown": "--quality.max-unknown-fraction says how much may be unknown",
    "no_known_foreground": "--trimap.eta makes the unknown region narrower where it is larger",
    "matte_disagrees": "--quality.min-mask-iou says how far a matte may be from its mask",
    "sam_disagrees": "--quality.min-sam-iou says how far SAM's mask may be from the annotated one",
    "object_not_found": "--search.min-score says how surely an object must be found",
    "points_disagree": "--search.min-agreement says how many of the points a mask must hold",
    "background_too_small": "--composition.min-background says how small a background may be",
    "occluded": "--composition.least-visible says how much of an entity must be seen",
    "too_few_entities": "an image needs two entities that can be used; the others' rows say what is wrong with theirs",
    "duplicate_image_id": "the annotations list one image id for several pictures",
}
"""Reason to the setting that decides about it, or to what is wrong with the input."""


def nothing_accepted(summary: dict[str, Any], out: Path, images: Path) -> list[str]:
    """Sentences about a run without a matte: the commonest reason, an example, and the setting concerned.

    Args:
        summary: of the run.
        out: its output folder.
        images: its image folder.
    """
    reasons = summary["rejects_by_reason"]
    if not reasons:
        return ["no matte: the annotations have no instance that could get one"]
    reason = next(iter(reasons))
    said = [f"no matte: {reasons[reason]:,} of {sum(reasons.values()):,} were rejected as {reason}"]
    for part in part_paths(folder_of(out, summary["version"]) / "rejects"):
        for row in read_part(part):
            if row.reason == reason:
                where = f"annotation {row.annotation_id} of " if row.annotation_id >= 0 else ""
                example = f"for example {where}{row.image_path or row.image_id}: {row.detail}"
                found = _below(images, row.image_path) if reason == "image_missing" else []
                return [*said, example, *(found or _hint(reason))]
    return [*said, *_hint(reason)]


def _below(images: Path, name: str) -> list[str]:
    """Where a photo is that is not directly below the image folder: COCO's splits are folders within one."""
    if not is_local(images):
        return []
    try:
        folders = sorted(path for path in islice(images.iterdir(), MOST_FOLDERS) if path.is_dir())
        there = [folder for folder in folders if safe_path(folder, name).is_file()]
    except (OSError, ImageProblem):  # a ZIP, or a name that leads outside
        return []
    return [f"it is in {there[0]}: give that folder as --images"] if there else []


def _hint(reason: str) -> list[str]:
    return [HINTS[reason]] if reason in HINTS else []
