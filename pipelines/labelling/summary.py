"""The run's summary: counts that add up, taken from the manifest and the rejects."""

from collections import Counter
from pathlib import Path
from typing import Any

import orjson
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipelines.config import JobConfig, config_hash
from pipelines.storage.files import spread, write_whole
from pipelines.storage.manifest import KINDS, SCHEMA_VERSION, metadata_of, open_part, part_paths, working

SETTINGS = ("fusion", "search", "planning", "composition", "features", "features_weights", "segmenter",
            "segmenter_weights", "trimap", "matting", "quality", "output")  # fmt: skip
"""Settings that say how mattes are made, as far as a job has them."""


def summarise(config: JobConfig, source: dict[str, Any]) -> dict[str, Any]:
    """Add up the standing parts.

    Args:
        config: the run's settings.
        source: what the summary says about the input.

    No times and no worker counts: the same input and settings give the same summary.
    """
    counts: Counter[str] = Counter()
    reasons: Counter[str] = Counter()
    accessories: Counter[str] = Counter()
    parts = [path for kind in KINDS for path in part_paths(working(config.out, kind))]
    for found in spread(config.out, _part_counts, parts):
        for total, more in zip((counts, reasons, accessories), found, strict=True):
            total.update(more)
    return {
        "dataset": config.dataset,
        "split": config.split_name(),
        **source,
        "schema_version": SCHEMA_VERSION,
        "config_hash": config_hash(config),
        "counts": dict(sorted(counts.items())),
        "rejects_by_reason": dict(sorted(reasons.items(), key=lambda item: (-item[1], item[0]))),
        "accessories_by_category": dict(sorted(accessories.items(), key=lambda item: (-item[1], item[0]))),
        "config": config.model_dump(mode="json", include=set(SETTINGS)),
    }


def _part_counts(path: Path) -> tuple[Counter[str], Counter[str], Counter[str]]:
    """Counts, reasons and fused categories of one part. Both parts of a shard have its counts; the manifest's count."""
    part = open_part(path)
    rejects = path.parent.name == "rejects"
    table = pq.read_table(part, columns=["accessory_categories", *(["reason"] if rejects else [])])
    accessories = Counter(pc.list_flatten(table["accessory_categories"]).to_pylist())
    if rejects:
        return Counter(), Counter(table["reason"].to_pylist()), accessories
    return Counter(orjson.loads(metadata_of(path, part)["counts"])), Counter(), accessories


def write_summary(out: Path, summary: dict[str, Any]) -> Path:
    """Write summary.json whole."""
    path = out / "summary.json"
    write_whole(path, orjson.dumps(summary, option=orjson.OPT_INDENT_2) + b"\n")
    return path


def markdown(summary: dict[str, Any]) -> str:
    """The summary for people, as Markdown."""
    counts = summary["counts"]
    lines = [
        f"# Mattes: {summary['dataset']} {summary['split']}",
        "",
        "| what | count |",
        "| --- | ---: |",
        *(f"| {name.replace('_', ' ')} | {count:,} |" for name, count in counts.items()),
        "",
        "| rejected because | count |",
        "| --- | ---: |",
        *(f"| {reason} | {count:,} |" for reason, count in summary["rejects_by_reason"].items()),
    ]
    if truth := summary.get("truth"):
        lines += ["", "| against the true alpha, mean per instance | mask | matte |", "| --- | ---: | ---: |"]
        lines += [
            f"| {name.upper()} | {truth['mask'][name]:.4f} | {truth['matte'][name]:.4f} |" for name in truth["mask"]
        ]
    return "\n".join(lines) + "\n"
