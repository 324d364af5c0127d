"""Objects of COCO annotations: their photos and masks."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from matting_models.data.photographs import PHOTOGRAPHS
from matting_models.errors import InputError, MissingError
from matting_models.pictures import PictureProblem, below, size_text


@dataclass(frozen=True, slots=True)
class CocoObject:
    """One instance.

    Attributes:
        ident: the annotation's id.
        file_name: of its photo, relative to the images folder.
        shape: height and width of the photo.
        outlines: polygons of (N, 2) float32 x, y; or, of a run-length mask, one (N,) int64 of runs down the columns.
    """

    ident: int
    file_name: str
    shape: tuple[int, int]
    outlines: tuple[NDArray[Any], ...]

    def mask(self) -> NDArray[np.uint8]:
        """(H, W) uint8 of 0 and 1."""
        if len(self.outlines) == 1 and self.outlines[0].ndim == 1:
            return _from_runs(self.outlines[0], self.shape)
        polygons = [np.rint(outline).astype(np.int32) for outline in self.outlines]
        empty = np.zeros(self.shape, np.uint8)
        return cv2.fillPoly(empty, polygons, 1).astype(np.uint8, copy=False)

    def photo(self, images: Path) -> NDArray[np.uint8]:
        """The photo, (H, W, 3) uint8 RGB, not to be written to; as stored if only that has the annotation's size.

        Raises:
            PictureProblem: it cannot be read or is of another size.
        """
        path = below(images, self.file_name)
        photo = PHOTOGRAPHS.read(path)
        if photo.shape[:2] != self.shape:  # annotated with the orientation ignored
            photo = PHOTOGRAPHS.read(path, 1)
        if photo.shape[:2] != self.shape:
            height, width = self.shape
            raise PictureProblem(f"{path} is {size_text(photo)}, expected {width}x{height} as its annotations say")
        return photo


def read_objects(annotations: Path, images: Path, min_area: float) -> list[CocoObject]:
    """The objects of a COCO file, without crowds, of at least ``min_area`` square pixels.

    Raises:
        MissingError: the file or the images folder does not exist.
        InputError: not COCO annotations of instances, or no object is left.
    """
    if not images.is_dir():
        raise MissingError(f"images folder {images} does not exist")
    content = _parse(annotations)
    try:
        photos = {image["id"]: image for image in content["images"]}
        found = [a for a in content["annotations"] if not a.get("iscrowd") and a["area"] >= min_area]
    except (KeyError, TypeError, AttributeError) as error:
        raise InputError(f"{annotations} is no COCO annotations of instances: {_fault(error)}") from None
    if not found:
        raise InputError(
            f"none of the {len(content['annotations'])} annotations in {annotations} has an area of at least "
            f"{min_area:g} and is no crowd"
        )
    return [_object(annotation, photos, annotations) for annotation in found]


def _parse(path: Path) -> Any:
    try:
        return json.loads(path.read_bytes())
    except FileNotFoundError:
        raise MissingError(f"annotations {path} do not exist") from None
    except OSError as error:
        raise InputError(f"annotations {path} cannot be read: {error.strerror}") from None
    except ValueError as error:
        raise InputError(f"annotations {path} are not JSON: {error}") from None


def _object(annotation: dict[str, Any], photos: dict[int, Any], path: Path) -> CocoObject:
    try:
        photo = photos[annotation["image_id"]]
        shape = (int(photo["height"]), int(photo["width"]))
        outlines = _outlines(annotation["segmentation"], shape)
        return CocoObject(int(annotation["id"]), str(photo["file_name"]), shape, outlines)
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise InputError(f"{path}: annotation {annotation.get('id')} cannot be used: {_fault(error)}") from None


def _fault(error: Exception) -> str:
    return f"no {error}" if isinstance(error, KeyError) else str(error)


def _outlines(segmentation: Any, shape: tuple[int, int]) -> tuple[NDArray[Any], ...]:
    if isinstance(segmentation, dict):
        counts = segmentation["counts"]
        runs = np.array(_decompress(counts) if isinstance(counts, str) else counts, np.int64)
        if runs.ndim != 1 or (runs < 0).any() or runs.sum() != shape[0] * shape[1]:
            raise ValueError(f"the runs of its mask cover {runs.sum()} pixels, expected {shape[0] * shape[1]}")
        return (runs,)
    polygons = tuple(np.array(polygon, np.float32).reshape(-1, 2) for polygon in segmentation)
    if not polygons or min(map(len, polygons)) < 1:
        raise ValueError("it has no polygon")
    return polygons


def _decompress(text: str) -> list[int]:
    """COCO's compressed runs: 5 bits a character, least first; from the third on, differences to the last but one."""
    runs: list[int] = []
    value, shift = 0, 0
    for character in text:
        bits = ord(character) - 48
        value |= (bits & 31) << shift
        shift += 5
        if not bits & 32:
            value -= (bits & 16) << (shift - 4)  # the sign
            runs.append(value + (runs[-2] if len(runs) > 2 else 0))
            value, shift = 0, 0
    return runs


def _from_runs(runs: Sequence[int] | NDArray[np.int64], shape: tuple[int, int]) -> NDArray[np.uint8]:
    values = np.arange(len(runs), dtype=np.uint8) & 1
    return np.ascontiguousarray(np.repeat(values, runs).reshape(shape[1], shape[0]).T)
