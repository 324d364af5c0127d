"""A labelling job without Prefect: open an output folder, plan it, finish. The shards are labelled in between."""

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import orjson

from flows import console
from flows.truth import compare_all, compare_targets
from flows.workers.pool import Workers
from flows.workers.worker import weights_of
from pipelines.annotations.index import build_index
from pipelines.config import CocoMattingConfig, JobConfig, LabellingConfig, config_hash
from pipelines.errors import UserError
from pipelines.exports.mattes_json import write_mattes_json
from pipelines.labelling.job import ShardJob
from pipelines.labelling.plan import Plan, make_plan
from pipelines.labelling.summary import summarise, write_summary
from pipelines.propagation.config import PropagationConfig
from pipelines.propagation.targets import index_targets
from pipelines.report import write_report
from pipelines.review.decisions import FOLDER
from pipelines.storage.adopting import adopt
from pipelines.storage.current import complete, restore_links
from pipelines.storage.files import is_folder, make_folder, mark, read_whole, remove, spread, write_whole
from pipelines.storage.image_folder import note_images
from pipelines.storage.lock import disk_errors
from pipelines.storage.manifest import KINDS, VERSIONS, part_paths, working
from pipelines.storage.pictures import PICTURES, sweep, sweep_pictures
from pipelines.storage.publishing import publish
from pipelines.storage.retention import sweep_versions
from pipelines.storage.versions import folder_of


@dataclass(frozen=True, slots=True)
class Opened:
    """An output folder ready to be worked on.

    Attributes:
        source: what the summary says about the input.
        plan: what is still to be done.
        sizes: number of images of every shard.
        stamps: what the parts of every shard must say.
    """

    source: dict[str, Any]
    plan: Plan[Any]
    sizes: list[int]
    stamps: list[dict[str, str]]

    @property
    def shards(self) -> int:
        """Number of shards in all."""
        return len(self.sizes)


def make_folders(config: JobConfig, *more: str) -> None:
    """Folders that the shards write to, and a note of where the photos are. The lock is held."""
    for name in ("alphas", "trimaps", ".work/inputs", *more):
        make_folder(config.out / name)
    for kind in KINDS:
        make_folder(working(config.out, kind))
    note_images(config.out, config.photos())


def _cutouts(config: LabellingConfig) -> tuple[str, ...]:
    return ("cutouts",) if config.output.cutouts else ()


def open_output(config: CocoMattingConfig, on_bytes: Callable[[int], None] = lambda _: None) -> Opened:
    """Index the annotations and find out what is still to be done. The lock is held.

    Raises:
        UserError: annotations, images or the output folder cannot be used.
    """
    if not is_folder(config.images):
        raise UserError(f"{config.images}: image folder not found")
    for name, folder in (("panoptic", config.panoptic), ("truth", config.truth)):
        if folder is not None and not is_folder(folder):
            raise UserError(f"{folder}: {name} folder not found")
    with disk_errors(config.out):
        folder = config.out / ".work" / "index"
        index = build_index(config, folder, on_bytes)
        adopt(config.out)
        make_folders(config, *_cutouts(config))
        digest = config_hash(config)
        weights = weights_of(config)
        panoptic = config.panoptic if index.format == "panoptic" else None
        jobs = [
            ShardJob(
                config, digest, folder, shard, len(index.shards), rows, index.categories, panoptic, weights=weights
            )
            for shard, (rows, _) in enumerate(index.shards)
        ]
        notes = {"notes": index.notes} if index.notes else {}
        source = {"format": index.format, "annotation_file_sha256": index.sha256, **notes}
        return Opened(source, make_plan(jobs), [images for _, images in index.shards], [job.stamp for job in jobs])


def open_targets(config: PropagationConfig) -> Opened:
    """List the targets and find out what is still to be done. The lock is held.

    Raises:
        UserError: references, targets or the output folder cannot be used.
    """
    if config.truth is not None and not is_folder(config.truth):
        raise UserError(f"{config.truth}: truth folder not found")
    digest, weights = config_hash(config), weights_of(config)
    with disk_errors(config.out):
        folder = config.out / ".work" / "index"
        own = [config.out, *(config.out / name for name in (*PICTURES, "references", "report", FOLDER, VERSIONS))]
        no_targets = [*own, config.cache.expanduser(), *(mark.mask for mark in config.marks if mark.mask)]
        targets = index_targets(config.images, no_targets, config.images_per_shard, folder)
        adopt(config.out)
        make_folders(config, "similarity", "references", *_cutouts(config))
        jobs = [
            ShardJob(config, digest, folder, shard, len(targets.shards), rows, {0: config.object}, weights=weights)
            for shard, (rows, _) in enumerate(targets.shards)
        ]
        source = {"format": "propagated", "files_left_alone": targets.others}
        return Opened(source, make_plan(jobs), [images for _, images in targets.shards], [job.stamp for job in jobs])


def _finish_key(config: JobConfig, source: dict[str, Any]) -> str:
    """Digest of all that version, summary, report and lists are made from, and of the summary."""
    parts = [path for kind in KINDS for path in part_paths(working(config.out, kind))]
    digests = spread(config.out, lambda path: sha256(read_whole(path)).hexdigest(), parts)
    known = [[path.parent.name, path.name, digest] for path, digest in zip(parts, digests, strict=True)]
    settings = config.model_dump_json(include={"report", "output", "truth", "images", "keep_versions"})
    summary = sha256(read_whole(config.out / "summary.json")).hexdigest()
    return sha256(orjson.dumps([3, known, settings, source, summary])).hexdigest()


def _notes(config: JobConfig, source: dict[str, Any]) -> dict[str, Any] | None:
    """What the last finished run left: the key, and its summary, if all that it wrote stands."""
    wanted = [config.out / "report" / "index.html"]
    if _lists(config):
        wanted.append(config.out / "mattes.json")
    try:
        if read_whole(config.out / ".work" / "finished").decode() != _finish_key(config, source):
            return None
        summary: dict[str, Any] = orjson.loads(read_whole(config.out / "summary.json"))
    except (FileNotFoundError, ValueError):
        return None
    return summary if all(mark(path) is not None for path in wanted) else None


def finished(config: JobConfig, opened: Opened) -> dict[str, Any] | None:
    """The summary of a finished output folder, or None when version, summary, report or lists are missing or stale.

    Puts lost links to the current version back. The lock is held.
    """
    with disk_errors(config.out):
        if not complete(config.out):
            return None
        restore_links(config.out)
        return _notes(config, opened.source)


def finish(
    config: JobConfig, opened: Opened, pool: Workers | None = None, more: dict[str, Any] | None = None
) -> dict[str, Any]:
    """Tidy up, make the standing parts the manifest's current version, write summary, report and lists from it.

    Args:
        config: the run's settings.
        opened: what ``open_output``, ``open_targets`` or ``open_composition`` gave.
        pool: renders the report's pictures in parallel; without one they are rendered here.
        more: what else the summary tells.
    """
    out = config.out
    with disk_errors(out):
        sweep(out, opened.shards)
        about = {"dataset": config.dataset, "split": config.split_name(), **opened.source}
        version = publish(out, about | {"config_hash": config_hash(config)}, opened.stamps)
        summary = summarise(config, opened.source) | (more or {}) | {"version": version}
        sweep_versions(out, config.keep_versions)
        _sweep_pictures(out)
        rows = folder_of(out, summary["version"])
        if scores := _compared(config, rows):
            summary["truth"] = scores
        write_summary(out, summary)
        write_report(out, config.photos(), config.report, summary, pool.map if pool else map, rows)
        if _lists(config):
            write_mattes_json(out, rows)
        else:
            remove(out / "mattes.json")
        write_whole(out / ".work" / "finished", _finish_key(config, opened.source).encode())
    return summary


def _lists(config: JobConfig) -> bool:
    return isinstance(config, LabellingConfig) and config.output.coco_json


def _compared(config: JobConfig, rows: Path) -> dict[str, Any] | None:
    if not isinstance(config, LabellingConfig) or config.truth is None:
        return None
    compare = compare_targets if isinstance(config, PropagationConfig) else compare_all
    return compare(config.out, config.truth, rows)


def _sweep_pictures(out: Path) -> None:
    try:
        sweep_pictures(out)
    except UserError as error:
        mend = f"python -m pipelines.verify {out} --repair"
        console.console.print(f"{error}; none is removed until `{mend}`", markup=False, soft_wrap=True)
