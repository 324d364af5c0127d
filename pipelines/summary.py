"""The run's summary: counts that add up, taken from the manifest and the rejects."""

from collections import Counter
from pathlib import Path
from typing import Any

import orjson
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipelines.config import LabellingConfig, config_hash
from pipelines.files import write_whole
from pipelines.manifest import SCHEMA_VERSION, read_metadata

SETTINGS = ("fusion", "search", "features", "features_weights", "segmenter", "segmenter_weights", "trimap", "matting",
            "quality", "output")  # fmt: skip
"""Settings that say how mattes are made, as far as a job has them."""


def summarise(config: LabellingConfig, source: dict[str, Any]) -> dict[str, Any]:
    """Add up the standing parts.

    Args:
        config: the run's settings.
        source: what the summary says about the input.

    No times and no worker counts: the same input and settings give the same summary.
    """
    counts: Counter[str] = Counter()
    reasons: Counter[str] = Counter()
    accessories: Counter[str] = Counter()
    for part in sorted((config.out / "manifest").glob("part-*.parquet")):
        counts.update(orjson.loads(read_metadata(part)["counts"]))
        accessories.update(_fused_categories(part))
    for part in sorted((config.out / "rejects").glob("part-*.parquet")):
        accessories.update(_fused_categories(part))
        reasons.update(pq.read_table(part, columns=["reason"])["reason"].to_pylist())
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


def _fused_categories(part: Path) -> Counter[str]:
    names = pq.read_table(part, columns=["accessory_categories"])["accessory_categories"]
    return Counter(pc.list_flatten(names).to_pylist())


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
