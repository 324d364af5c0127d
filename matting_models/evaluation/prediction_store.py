"""A model's predictions on disk, and what each was made from, so that only what changed is predicted again."""

import hashlib
import json
import shutil
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from matting_models.evaluation.predictions import Task
from matting_models.evaluation.rows import stamps
from matting_models.evaluation.samples import Sample
from pipelines.storage.files import PARTIAL, write_whole

VERSION = 2
"""Of how predictions are made; those of another version are made again."""


class PredictionStore:
    """``<id>.png`` a sample, or a folder ``<id>/`` of PNGs where samples have instances, 8 bits.

    A prediction counts as done while model, settings, prompt, photo, truth (which is the box), trimap and mask are as
    they were. What could not be predicted is tried again.

    Args:
        folder: made if need be.
        settings: what every prediction depends on: model, weights, scale and so on.
        prompts: what single ones depend on besides their files, by the sample's id.
    """

    def __init__(self, folder: Path, settings: dict[str, object], prompts: Mapping[str, object] | None = None) -> None:
        self.folder = folder
        self._made = folder / ".made"
        self._settings = json.dumps([VERSION, settings], sort_keys=True)
        self._prompts = prompts or {}
        self._made.mkdir(parents=True, exist_ok=True)

    def is_done(self, sample: Sample) -> bool:
        """Whether the sample's prediction stands and is up to date."""
        return self._reason(sample) == "" and self._target(sample).exists()

    def begin(self, sample: Sample) -> str:
        """Forget a sample's old prediction; returns the key to keep the new one by, of its files as they are now."""
        self._record_path(sample).unlink(missing_ok=True)
        return self._key(sample)

    def save(self, sample: Sample, key: str, alphas: Sequence[NDArray[np.float32]]) -> None:
        """Keep a prediction: one alpha, any number where the sample has instances."""
        target = self._target(sample)
        target.parent.mkdir(parents=True, exist_ok=True)
        if sample.instances:
            _write_folder(target, alphas)
        else:
            _write(target, alphas[0])
        self._record(sample, key, "")

    def fail(self, sample: Sample, key: str, reason: str) -> None:
        """Keep why there is no prediction."""
        self._record(sample, key, reason)

    def tasks(self, samples: Iterable[Sample]) -> list[Task]:
        """Samples with their predictions, in order."""
        return [self._task(sample) for sample in samples]

    def _task(self, sample: Sample) -> Task:
        target, reason = self._target(sample), self._reason(sample)
        if reason != "" or not target.exists():
            return Task(sample, (), reason or "not predicted")
        return Task(sample, tuple(sorted(target.glob("[0-9]*.png"))) if sample.instances else (target,))

    def _target(self, sample: Sample) -> Path:
        return self.folder / (sample.id if sample.instances else f"{sample.id}.png")

    def _key(self, sample: Sample) -> str:
        files = stamps([sample.image, sample.trimap, *sample.truths, *([sample.mask] if sample.mask else [])])
        parts = [self._settings, self._prompts.get(sample.id), sample.id, *files]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:24]

    def _reason(self, sample: Sample) -> str | None:
        """Empty where a prediction was made, None where nothing was tried with these files and settings."""
        try:
            record = json.loads(self._record_path(sample).read_bytes())
        except (FileNotFoundError, ValueError):
            return None
        if not isinstance(record, dict) or record.get("key") != self._key(sample):
            return None
        return str(record.get("reason"))

    def _record(self, sample: Sample, key: str, reason: str) -> None:
        record = {"sample_id": sample.id, "key": key, "reason": reason}
        write_whole(self._record_path(sample), json.dumps(record).encode(), durable=False)

    def _record_path(self, sample: Sample) -> Path:
        return self._made / f"{hashlib.sha256(sample.id.encode()).hexdigest()[:24]}.json"


def _write_folder(target: Path, alphas: Sequence[NDArray[np.float32]]) -> None:
    """All instances of an image, or none."""
    beside = target.with_name(f".{target.name}{PARTIAL}")
    for old in (beside, target):
        shutil.rmtree(old, ignore_errors=True)
    beside.mkdir()
    for index, alpha in enumerate(alphas):
        _write(beside / f"{index:02d}.png", alpha)
    beside.replace(target)


def _write(path: Path, alpha: NDArray[np.float32]) -> None:
    # Rounded as the SEMat authors' evaluation does.
    write_whole(path, cv2.imencode(".png", np.floor(alpha * 255 + 0.5).astype(np.uint8))[1].tobytes(), durable=False)
