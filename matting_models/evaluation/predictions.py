"""Predictions that somebody else made: found once, by the samples' ids."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from matting_models.errors import MissingError
from matting_models.evaluation.samples import Sample
from matting_models.walk import walk_pictures


@dataclass(frozen=True, slots=True)
class Task:
    """A sample and what was predicted for it.

    Attributes:
        sample: what is true.
        predictions: one picture; any number where the sample has instances, in order of name.
        missing: why there is no prediction; empty if there is one. Having found no instance is a prediction, and so is
            having no folder for them: every true instance is a false negative then.
    """

    sample: Sample
    predictions: tuple[Path, ...]
    missing: str = ""


def find_predictions(samples: Sequence[Sample], folder: Path) -> tuple[list[Task], list[Path]]:
    """Find every sample's prediction.

    Args:
        samples: what is to be evaluated.
        folder: of ``<id>.png`` (or another kind of picture), of folders ``<id>/`` where samples have instances.

    Returns:
        A task a sample, in order, and pictures that belong to none.

    Raises:
        InputError: the folder does not exist, or two pictures have the same name but for the ending.
    """
    if not folder.is_dir():
        raise MissingError(f"{folder} is not a folder; expected predictions")
    pictures = walk_pictures(folder)
    of_folder: dict[str, list[str]] = {}
    for name in pictures:
        of_folder.setdefault(str(PurePosixPath(name).parent), []).append(name)
    tasks, used = [], set()
    for sample in samples:
        names = of_folder.get(sample.id, []) if sample.instances else [sample.id] * (sample.id in pictures)
        used.update(names)
        missing = "" if names or sample.instances else f"no prediction: {folder / sample.id}.png does not exist"
        tasks.append(Task(sample, tuple(pictures[name] for name in sorted(names)), missing))
    return tasks, [path for name, path in pictures.items() if name not in used]
