"""From rows to the numbers of a table."""

import hashlib
import math
import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from matting_models.evaluation.judge import INSTANCE_KINDS, Row
from matting_models.evaluation.protocols import COLUMNS, Protocol
from matting_models.evaluation.samples import Sample
from matting_models.metrics import InstanceMatting, mean_of_images
from matting_models.metrics.imq import FORMS

ENTITY_COLUMNS = ("sad", "mse", "mad")
"""Also averaged by image where images have several mattes (RefMatte)."""


@dataclass(frozen=True, slots=True)
class Summary:
    """One method on one test set by one protocol.

    Attributes:
        method: its name.
        dataset: title of the test set.
        protocol, region, scale: how mattes were compared.
        values: means by column: of ``COLUMNS``, ``sad_e`` and the like (by image), or ``imq_mad`` and so on.
        counts: ``evaluated`` and ``without score`` samples, ``images``; of instances true positives and so on, and
            ``images without prediction``.
        test_set: digest of the test set, by which equal ones are known whatever their folders are called.
        published: number of samples that the published test set has; 0 if it is none.
        mse_factor: that tables multiply MSE by.
        draws: how often every sample was predicted, each time from another reference; 0 where none was drawn.
        spread: by column of ``values``, the standard deviation of the draws' means.
        kinds: means of the samples with one kind of text, by kind, where there are several.
    """

    method: str
    dataset: str
    protocol: str
    region: str
    scale: str
    values: dict[str, float]
    counts: dict[str, int]
    test_set: str
    published: int = 0
    mse_factor: int = 1
    draws: int = 0
    spread: dict[str, float] = field(default_factory=dict)
    kinds: dict[str, dict[str, float]] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Plain values; what has no value is None."""
        plain = asdict(self)
        plain["values"] = _without_nan(self.values)
        plain["kinds"] = {kind: _without_nan(values) for kind, values in self.kinds.items()}
        return plain

    @classmethod
    def from_json(cls, content: dict[str, Any]) -> "Summary":
        """What ``as_json`` gave."""
        kinds = {kind: _with_nan(values) for kind, values in content.get("kinds", {}).items()}
        return cls(**{**content, "values": _with_nan(content["values"]), "kinds": kinds})

    @property
    def size(self) -> int:
        """Number of samples, with and without a score."""
        return self.counts["evaluated"] + self.counts["without score"]

    @property
    def notes(self) -> list[str]:
        """What a reader of the numbers must know."""
        notes = []
        if any(kind in self.counts for kind in INSTANCE_KINDS):
            notes.append(", ".join(f"{self.counts[kind]} {kind}s" for kind in INSTANCE_KINDS))
            if nothing := self.counts["images without prediction"]:
                notes.append(f"{nothing} of {self.size} images have no prediction: their people are false negatives")
        if without := self.counts["without score"]:
            notes.append(f"{without} of {self.size} samples have no score and are not in the means")
        if self.draws:
            shown = ", ".join(f"{heading(name)} {value:.2g}" for name, value in self.spread.items())
            notes.append(f"{self.draws} reference(s) drawn for each photo; spread of their means: {shown or 'unknown'}")
        if several := self.counts.get("beside other entities"):
            notes.append(
                f"right entity: of the {several} cases whose image has other entities, how many it overlaps most"
            )
        if self.published and self.size != self.published * max(1, self.draws):
            notes.append(f"{self.size} samples, while the published test set has {self.published}")
        return notes


def summarise(
    rows: Sequence[Sequence[Row]],
    samples: Sequence[Sample],
    protocol: Protocol,
    method: str,
    dataset: str,
    published: int = 0,
) -> Summary:
    """Means over all that have a score.

    Args:
        rows: of every sample.
        samples: the same.
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
    if samples[0].instances:
        counts |= {kind: sum(row["instance"] == kind for row in flat) for kind in INSTANCE_KINDS}
        counts["images without prediction"] = sum(all(row["prediction"] is None for row in some) for some in judged)
        values = _instance_quality(flat, counts)
    else:
        values = _means(flat, protocol)
    beside = sum(row.get("right_entity") is not None for row in flat)
    counts |= {"beside other entities": beside} if beside else {}
    about = (protocol.name, protocol.region, protocol.scale)
    test_set = _digest(samples, protocol)
    draws = len({sample.draw for sample in samples} - {None})
    spread = _spread(rows, samples, protocol) if draws > 1 else {}
    kinds = _kinds(flat, protocol)
    return Summary(
        method, dataset, *about, values, counts, test_set, published, protocol.mse_factor, draws, spread, kinds
    )


def _kinds(rows: Sequence[Row], protocol: Protocol) -> dict[str, dict[str, float]]:
    """Means by kind of text, where there are several."""
    by_kind: dict[str, list[Row]] = {}
    for row in rows:
        if row.get("kind"):
            by_kind.setdefault(row["kind"], []).append(row)
    return {kind: _means(some, protocol) for kind, some in sorted(by_kind.items())} if len(by_kind) > 1 else {}


def _without_nan(values: dict[str, float]) -> dict[str, float | None]:
    return {name: None if math.isnan(value) else value for name, value in values.items()}


def _with_nan(values: dict[str, float | None]) -> dict[str, float]:
    return {name: math.nan if value is None else value for name, value in values.items()}


def _spread(rows: Sequence[Sequence[Row]], samples: Sequence[Sample], protocol: Protocol) -> dict[str, float]:
    """Standard deviations of the draws' means."""
    by_draw: dict[int | None, list[Row]] = {}
    for sample, some in zip(samples, rows, strict=True):
        by_draw.setdefault(sample.draw, []).extend(row for row in some if not row.get("reason"))
    if not all(by_draw.values()):
        return {}
    means = [_means(some, protocol) for some in by_draw.values()]
    return {name: statistics.stdev(each[name] for each in means) for name in means[0]}


def _digest(samples: Sequence[Sample], protocol: Protocol) -> str:
    """Of names and contents of the true mattes, and of the trimaps where they say what counts."""
    sha = hashlib.sha256()
    for sample in samples:
        sha.update(f"{sample.id}\n{sample.text.text if sample.text else ''}".encode())
        for path in (*sample.truths, *([sample.trimap] if protocol.unknown_only else [])):
            if path is not None and path.is_file():
                sha.update(hashlib.sha256(path.read_bytes()).digest())
    return sha.hexdigest()[:12]


def _means(rows: Sequence[Row], protocol: Protocol) -> dict[str, float]:
    values = {}
    for name in protocol.columns:
        known = [row[name] for row in rows if row[name] is not None]
        values[name] = math.fsum(known) / len(known) if known else math.nan
    images = [row["image_id"] for row in rows]
    if len(set(images)) < len(images) and not protocol.of_trimaps:
        values |= {f"{name}_e": mean_of_images([row[name] for row in rows], images) for name in ENTITY_COLUMNS}
    if right := [row["right_entity"] for row in rows if row.get("right_entity") is not None]:
        values["right_entity"] = math.fsum(right) / len(right)
    return values


def _instance_quality(rows: Sequence[Row], counts: dict[str, int]) -> dict[str, float]:
    similarities = tuple(math.fsum(row.get(f"similarity_{form}") or 0.0 for row in rows) for form in FORMS)
    found, invented, missed = (counts[kind] for kind in INSTANCE_KINDS)
    total = InstanceMatting(found, invented, missed, similarities)
    return {f"imq_{form}": total.quality(form) for form in FORMS}


def heading(column: str, mse_factor: int = 1) -> str:
    """How tables head a value."""
    if column in ("iou", "right_entity"):
        return {"iou": "IoU", "right_entity": "Right entity"}[column]
    if column.startswith("imq_"):
        return f"IMQ {column[4:]}"
    name = f"{COLUMNS[column[:-2]]}(E)" if column.endswith("_e") else COLUMNS[column]
    return f"{name} x {mse_factor}" if column.startswith("mse") and mse_factor != 1 else name
