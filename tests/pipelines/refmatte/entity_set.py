"""A folder of tiny foregrounds with names, and one of backgrounds, that tests build up and break."""

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.refmatte.config import RefMatteConfig

RED, GREEN, BLUE, WHITE = (220, 20, 60), (0, 128, 0), (0, 0, 255), (255, 255, 255)
SMALL = {"side": 160, "min_background": 100, "harmonise": 0.0}
"""Composition at a size that tests have time for."""


class EntitySet:
    """Discs with a soft rim."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.foregrounds, self.backgrounds = root / "set", root / "backgrounds"
        for folder in (self.foregrounds / "foregrounds", self.foregrounds / "manifest", self.backgrounds):
            folder.mkdir(parents=True)
        self.rows: list[dict[str, Any]] = []

    def add(self, category: str, group: str, colour: tuple[int, int, int]) -> Path:
        """Returns the picture's path."""
        name = f"foregrounds/{category.replace(' ', '_')}_{len(self.rows)}.png"
        alpha = np.zeros((60, 60), np.uint8)
        cv2.circle(alpha, (30, 30), 24, 255, -1)
        alpha = cv2.GaussianBlur(alpha, (7, 7), 0)
        rgba = np.dstack([np.full((60, 60, 3), colour[::-1], np.uint8), alpha])
        cv2.imwrite(str(self.foregrounds / name), rgba)
        attributes: list[dict[str, str]] = []
        self.rows.append(
            {"file": name, "kind": category, "licence": "CC0-1.0", "category": category, "group": group,
             "attributes": attributes}
        )  # fmt: skip
        return self.foregrounds / name

    def background(self, name: str, size: tuple[int, int] = (160, 120)) -> Path:
        """Noise of (width, height); returns its path."""
        rng = np.random.default_rng(len(name))
        cv2.imwrite(str(self.backgrounds / name), rng.integers(60, 120, (size[1], size[0], 3), np.uint8))
        return self.backgrounds / name

    def fill(self) -> "EntitySet":
        """People, animals and things of three colours each, and four backgrounds."""
        kinds = (("person", "human"), ("dog", "animal"), ("ball", "object"))
        for colour in (RED, GREEN, BLUE, WHITE):
            for category, group in kinds:
                self.add(category, group, colour)
        for number in range(4):
            self.background(f"{number}.png")
        return self

    def save(self) -> None:
        struct = pa.struct([("name", pa.string()), ("value", pa.string())])
        schema = pa.schema(
            [(name, pa.string()) for name in ("file", "kind", "licence", "category", "group")]
            + [("attributes", pa.list_(struct))]
        )
        path = self.foregrounds / "manifest" / "part-00000.parquet"
        pq.write_table(pa.Table.from_pylist(self.rows, schema), path)

    def config(self, **settings: Any) -> RefMatteConfig:
        self.save()
        given: dict[str, Any] = {
            "foregrounds": (self.foregrounds,), "backgrounds": self.backgrounds, "out": self.root / "out",
            "count": 12, "images_per_shard": 4, "composition": SMALL, "planning": {"long_tail": 0},
            "report": {"max_instances": 4},
        }  # fmt: skip
        return RefMatteConfig(**given | settings)
