"""Build the entities on disk: cut-out foregrounds in the layout of ``make foregrounds``, and backgrounds."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pipelines.sample.disk import encoded, is_complete, mark_complete, to_bytes
from pipelines.sample.entities.manifest import Row, as_parquet, row
from pipelines.sample.entities.plan import PLANS
from pipelines.sample.entities.scenes import SCENES
from pipelines.sample.entities.sheet import blank, finished
from pipelines.storage.files import write_whole

ENTITIES_VERSION = 1
"""Raise when the pictures change: samples of another version are built anew."""
_MARKER = "entities.json"


@dataclass(frozen=True, slots=True)
class EntitiesPaths:
    """Where the entities lie.

    Attributes:
        foregrounds: folder of RGBA PNGs with straight colours, ``<category>_<number>.png``.
        manifest: Parquet with a row for each, see ``manifest.SCHEMA``; files are named relative to its folder's parent.
        backgrounds: folder of JPEGs in which none of the entities is.
    """

    foregrounds: Path
    manifest: Path
    backgrounds: Path


def build_entities(out: Path, seed: int = 0) -> EntitiesPaths:
    """Build people, animals and things with exact alpha to compose images of, and backgrounds.

    Everything follows from the seed. A complete sample of this version and seed is left as it is; an interrupted or
    damaged one is built anew.

    Args:
        out: folder to write, made if missing.
        seed: of all random choices.
    """
    paths = EntitiesPaths(out / "foregrounds", out / "manifest" / "part-00000.parquet", out / "backgrounds")
    marker = out / _MARKER
    wanted = {"version": ENTITIES_VERSION, "seed": seed}
    if is_complete(marker, wanted):
        return paths
    marker.unlink(missing_ok=True)
    for folder in (paths.foregrounds, paths.manifest.parent, paths.backgrounds):
        folder.mkdir(parents=True, exist_ok=True)
    for stale in (*paths.foregrounds.glob("*.png"), *paths.backgrounds.glob("*.jpg")):
        stale.unlink()
    write_whole(paths.manifest, as_parquet(_draw_foregrounds(paths.foregrounds, seed)), durable=False)
    _draw_backgrounds(paths.backgrounds, seed)
    pictures = sorted((*paths.foregrounds.glob("*.png"), *paths.backgrounds.glob("*.jpg")))
    mark_complete(marker, wanted, (paths.manifest, *pictures))
    return paths


def _draw_foregrounds(folder: Path, seed: int) -> list[Row]:
    rows: list[Row] = []
    drawn: Counter[str] = Counter()
    for number, plan in enumerate(PLANS):
        # Every other one of a category looks to the other side.
        sheet = blank(*plan.size, plan.unit, np.random.default_rng([seed, number]), flip=drawn[plan.category] % 2 == 1)
        plan.draw(sheet)
        drawn[plan.category] += 1
        pixels = finished(sheet)
        content = encoded(pixels, "PNG", compress_level=2)
        path = folder / f"{plan.category.replace(' ', '_')}_{drawn[plan.category]:02d}.png"
        write_whole(path, content, durable=False)
        rows.append(row(number, f"{folder.name}/{path.name}", plan, pixels, content))
    return rows


def _draw_backgrounds(folder: Path, seed: int) -> None:
    for number, scene in enumerate(SCENES):
        rng = np.random.default_rng([seed, 1, number])
        pixels = to_bytes(scene.draw(*scene.size, rng))
        path = folder / f"{scene.name.replace(' ', '_')}.jpg"
        write_whole(path, encoded(pixels, "JPEG", quality=92), durable=False)
