"""From rows to the numbers of a table."""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from matting_models.evaluation.judge import Row
from matting_models.evaluation.protocols import COLUMNS, Protocol
from matting_models.metrics import mean_of_images
from matting_models.metrics.imq import FORMS

ENTITY_COLUMNS = ("sad", "mse", "mad")
"""Also averaged by image where images have several mattes (RefMatte)."""

INSTANCES = ("true positive", "false positive", "false negative")


@dataclass(frozen=True, slots=True)
class Summary:
    """One method on one test set by one protocol.

    Attributes:
        method: its name.
        dataset: title of the test set.
        protocol, region, scale: how mattes were compared.
        values: means by column: of ``COLUMNS``, ``sad_e`` and the like (by image), or ``imq_mad`` and so on.
        counts: ``evaluated`` and ``without score`` samples, ``images``, and of instances true positives and so on.
        published: number of samples that the published test set has; 0 if it is none.
        mse_factor: that tables multiply MSE by.
    """

    method: str
    dataset: str
    protocol: str
    region: str
    scale: str
    values: dict[str, float]
    counts: dict[str, int]
    published: int = 0
    mse_factor: int = 1

    def as_json(self) -> dict[str, Any]:
        """Plain values; what has no value is None."""
        plain = asdict(self)
        plain["values"] = {name: None if math.isnan(value) else value for name, value in self.values.items()}
        return plain

    @classmethod
    def from_json(cls, content: dict[str, Any]) -> "Summary":
        """What ``as_json`` gave."""
        values = {name: math.nan if value is None else value for name, value in content["values"].items()}
        return cls(**{**content, "values": values})

    @property
    def notes(self) -> list[str]:
        """What a reader of the numbers must know."""
        evaluated, without = self.counts["evaluated"], self.counts["without score"]
        notes = []
        if without:
            notes.append(f"{without} of {evaluated + without} samples have no score and are not in the means")
        if self.published and evaluated + without != self.published:
            notes.append(f"{evaluated + without} samples, while the published test set has {self.published}")
        return notes


def summarise(
    rows: Sequence[Sequence[Row]], protocol: Protocol, method: str, dataset: str, published: int = 0
) -> Summary:
    """Means over all that have a score.

    Args:
        rows: of every sample.
        protocol: by which they were judged.
        method, dataset, published: see ``Summary``.
    """
    judged = [some for some in rows if not any(row.get("reason") for row in some)]
    flat = [row for some in judged for row in some]
    counts = {
        "evaluated": len(judged),
        "without score": len(rows) - len(judged),
        "images": len({row["image_id"] for row in flat}),
    }
    if any("instance" in row for row in flat):
        counts |= {kind: sum(row["instance"] == kind for row in flat) for kind in INSTANCES}
        values = _instance_quality(flat, counts)
    else:
        values = _means(flat, protocol)
    about = (protocol.name, protocol.region, protocol.scale)
    return Summary(method, dataset, *about, values, counts, published, protocol.mse_factor)


def _means(rows: Sequence[Row], protocol: Protocol) -> dict[str, float]:
    values = {}
    for name in protocol.columns:
        known = [row[name] for row in rows if row[name] is not None]
        values[name] = math.fsum(known) / len(known) if known else math.nan
    images = [row["image_id"] for row in rows]
    if len(set(images)) < len(images) and not protocol.of_trimaps:
        values |= {f"{name}_e": mean_of_images([row[name] for row in rows], images) for name in ENTITY_COLUMNS}
    return values


def _instance_quality(rows: Sequence[Row], counts: dict[str, int]) -> dict[str, float]:
    found, invented, missed = (counts[kind] for kind in INSTANCES)
    denominator = found + 0.5 * invented + 0.5 * missed
    return {
        f"imq_{form}": math.fsum(row.get(f"similarity_{form}") or 0.0 for row in rows) / denominator for form in FORMS
    }


def heading(column: str) -> str:
    """How tables head a value."""
    if column.startswith("imq_"):
        return f"IMQ {column[4:]}"
    if column.endswith("_e"):
        return f"{COLUMNS[column[:-2]]}(E)"
    return COLUMNS[column]
