"""Make a set of foregrounds, or go on with it."""

import hashlib
import json
import os
import shutil
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipelines.errors import UserError
from pipelines.sample.disk import encoded
from pipelines.storage.files import write_whole
from pipelines.storage.lock import disk_errors, locked
from pipelines.studio import manifest
from pipelines.studio.develop import developed, read_pass, sides_cut
from pipelines.studio.environment import Environment, probed
from pipelines.studio.kinds import NEED_BODY, VERSIONS
from pipelines.studio.plan import Shot, shot
from pipelines.studio.settings import Settings, keep_settings
from pipelines.studio.workers import Crew, Taken

LEAST = 0.004
"""Mean alpha below which there is nothing to learn from a foreground."""

Tell = Callable[[int, int], None]
"""Told how many foregrounds stand and how many there will be."""


@dataclass(slots=True)
class Result:
    """What a run did.

    Attributes:
        made: foregrounds of this run, by kind.
        seconds: of processors they took, by kind.
        stood: foregrounds that were there.
        failed: names with reasons.
        left_out: foregrounds that need the body data, which are not there.
    """

    made: Counter[str] = field(default_factory=Counter)
    seconds: Counter[str] = field(default_factory=Counter)
    stood: int = 0
    failed: dict[str, str] = field(default_factory=dict)
    left_out: int = 0


def make_foregrounds(settings: Settings, tell: Tell = lambda stand, total: None) -> Result:
    """Render what a set lacks.

    Foreground n depends on the seed, the shares and n alone. Each picture appears whole or not at all, its row after
    it, so that a run stopped at any moment goes on where it was; failures are rows of ``rejects`` and tried again by
    the next run.

    Args:
        settings: of the set.
        tell: called after every foreground.

    Raises:
        UserError: no usable environment, another set in the folder, another run at work, or a disk that refuses.
    """
    environment = probed(settings.python)
    with locked(settings.out), disk_errors(settings.out):
        keep_settings(settings)
        return _Run(settings, environment, tell).go()


class _Run:
    def __init__(self, settings: Settings, environment: Environment, tell: Tell) -> None:
        self._settings, self._environment, self._tell = settings, environment, tell
        out = settings.out
        self._rows = manifest.Table(out / "manifest", manifest.SCHEMA)
        self._rejects = manifest.Table(out / "rejects", manifest.REJECTS_SCHEMA)
        self._result = Result()
        (out / "foregrounds").mkdir(exist_ok=True)
        shutil.rmtree(out / ".work" / "shots", ignore_errors=True)

    def go(self) -> Result:
        todo = self._todo()
        self._tell(self._result.stood, self._settings.count)
        threads = max(1, (os.cpu_count() or 1) // self._settings.workers)
        crew = Crew(self._settings, threads)
        try:
            for taken in crew.take(todo):
                self._settle(taken)
                shutil.rmtree(taken.folder, ignore_errors=True)
                self._tell(self._result.stood + self._result.made.total(), self._settings.count)
        finally:
            crew.stop()
        return self._result

    def _todo(self) -> list[Shot]:
        """Shots without a row and a file that stand."""
        todo = []
        for number in range(self._settings.count):
            wanted = shot(self._settings.seed, number, self._settings.shares)
            row = self._rows.rows.get(number)
            if row and row["generator_version"] == VERSIONS[wanted.kind] and manifest.stands(self._settings.out, row):
                self._result.stood += 1
            elif wanted.kind in NEED_BODY and not self._environment.body:
                self._result.left_out += 1
            else:
                todo.append(wanted)
        return todo

    def _settle(self, taken: Taken) -> None:
        """Write a foreground and its row, or the row of its failure."""
        if taken.made is None:
            self._reject(taken.shot, taken.reason, taken.detail)
            return
        try:
            pixels = picture(taken.folder)
        except UserError as error:
            self._reject(taken.shot, "damaged", str(error))
            return
        if pixels[..., 3].mean() / 255 < LEAST:
            self._reject(taken.shot, "empty", f"mean alpha {pixels[..., 3].mean() / 255:.5f}, expected {LEAST} or more")
            return
        self._keep(taken.shot, taken.made, pixels)

    def _keep(self, shot: Shot, made: dict[str, Any], pixels: NDArray[np.uint8]) -> None:
        content = encoded(pixels, "PNG", compress_level=6)
        file = f"foregrounds/{shot.name}.png"
        write_whole(self._settings.out / file, content)
        self._rows.put(_row(shot, made, pixels, content, file, self._environment))
        self._rejects.drop(shot.number)
        self._result.made[shot.kind] += 1
        self._result.seconds[shot.kind] += sum(made["cpu_seconds"].values())

    def _reject(self, shot: Shot, reason: str, detail: str) -> None:
        self._rejects.put(_identity(shot) | {"reason": reason, "detail": detail})
        self._result.failed[shot.name] = f"{reason}: {detail}"


def picture(folder: Path) -> NDArray[np.uint8]:
    """The foreground of a folder of passes, (H, W, 4) uint8.

    Raises:
        UserError: a pass is missing or damaged.
    """
    colour = read_pass(folder / "colour.png")
    exact = folder / "coverage.png"
    return developed(colour, read_pass(exact)[..., 3] if exact.exists() else colour[..., 3])


def _identity(shot: Shot) -> manifest.Row:
    return {
        "number": shot.number, "name": shot.name, "kind": shot.kind, "seed": shot.seed,
        "generator_version": VERSIONS[shot.kind], "schema_version": manifest.SCHEMA_VERSION,
    }  # fmt: skip


def _row(
    shot: Shot, made: dict[str, Any], pixels: NDArray[np.uint8], content: bytes, file: str, environment: Environment
) -> manifest.Row:
    alpha = pixels[..., 3]
    parameters = {name: made[name] for name in ("subject", "camera", "light")}
    return _identity(shot) | {
        "file": file,
        "width": alpha.shape[1],
        "height": alpha.shape[0],
        "sides_cut": sides_cut(alpha),
        "coverage": float(alpha.mean() / 255),
        "soft_fraction": float(((alpha > 0) & (alpha < 255)).mean()),
        "effects": made["effects"],
        "parameters": json.dumps(parameters, sort_keys=True),
        "cpu_seconds": float(sum(made["cpu_seconds"].values())),
        "licence": manifest.LICENCE,
        "sources": environment.sources(made["light"]["surrounding"], shot.kind in NEED_BODY),
        "bytes": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
    }
