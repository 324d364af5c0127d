"""A labelling job without Prefect: open an output folder, plan it, finish. The shards are labelled in between."""

import errno
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import orjson
from filelock import FileLock, Timeout

from flows.truth import compare_all, compare_targets
from flows.workers import Workers
from pipelines.config import CocoMattingConfig, LabellingConfig, config_hash
from pipelines.errors import UserError
from pipelines.files import write_whole
from pipelines.index import build_index
from pipelines.mattes_json import write_mattes_json
from pipelines.plan import Plan, make_plan, sweep
from pipelines.propagation.config import PropagationConfig
from pipelines.propagation.targets import index_targets
from pipelines.report import write_report
from pipelines.shard import PICTURES, ShardJob
from pipelines.summary import summarise, write_summary

_DISK = {
    *(errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM),
    *(errno.ENOTDIR, errno.EISDIR, errno.EEXIST, errno.ENAMETOOLONG, errno.EFBIG),
}


@contextmanager
def disk_errors(out: Path) -> Iterator[None]:
    """Say what a full or read-only disk means for the run."""
    try:
        yield
    except OSError as error:
        if error.errno in _DISK:
            raise UserError(
                f"{out}: cannot write ({error.strerror}); what is finished stays; the same command goes on once it can"
            ) from error
        raise


@contextmanager
def locked(out: Path) -> Iterator[None]:
    """Hold the output folder for this run alone.

    The lock is the operating system's: it goes when the process goes, however it dies.

    Raises:
        UserError: another run holds it, or the folder cannot be written.
    """
    with disk_errors(out):
        out.mkdir(parents=True, exist_ok=True)
        work = out / ".work"
        work.mkdir(exist_ok=True)
        lock = FileLock(work / "lock")
        holder = work / "holder"
        try:
            lock.acquire(timeout=0)
        except Timeout:
            who = holder.read_text() if holder.exists() else "unknown"
            raise UserError(
                f"{out}: another run is working on this folder (process {who}); wait for it or stop it"
            ) from None
        try:
            holder.write_text(f"{os.getpid()}")
            yield
        finally:
            lock.release()


@dataclass(frozen=True, slots=True)
class Opened:
    """An output folder ready to be worked on.

    Attributes:
        source: what the summary says about the input.
        plan: what is still to be done.
        sizes: number of images of every shard.
    """

    source: dict[str, Any]
    plan: Plan
    sizes: list[int]

    @property
    def shards(self) -> int:
        """Number of shards in all."""
        return len(self.sizes)


def make_folders(config: LabellingConfig, *more: str) -> None:
    """Folders that the shards write to. The lock is held."""
    for name in ("alphas", "trimaps", "manifest", "rejects", ".work/inputs", *more):
        (config.out / name).mkdir(parents=True, exist_ok=True)
    if config.output.cutouts:
        (config.out / "cutouts").mkdir(exist_ok=True)


def open_output(config: CocoMattingConfig, on_bytes: Callable[[int], None] = lambda _: None) -> Opened:
    """Index the annotations and find out what is still to be done. The lock is held.

    Raises:
        UserError: annotations, images or the output folder cannot be used.
    """
    if not config.images.is_dir():
        raise UserError(f"{config.images}: image folder not found")
    for name, folder in (("panoptic", config.panoptic), ("truth", config.truth)):
        if folder is not None and not folder.is_dir():
            raise UserError(f"{folder}: {name} folder not found")
    with disk_errors(config.out):
        folder = config.out / ".work" / "index"
        index = build_index(config, folder, on_bytes)
        make_folders(config)
        digest = config_hash(config)
        panoptic = config.panoptic if index.format == "panoptic" else None
        jobs = [
            ShardJob(config, digest, folder, shard, len(index.shards), rows, index.categories, panoptic)
            for shard, (rows, _) in enumerate(index.shards)
        ]
        source = {"format": index.format, "annotation_file_sha256": index.sha256}
        return Opened(source, make_plan(jobs), [images for _, images in index.shards])


def open_targets(config: PropagationConfig) -> Opened:
    """List the targets and find out what is still to be done. The lock is held.

    Raises:
        UserError: references, targets or the output folder cannot be used.
    """
    if config.truth is not None and not config.truth.is_dir():
        raise UserError(f"{config.truth}: truth folder not found")
    digest = config_hash(config)
    with disk_errors(config.out):
        folder = config.out / ".work" / "index"
        shutil.rmtree(folder, ignore_errors=True)
        own = [config.out, *(config.out / name for name in (*PICTURES, "references", "report"))]
        no_targets = [*own, config.cache.expanduser(), *(mark.mask for mark in config.marks if mark.mask)]
        targets = index_targets(config.images, no_targets, config.images_per_shard, folder)
        make_folders(config, "similarity", "references")
        jobs = [
            ShardJob(config, digest, folder, shard, len(targets.shards), rows, {0: config.object})
            for shard, (rows, _) in enumerate(targets.shards)
        ]
        source = {"format": "propagated", "files_left_alone": targets.others}
        return Opened(source, make_plan(jobs), [images for _, images in targets.shards])


def _finish_key(config: LabellingConfig) -> str:
    """Digest of all that summary, report and lists are made from."""
    parts = [p for kind in ("manifest", "rejects") for p in sorted((config.out / kind).glob("part-*.parquet"))]
    known = [[p.name, sha256(p.read_bytes()).hexdigest()] for p in parts]
    settings = config.model_dump_json(include={"report", "output", "truth", "images"})
    return sha256(orjson.dumps([1, known, settings])).hexdigest()


def finished(config: LabellingConfig) -> dict[str, Any] | None:
    """The summary of a finished output folder, or None when summary, report or lists are missing or stale."""
    marker = config.out / ".work" / "finished"
    wanted = [config.out / "summary.json", config.out / "report" / "index.html"]
    if config.output.coco_json:
        wanted.append(config.out / "mattes.json")
    if not marker.exists() or not all(p.exists() for p in wanted):
        return None
    if marker.read_text() != _finish_key(config):
        return None
    summary: dict[str, Any] = orjson.loads(wanted[0].read_bytes())
    return summary


def finish(
    config: LabellingConfig, opened: Opened, pool: Workers | None = None, more: dict[str, Any] | None = None
) -> dict[str, Any]:
    """Tidy up and write summary, report and lists from the standing parts.

    Args:
        config: the run's settings.
        opened: what ``open_output`` or ``open_targets`` gave.
        pool: renders the report's pictures in parallel; without one they are rendered here.
        more: what else the summary tells.
    """
    with disk_errors(config.out):
        sweep(config.out, opened.shards)
        summary = summarise(config, opened.source) | (more or {})
        compare = compare_targets if isinstance(config, PropagationConfig) else compare_all
        if config.truth is not None and (scores := compare(config.out, config.truth)):
            summary["truth"] = scores
        write_summary(config.out, summary)
        write_report(config.out, config.images, config.report, summary, pool.map if pool else map)
        if config.output.coco_json:
            write_mattes_json(config.out)
        else:
            (config.out / "mattes.json").unlink(missing_ok=True)
        write_whole(config.out / ".work" / "finished", _finish_key(config).encode())
    return summary
