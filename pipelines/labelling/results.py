"""What a shard has come to, and its two parts, which are the end of it."""

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import orjson

from pipelines.config import FusionConfig
from pipelines.labelling.job import Job
from pipelines.records import Instance
from pipelines.storage.files import Mark, flush, remove, write_whole
from pipelines.storage.manifest import MANIFEST_SCHEMA, REJECTS_SCHEMA, inputs_path, part_name, working, write_part


@dataclass(slots=True)
class Results:
    """What a shard has come to so far.

    Attributes:
        rows: of accepted and rejected instances.
        counts: of images and annotations, as in the summary.
        marks: fingerprints of the input files, by name.
        this_run: what this run did itself: ``matted``, ``images_reused``.
    """

    rows: list[Instance] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    marks: dict[str, Mark | None] = field(default_factory=dict)
    this_run: Counter[str] = field(default_factory=Counter)

    def write(self, job: Job, pictures: list[Path]) -> None:
        """Flush pictures, then write the rejects, the inputs' fingerprints, and last the manifest.

        The manifest part of an earlier run goes first: beside new rejects and fingerprints it would pass for a shard
        that is done, or lend its rows to images that have others now.

        Args:
            job: the shard.
            pictures: that the rows name.
        """
        out = job.config.out
        self.rows.sort(key=lambda r: (r.image_id, r.annotation_id, r.reason or ""))
        kept, rejected = self._sorted_out()
        self.counts["accepted"], self.counts["rejected"] = len(kept), len(rejected)
        flush(pictures)
        stamp = job.stamp | {"counts": orjson.dumps(dict(sorted(self.counts.items()))).decode()}
        remove(working(out, "manifest") / part_name(job.shard))
        write_part(working(out, "rejects") / part_name(job.shard), rejected, REJECTS_SCHEMA, stamp)
        write_whole(inputs_path(out, job.shard), orjson.dumps(self.marks, option=orjson.OPT_SORT_KEYS))
        write_part(working(out, "manifest") / part_name(job.shard), kept, MANIFEST_SCHEMA, stamp)

    def count_images(self) -> None:
        """Count from the rows, so that reused rows count like new ones, in how many images something was accepted."""
        self.counts["images_with_matte"] = len({r.image_id for r in self._sorted_out()[0]})

    def count_subjects(self, fusion: FusionConfig) -> None:
        """Count from the rows how many subjects were rejected, and how many accessories were fused into one."""
        fused = {(r.image_id, a) for r in self.rows for a in r.accessory_annotation_ids}
        rejected = self._sorted_out()[1]
        self.counts["subjects_rejected"] = sum(bool(r.category) and fusion.is_subject(r.category) for r in rejected)
        self.counts["accessories_fused"] = len(fused)

    def _sorted_out(self) -> tuple[list[Instance], list[Instance]]:
        """What is accepted, and what is not."""
        return [r for r in self.rows if r.reason is None], [r for r in self.rows if r.reason is not None]
