"""What a run leaves to look at: metrics.jsonl, pictures, and TensorBoard's files where TensorBoard is installed."""

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

METRICS_FILE = "metrics.jsonl"


class Monitor:
    """Writes scalars and pictures of one run.

    Args:
        out: the run's folder.
        start: iterations done; later rows of an interrupted run are cut off.

    Attributes:
        tensorboard: whether TensorBoard's files are written too.
    """

    def __init__(self, out: Path, start: int) -> None:
        self._out = out
        _cut(out / METRICS_FILE, start)
        self._metrics = (out / METRICS_FILE).open("a", encoding="utf-8")
        self._writer = _tensorboard(out / "tensorboard", start)
        self.tensorboard = self._writer is not None

    def scalars(self, step: int, values: dict[str, Any]) -> None:
        """Add a row; numbers also go to TensorBoard."""
        self._metrics.write(json.dumps({"step": step, **values}) + "\n")
        self._metrics.flush()
        if self._writer is not None:
            for name, value in values.items():
                if isinstance(value, int | float):
                    self._writer.add_scalar(name.replace("validation_", "validation/"), value, step)

    def picture(self, step: int, sheet: NDArray[np.uint8]) -> Path:
        """Write a sheet, (H, W, 3) uint8 RGB; returns its path."""
        path = self._out / "pictures" / f"step-{step:07d}.jpg"
        path.parent.mkdir(exist_ok=True)
        cv2.imwrite(str(path), sheet[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, 92])
        if self._writer is not None:
            self._writer.add_image("validation", sheet, step, dataformats="HWC")
        return path

    def close(self) -> None:
        """Flush and close."""
        self._metrics.close()
        if self._writer is not None:
            self._writer.close()


def _cut(path: Path, start: int) -> None:
    """Drop rows after ``start``, and a last line that a crash cut short."""
    if not path.exists():
        return
    kept = []
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            row = json.loads(line)
        except ValueError:
            continue
        if row["step"] <= start and start > 0:
            kept.append(line + "\n")
    path.write_text("".join(kept), encoding="utf-8")


def _tensorboard(folder: Path, start: int) -> Any:
    """A writer, or None: TensorBoard is not part of every GPU image."""
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ModuleNotFoundError:
        return None
    # The row of the step that a run goes on from stays.
    return SummaryWriter(str(folder), purge_step=start + 1 if start else 0)
