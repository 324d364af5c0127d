"""Shared fixtures: a tiny COCO dataset made on the spot, and the job without Prefect around it."""

import json
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from flows.job import finish, open_output
from flows.workers.worker import run_shard
from pipelines.config import CocoMattingConfig
from pipelines.records import Instance
from pipelines.storage import stores
from pipelines.storage.current import current, current_folder
from pipelines.storage.files import is_local, read_whole
from pipelines.storage.lock import locked
from pipelines.storage.manifest import read_folder
from pipelines.storage.versions import folder_of

# Started in the background by a shell, or by nohup, Ctrl-C would be ignored, here and in what the tests start.
signal.signal(signal.SIGINT, signal.default_int_handler)

SHARED = Path(__file__).resolve().parents[2] / "shared"
CATEGORIES = [{"id": 1, "name": "person"}, {"id": 31, "name": "handbag"}, {"id": 18, "name": "dog"}]


def square(x: int, y: int, side: int) -> list[list[float]]:
    """A square as COCO polygons."""
    return [[x, y, x + side, y, x + side, y + side, x, y + side]]


class Dataset:
    """A COCO dataset in a folder that tests build up and break."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.images = root / "images"
        self.images.mkdir(parents=True)
        self.annotations = root / "instances_test.json"
        self.coco: dict[str, Any] = {
            "images": [],
            "annotations": [],
            "categories": [dict(category) for category in CATEGORIES],
        }

    def add_image(self, image_id: int, name: str | None = None, width: int = 96, height: int = 80) -> Path:
        """A noisy picture with a bright square; returns its path."""
        name = name or f"{image_id:012d}.png"
        rng = np.random.default_rng(image_id)
        pixels = rng.integers(0, 60, (height, width, 3), np.uint8)
        pixels[16:64, 20:68] += 150
        cv2.imwrite(str(self.images / name), pixels)
        self.coco["images"].append({"id": image_id, "file_name": name, "width": width, "height": height})
        return self.images / name

    def annotate(self, image_id: int, segmentation: Any = None, **fields: Any) -> int:
        """A person unless told otherwise; returns the annotation id."""
        ident = len(self.coco["annotations"]) + 1
        segmentation = square(20, 16, 48) if segmentation is None else segmentation
        entry = {"id": ident, "image_id": image_id, "category_id": 1, "iscrowd": 0, "segmentation": segmentation}
        self.coco["annotations"].append(entry | fields)
        return int(entry["id"]) if "id" not in fields else int(fields["id"])

    def person(self, image_id: int, **fields: Any) -> int:
        """An image with one good person in it."""
        self.add_image(image_id)
        return self.annotate(image_id, **fields)

    def save(self) -> Path:
        self.annotations.write_text(json.dumps(self.coco))
        return self.annotations

    def config(self, **settings: Any) -> CocoMattingConfig:
        self.save()
        given = {"annotations": self.annotations, "images": self.images, "out": self.root / "out"} | settings
        return CocoMattingConfig(**given)


@pytest.fixture
def one_thread() -> Iterator[None]:
    """Torch on one thread: on small networks more of them only wait for each other."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def dataset(tmp_path: Path) -> Dataset:
    return Dataset(tmp_path / "data")


def label(config: CocoMattingConfig, *, report: bool = False) -> dict[str, Any]:
    """The job in this process; returns the summary, and leaves the report out unless asked for it."""
    if not report:
        config = config.model_copy(update={"report": config.report.model_copy(update={"max_instances": 0})})
    with locked(config.out):
        opened = open_output(config)
        for job in opened.plan.jobs:
            run_shard(job)
        return finish(config, opened)


@pytest.fixture
def run() -> Callable[..., dict[str, Any]]:
    return label


def mattes(config: CocoMattingConfig) -> list[Instance]:
    return read_folder(current_folder(config.out))


def rejects(config: CocoMattingConfig) -> list[Instance]:
    return read_folder(current_folder(config.out, "rejects"))


def tree(out: Path) -> dict[str, bytes]:
    """Every result file and its bytes, whatever number the current version has.

    The current version's parts are ``manifest/...`` and ``rejects/...``; other versions stand as they are, so that a
    folder with a past is like one without where ``keep_versions`` is 1. The program's notes below .work are no results.
    """
    now = current(out)
    found = {name: read_whole(out / name) for name in files_below(out) if not name.startswith(".work/")}
    if now is not None:
        folder = f"{folder_of(Path(), now)}/"
        found = {name.removeprefix(folder): content for name, content in found.items() if name != "current.json"}
    for name in {"version.json", "summary.json"} & found.keys():
        raw = json.loads(found[name])
        raw.pop("version", None)
        found[name] = json.dumps(raw).encode()
    return found


def files_below(folder: Path) -> list[str]:
    """Names of all files below a folder, local or not, relative to it; folders that are links are not entered."""
    if not is_local(folder):
        return sorted(stores.below(folder))
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
