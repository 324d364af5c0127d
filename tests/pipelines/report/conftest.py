"""A small output folder made by hand: three mattes, four rejects, strings that try to break out of the page."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from pipelines.annotations import masks
from pipelines.records import Instance
from pipelines.storage.manifest import MANIFEST_SCHEMA, REJECTS_SCHEMA, part_name, write_part

EVIL = "<script>alert(1)</script>"
QUOTES = "\"'><img src=x onerror=alert(2)>"
WIDTH, HEIGHT = 96, 80


def instance(number: int, **fields: Any) -> Instance:
    """An instance of image ``number``, with a mask; neither accepted nor rejected yet."""
    mask = np.zeros((HEIGHT, WIDTH), np.uint8)
    mask[20:60, 30:70] = 1
    basis: dict[str, Any] = {
        "sample_id": f"toy-val-{number:012d}-{number}",
        "dataset": "toy",
        "split": "val",
        "image_id": number,
        "annotation_id": number,
        "category": "person",
        "image_path": f"{number}.png",
        "image_width": WIDTH,
        "image_height": HEIGHT,
        "image_sha256": "0" * 64,
        "bbox": (30, 20, 40, 40),
        "mask_rle": masks.encode(mask),
        "mask_area": 1600,
        "input_hash": "i",
        "config_hash": "c",
    }
    return Instance(**(basis | fields))


def prompt(x: float, y: float, positive: bool = True, used: bool = True) -> dict[str, Any]:
    """A point of a propagated object."""
    score = 0.75
    return {"reference_x": 1.0, "reference_y": 2.0, "x": x, "y": y, "positive": positive, "score": score, "used": used}


@dataclass
class Folder:
    """The output and image folders of a made-up run."""

    out: Path
    images: Path
    accepted: list[Instance] = field(default_factory=list)
    rejected: list[Instance] = field(default_factory=list)

    def photo(self, name: str, width: int = WIDTH, height: int = HEIGHT) -> Path:
        """A bright square on noise."""
        pixels = np.random.default_rng(0).integers(0, 60, (height, width, 3), np.uint8)
        pixels[20:60, 30:70] += 150
        path = self.images / name
        assert cv2.imwrite(str(path), pixels)
        return path

    def accept(self, number: int, **fields: Any) -> Instance:
        """An accepted instance with its photo, alpha and trimap."""
        self.photo(f"{number}.png")
        alpha = np.zeros((HEIGHT, WIDTH), np.uint8)
        alpha[20:60, 30:70] = 255
        trimap = cv2.dilate(alpha, np.ones((9, 9), np.uint8)) // 2
        trimap[26:54, 36:64] = 255
        basis: dict[str, Any] = {
            "alpha_path": f"alphas/{number}.png",
            "trimap_path": f"trimaps/{number}.png",
            "alpha_sha256": "2" * 64,
            "trimap_sha256": "3" * 64,
            "kernel_size": 5 + number,
            "unknown_fraction": 0.1 * number,
            "mask_iou": 0.9,
            "soft_fraction": 0.2,
            "matting_backend": "closed-form",
            "matting_revision": "test-1",
        }
        row = instance(number, **(basis | fields))
        for name, pixels in ((row.alpha_path, cv2.blur(alpha, (5, 5))), (row.trimap_path, trimap)):
            path = self.out / str(name)
            path.parent.mkdir(exist_ok=True)
            assert cv2.imwrite(str(path), pixels)
        self.accepted.append(row)
        return row

    def similarity(self, number: int, peak: tuple[int, int] = (12, 10)) -> str:
        """A map of 24 x 20 cells of 4 x 4 pixels each, dark but for one bright block; returns its name."""
        levels = np.full((HEIGHT // 4, WIDTH // 4), 51, np.uint8)
        levels[peak[1] - 1 : peak[1] + 2, peak[0] - 1 : peak[0] + 2] = 204
        (self.out / "similarity").mkdir(exist_ok=True)
        assert cv2.imwrite(str(self.out / "similarity" / f"{number}.png"), levels)
        return f"similarity/{number}.png"

    def reference(self, number: int, **fields: Any) -> dict[str, Any]:
        """An entry of the summary's references with its files: the instance's square, marked with a box and a point."""
        (self.out / "references").mkdir(exist_ok=True)
        name = f"references/{number}"
        self.photo(f"ref{number}.png").rename(self.out / f"{name}.jpg")
        mask = np.zeros((HEIGHT, WIDTH), np.uint8)
        mask[20:60, 30:70] = 255
        assert cv2.imwrite(str(self.out / f"{name}-mask.png"), mask)
        (self.out / self.similarity(number)).rename(self.out / f"{name}-similarity.png")
        return {
            "name": f"ref{number}.jpg",
            "sha256": "0" * 64,
            "picture": f"{name}.jpg",
            "mask": f"{name}-mask.png",
            "similarity": f"{name}-similarity.png",
            "width": WIDTH,
            "height": HEIGHT,
            "points": [
                {"x": 40.0, "y": 30.0, "positive": True, "marked": True},
                {"x": 60.0, "y": 50.0, "positive": True, "marked": False},
                {"x": 10.0, "y": 10.0, "positive": False, "marked": False},
            ],
            "box": [30, 20, 40, 40],
        } | fields

    def reject(self, number: int, reason: str, detail: str, **fields: Any) -> Instance:
        """A rejected instance; its photo is for the test to write."""
        row = instance(number, reason=reason, detail=detail, **fields)
        self.rejected.append(row)
        return row

    def save(self) -> None:
        """Write the manifest and the rejects, one part each."""
        parts = (("manifest", self.accepted, MANIFEST_SCHEMA), ("rejects", self.rejected, REJECTS_SCHEMA))
        for name, rows, schema in parts:
            (self.out / name).mkdir(exist_ok=True)
            write_part(self.out / name / part_name(0), rows, schema)

    def summary(self) -> dict[str, Any]:
        """What `pipelines.labelling.summary` would say, and a made-up comparison with true alphas."""
        reasons: dict[str, int] = {}
        for row in self.rejected:
            reasons[str(row.reason)] = reasons.get(str(row.reason), 0) + 1
        return {
            "dataset": "toy",
            "split": "val",
            "counts": {"accepted": len(self.accepted), "rejected": len(self.rejected), "images": 1234},
            "rejects_by_reason": reasons,
            "config": {"quality": {"min_area": 1024, "min_mask_iou": 0.75, "max_unknown_fraction": 0.75}},
            "truth": {
                "mask": {"sad": 512.25, "mse": 0.0123},
                "matte": {"sad": 211.5, "mse": 0.0042},
                "region": "whole image",
                "instances": 3,
                "matte_better": 2,
            },
        }


@pytest.fixture
def empty(tmp_path: Path) -> Folder:
    """Folders without any instance."""
    folder = Folder(tmp_path / "out", tmp_path / "images")
    folder.out.mkdir()
    folder.images.mkdir()
    return folder


@pytest.fixture
def folder(empty: Folder) -> Folder:
    """Three mattes, one with an accessory, and four rejects, two of them without a photo."""
    empty.accept(1, mask_iou=0.95, mask_area=1500)
    empty.accept(2, mask_iou=0.80, mask_area=3000, accessory_annotation_ids=[9], accessory_categories=["handbag"])
    empty.accept(3, mask_iou=0.99, mask_area=2000, sam_iou=0.97)
    empty.photo("4.png")
    empty.reject(4, "too_small", "mask area 12 px, expected at least 1024", mask_area=12)
    empty.photo("5.png")
    empty.reject(5, "too_small", "mask area 30 px, expected at least 1024", mask_area=30)
    empty.reject(6, "image_missing", "6.png is not in the image folder", mask_rle=None, mask_area=None, bbox=None)
    evil = f"{EVIL}{QUOTES}.png"
    empty.reject(7, "path_escapes", f"file name {evil} is bad", image_path=evil, category=QUOTES, mask_rle=None)
    empty.save()
    return empty


@pytest.fixture
def propagation(empty: Folder) -> Folder:
    """A propagation run: two mattes, an image without the object, and one whose mask was refused."""
    for number, score in ((1, 0.75), (2, 0.5)):
        prompts = [prompt(40, 30), prompt(60, 50, used=False), prompt(24, 14, positive=False)]
        empty.accept(number, **_origin(number, empty.similarity(number), object_score=score, prompts=prompts))
    tried = [prompt(40, 30, used=False), prompt(60, 50, used=False), prompt(10, 10, positive=False, used=False)]
    found = _origin(3, empty.similarity(3), object_score=0.25, prompts=tried)
    empty.photo("3.png")
    empty.reject(3, "object_not_found", "best 0.25", bbox=None, mask_rle=None, mask_area=None, **found)
    empty.photo("4.png")
    empty.reject(4, "too_small", "12 px", **_origin(4, empty.similarity(4), object_score=0.6, prompts=tried))
    empty.save()
    return empty


def _origin(number: int, similarity: str, **fields: Any) -> dict[str, Any]:
    """What every row of a propagation run says."""
    return {
        "reference_path": f"ref{number}.jpg",
        "reference_sha256": "1" * 64,
        "features": "dense-sift (1)",
        "segmenter": "grabcut (1)",
        "similarity_path": similarity,
    } | fields
