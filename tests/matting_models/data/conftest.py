"""Small training data on disk, made by the labelling job itself or written as the public data sets are."""

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from matting_models.data.pairs_source import PairsSource
from matting_models.data.sample import BadSample, Sample
from tests.conftest import Dataset, label


@pytest.fixture
def labelled(tmp_path: Path) -> tuple[Path, Path]:
    """Manifest and images folders of six photos with a person each, written by the labelling job."""
    dataset = Dataset(tmp_path / "coco")
    for ident in range(1, 7):
        dataset.person(ident)
    config = dataset.config()
    label(config)
    return config.out / "manifest", dataset.images


def write_pairs(root: Path, names: tuple[str, ...] = ("a", "b", "c", "d"), height: int = 40, width: int = 60) -> Path:
    """Photos in ``root/image`` and alphas of a soft disc in ``root/alpha``."""
    for folder in ("image", "alpha"):
        (root / folder).mkdir(parents=True, exist_ok=True)
    for number, name in enumerate(names):
        photo = np.random.default_rng(number).integers(0, 256, (height, width, 3), np.uint8)
        alpha = np.zeros((height, width), np.uint8)
        cv2.circle(alpha, (width // 2, height // 2), height // 4 + number, 255, -1, cv2.LINE_AA)
        cv2.imwrite(str(root / "image" / f"{name}.jpg"), photo)
        cv2.imwrite(str(root / "alpha" / f"{name}.png"), alpha)
    return root


@pytest.fixture
def pairs(tmp_path: Path) -> PairsSource:
    root = write_pairs(tmp_path / "pairs")
    return PairsSource(root / "image", root / "alpha")


class Broken:
    """Another source of which some rows cannot be used."""

    def __init__(self, source: PairsSource, bad: set[int]) -> None:
        self._source, self._bad = source, bad
        self.name = "broken"

    def __len__(self) -> int:
        return len(self._source)

    def sample_id(self, row: int) -> str:
        return self._source.sample_id(row)

    def group(self, row: int) -> str:
        return self._source.group(row)

    def load(self, row: int, rng: np.random.Generator) -> Sample:
        if row in self._bad:
            raise BadSample(f"row {row}", f"file {row} is torn")
        return self._source.load(row, rng)

    def subset(self, rows: object) -> "Broken":
        raise NotImplementedError


def disc(height: int = 60, width: int = 90, radius: int = 15) -> np.ndarray:
    """A soft disc left of the middle."""
    alpha = np.zeros((height, width), np.uint8)
    cv2.circle(alpha, (width // 3, height // 2), radius, 255, -1)
    return cv2.GaussianBlur(alpha, (0, 0), 1.5)


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def write_foregrounds(root: Path) -> Path:
    """A set of three foregrounds (red, green, blue discs) in ``root/set`` and grey photos in ``root/backgrounds``."""
    (root / "set/foregrounds").mkdir(parents=True)
    (root / "set/manifest").mkdir()
    (root / "backgrounds").mkdir()
    for place, name in enumerate("abc"):
        pixels = np.zeros((120, 160, 4), np.uint8)
        pixels[:, :, 2 - place] = 220
        pixels[:, :, 3] = cv2.circle(np.zeros((120, 160), np.uint8), (80, 60), 40, 255, -1)
        cv2.imwrite(str(root / f"set/foregrounds/{name}.png"), pixels)
    files = [f"foregrounds/{name}.png" for name in "abc"]
    table = pa.table({"file": files, "kind": ["disc"] * 3, "licence": ["CC0-1.0"] * 3})
    pq.write_table(table, root / "set/manifest/part-00000.parquet")
    for grey in (0, 90, 180):
        cv2.imwrite(str(root / "backgrounds" / f"{grey}.png"), np.full((90, 130, 3), grey, np.uint8))
    return root


def write_coco(root: Path, *more: dict[str, Any]) -> Path:
    """A photo of 160 x 120 with a square polygon (annotation 7) and a true alpha, and backgrounds; see the code."""
    for folder in ("images", "truth", "backgrounds"):
        (root / folder).mkdir(parents=True)
    photo = np.random.default_rng(0).integers(100, 120, (120, 160, 3), np.uint8)
    photo[20:100, 40:120] = (40, 60, 220)
    cv2.imwrite(str(root / "images/p.png"), photo)
    cv2.imwrite(str(root / "backgrounds/b.png"), np.full((90, 130, 3), 90, np.uint8))
    alpha = np.zeros((120, 160), np.uint8)
    alpha[20:100, 40:120] = 255
    cv2.imwrite(str(root / "truth/7.png"), alpha)
    square = {"id": 7, "image_id": 1, "area": 6400, "iscrowd": 0}
    square["segmentation"] = [[40, 20, 119, 20, 119, 99, 40, 99]]  # type: ignore[assignment]
    content = {
        "images": [{"id": 1, "file_name": "p.png", "height": 120, "width": 160}],
        "annotations": [square, *({**square, **changes} for changes in more)],
    }
    (root / "coco.json").write_text(json.dumps(content))
    return root
