"""A small textured object on backgrounds of its own, for propagation tests; and the job without Prefect around it."""

from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from flows.job import finish, open_targets
from flows.workers.propagation_worker import _loaded, prepare_references, run_propagation_shard
from pipelines.propagation.config import PropagationConfig
from pipelines.storage.lock import locked

WIDTH, HEIGHT, SIDE = 200, 160, 64


def texture(seed: int, height: int, width: int, base: tuple[int, int, int]) -> NDArray[np.uint8]:
    """Soft random blobs around a colour."""
    noise = np.random.default_rng(seed).standard_normal((height, width, 3)).astype(np.float32)
    blobs = cv2.GaussianBlur(noise, (0, 0), 2)
    return np.clip(np.array(base) + 60 * blobs / blobs.std(), 0, 255).astype(np.uint8)


class Views:
    """A reference and a folder of targets that tests build up and break."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.targets = root / "targets"
        self.targets.mkdir(parents=True)
        self.object = texture(1, SIDE, SIDE, (170, 90, 60))
        self.reference = root / "ref.png"
        self.mask = root / "ref_mask.png"
        self.paint(self.reference, (50, 40), background=7)
        mask = np.zeros((HEIGHT, WIDTH), np.uint8)
        mask[40 : 40 + SIDE, 50 : 50 + SIDE] = 255
        cv2.imwrite(str(self.mask), mask)

    def paint(self, path: Path, *corners: tuple[int, int], background: int = 9) -> Path:
        """A picture with the object at every (x, y)."""
        pixels = texture(100 + background, HEIGHT, WIDTH, (70, 110, 120))
        for x, y in corners:
            pixels[y : y + SIDE, x : x + SIDE] = self.object
        cv2.imwrite(str(path), pixels[:, :, ::-1])
        return path

    def target(self, name: str, *corners: tuple[int, int], background: int = 9) -> Path:
        """A target with the object at every (x, y)."""
        return self.paint(self.targets / name, *corners, background=background)

    def config(self, **settings: Any) -> PropagationConfig:
        given: dict[str, Any] = {
            "marks": [{"image": self.reference, "mask": self.mask}],
            "images": self.targets,
            "out": self.root / "out",
            "cache": self.root / "cache",
            "report": {"max_instances": 0},
        }
        return PropagationConfig(**(given | settings))


def propagate(config: PropagationConfig) -> dict[str, Any]:
    """The job in this process; returns the summary."""
    _loaded.cache_clear()
    with locked(config.out):
        opened = open_targets(config)
        _, references = prepare_references(config)
        for job in opened.plan.jobs:
            run_propagation_shard(job)
        return finish(config, opened, None, {"references": references})


def reasons(config: PropagationConfig) -> dict[str, int]:
    """Why shards would be redone."""
    with locked(config.out):
        return open_targets(config).plan.reasons
