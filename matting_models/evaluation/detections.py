"""Boxes from a detector's COCO-style result file."""

import json
import math
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from matting_models.errors import InputError, MissingError
from matting_models.evaluation.samples import Sample
from matting_models.pictures import EXTENSIONS

HIM2K_SUBSETS = ("comp", "natural")

MIN_SCORE = 0.35
"""Detections below are left out: Grounding DINO's own default for boxes."""

Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Detections:
    """A detector's boxes by image.

    Attributes:
        boxes: xyxy in pixels of the photo, best score first, by the sample's id.
    """

    boxes: dict[str, list[Box]]


def read_detections(
    path: Path,
    samples: list[Sample],
    min_score: float = MIN_SCORE,
    category: int | None = None,
    images: Path | None = None,
) -> Detections:
    """Read boxes of a benchmark's images.

    The file is a list of results, ``{"image_id", "bbox": [x, y, width, height], "score"}``, or a dataset with
    ``"images"`` and ``"annotations"``. Without ``"images"``, an ``image_id`` is a file name, with or without folders
    and extension; with it, a key of one.

    Args:
        path: JSON.
        samples: whose boxes are asked for.
        min_score: results with a lower score are left out; those without a score are kept.
        category: ``category_id`` of the results that count; None where they are all of one.
        images: JSON with ``"images"`` for a list whose ``image_id`` are numbers, such as the annotation file that the
            detector was run with.

    Raises:
        InputError: no such file, no JSON, a result without box, one of an image that is not in the benchmark, or
            results of several categories and none chosen.
    """
    results, names = _read(path)
    if images is not None:
        names = _read_images(images)
    if category is None and len(found := {_category(result) for result in results} - {None}) > 1:
        some = ", ".join(sorted(map(str, found))[:3])
        choose = "choose one with --category, 1 is COCO's person"
        raise InputError(f"{path} has results of {len(found)} categories ({some}, ...); {choose}")
    known = _names(samples)
    subsets = {PurePosixPath(sample.id).parent.name for sample in samples}
    boxes: dict[str, list[tuple[float, Box]]] = {sample.id: [] for sample in samples}
    for index, result in enumerate(results):
        image, score, box = _parse(path, index, result, names)
        if PurePosixPath(image).parent.name in set(HIM2K_SUBSETS) - subsets:
            continue  # one file may be of both
        name = _find(known, image)
        if name is None:
            raise InputError(f"{path}: result {index} is of image {image!r}, {_unknown(image, known)}")
        if score >= min_score and category in (None, _category(result)):
            boxes[name].append((score, box))
    if results and not any(boxes.values()):
        of_category = "" if category is None else f" of category {category}"
        raise InputError(f"{path}: none of {len(results)} results{of_category} has a score from {min_score} on")
    return Detections({key: [box for _, box in sorted(some, reverse=True)] for key, some in boxes.items()})


def _category(result: Any) -> int | None:
    try:
        return int(result["category_id"])
    except (KeyError, TypeError, ValueError):
        return None


def _read(path: Path) -> tuple[list[Any], dict[Any, str] | None]:
    """Results, and file names by id where the file has them."""
    content = _json(path, "a detector's COCO-style results")
    if isinstance(content, list):
        return content, None
    if isinstance(content, dict) and all(isinstance(content.get(key), list) for key in ("images", "annotations")):
        return content["annotations"], _file_names(path, content)
    raise InputError(f'{path} is neither a list of results nor a dataset with "images" and "annotations"')


def _read_images(path: Path) -> dict[Any, str]:
    content = _json(path, 'a dataset with "images"')
    if not isinstance(content, dict) or not isinstance(content.get("images"), list):
        raise InputError(f'{path} has no list of "images"')
    return _file_names(path, content)


def _file_names(path: Path, content: dict[str, Any]) -> dict[Any, str]:
    try:
        return {image["id"]: str(image["file_name"]) for image in content["images"]}
    except (KeyError, TypeError):
        raise InputError(f'{path}: every one of "images" needs "id" and "file_name"') from None


def _json(path: Path, expected: str) -> Any:
    try:
        return json.loads(path.read_bytes())
    except FileNotFoundError:
        raise MissingError(f"{path} does not exist; expected {expected}") from None
    except (OSError, ValueError, RecursionError) as error:
        raise InputError(f"{path} is no JSON file: {error}") from None


def _parse(path: Path, index: int, result: Any, names: dict[Any, str] | None) -> tuple[str, float, Box]:
    try:
        image = result["image_id"] if names is None else names[result["image_id"]]
        x, y, width, height = (float(value) for value in _four_numbers(result["bbox"]))
        score = float(result.get("score", 1.0))
        if math.isnan(score):
            raise ValueError(score)
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError):
        expected = 'expected "image_id" of a known image and "bbox" [x, y, width, height], width and height above 0'
        raise InputError(f"{path}: result {index} is {str(result)[:120]}; {expected}") from None
    return str(image), score, (x, y, x + width, y + height)


def _four_numbers(bbox: Any) -> list[float]:
    numbers = [float(value) for value in bbox] if isinstance(bbox, list) else []
    if len(numbers) != 4 or not all(map(math.isfinite, numbers)) or min(numbers[2:]) <= 0:
        raise ValueError(bbox)
    return numbers


def _names(samples: list[Sample]) -> dict[str, str | None]:
    """What an image may be called; None where two are called so."""
    names: dict[str, str | None] = {}
    for sample in samples:
        for name in {sample.id, PurePosixPath(sample.id).name}:
            names[name] = None if name in names and names[name] != sample.id else sample.id
    return names


def _unknown(image: str, known: dict[str, str | None]) -> str:
    if _stem(image) in known:
        return "which is the name of several; give their folders too"
    if image.isdigit():
        return "a number: say with --boxes-images which file that is"
    return "which the benchmark does not have"


def _find(known: dict[str, str | None], image: str) -> str | None:
    """The sample whose id ends a path, or, for a name without folders, the only one of that name."""
    name = _stem(image)
    if name in known:
        return known[name]
    parts = PurePosixPath(name).parts
    tails = ("/".join(parts[begin:]) for begin in range(1, len(parts) - 1))
    return next((known[tail] for tail in tails if known.get(tail)), None)


def _stem(image: str) -> str:
    """Without a picture's ending; other dots belong to the name."""
    stem, dot, ending = image.rpartition(".")
    return stem if f"{dot}{ending}".lower() in EXTENSIONS else image
