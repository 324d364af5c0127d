"""Label one shard: every image read once, every annotation accounted for, results written whole or not at all.

The chain: ``reading`` -> ``segmenting`` -> ``candidates`` (fuse, trimap, matte) -> ``judging`` -> ``placing`` ->
``results``.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from typing import TypeVar

from pipelines.annotations.images import Photo
from pipelines.annotations.index import read_shard
from pipelines.labelling.candidates import Candidate, CandidateMaker, mattes
from pipelines.labelling.earlier import EarlierRows
from pipelines.labelling.fusion import Region
from pipelines.labelling.job import Annotate, Methods, ShardJob
from pipelines.labelling.judging import Judge
from pipelines.labelling.matting import MattingFailed
from pipelines.labelling.placing import Placer
from pipelines.labelling.reading import Sorted, read_image, sort_annotations
from pipelines.labelling.results import Results
from pipelines.labelling.rows import RowMaker
from pipelines.labelling.segmenting import regions, unlisted_segments
from pipelines.records import Annotation, ImageRecord, Instance

T = TypeVar("T", Region, Candidate)


def label_shard(
    job: ShardJob,
    methods: Methods,
    on_image: Callable[[], None] = lambda: None,
    annotate: Annotate | None = None,
) -> Counter[str]:
    """Turn one shard's annotations into mattes, a manifest part and a rejects part.

    The manifest part is written last: a shard is done when it stands. Images whose annotations, pixels and settings
    are as in an earlier part keep their rows and files. Pictures have their content's digest in their names, so that
    those of earlier versions stay as they are.

    Args:
        job: the shard.
        methods: what makes the mattes, and gives second opinions on masks.
        on_image: called after each image.
        annotate: finds the subjects of an image; None where the index has them. Asked only for images that have no
            usable rows from an earlier run.

    Returns:
        Counts that add up, as in the summary; beside them ``images_reused``, and ``matted``: mattes of this call.

    Raises:
        UserError: the shard's rows in the index are damaged.
        OSError: the output cannot be read or written.
    """
    size = methods.matting.batch_size
    shard = _Shard(job, methods, annotate)
    waiting: list[Candidate] = []
    for record in read_shard(job.index, job.shard, job.digest):
        waiting += shard.prepare(record)
        if len(waiting) >= 4 * size or size == 1:
            shard.finish(waiting)
            waiting = []
        on_image()
    shard.finish(waiting)
    return shard.close()


class _Shard:
    """Conducts the stages of one shard."""

    def __init__(self, job: ShardJob, methods: Methods, annotate: Annotate | None) -> None:
        self._job, self._methods, self._annotate = job, methods, annotate
        # A batch's mattes may differ in their last bits with what else is in it.
        self._earlier = EarlierRows(job) if methods.matting.batch_size == 1 else None
        self._judge = Judge(job.config.quality, methods)
        self._placer = Placer(job.config.out, cutouts=job.config.output.cutouts)
        self._results = Results()

    def prepare(self, record: ImageRecord) -> list[Candidate]:
        """Read an image and build what awaits a matte; what cannot have one becomes a row."""
        found = sort_annotations(record, self._job)
        self._results.counts.update(found.counts)  # += drops what is 0
        self._results.counts["images"] += 1
        if self._is_of_no_interest(record, found):
            self._results.counts["images_without_subject"] += 1
            return []
        read = read_image(record, self._job)
        self._results.marks |= read.marks
        if self._earlier is not None and (rows := self._earlier.of(record, read.input_hash)):
            self._results.rows += rows
            self._results.this_run["images_reused"] += 1
            return []
        make = RowMaker(record, read, self._job)
        if read.photo is None or read.problem is not None:
            reason, detail = read.problem or ("", "")
            annotations = found.subjects or _one_for_image(record, self._annotate is not None)
            self._results.rows += [make.reject(annotation, reason, detail) for annotation in annotations]
            return []
        if self._annotate is not None:
            found.subjects = self._searched(self._annotate, record, read.photo)
        if read.segment_ids is not None:
            self._results.rows += unlisted_segments(record, read.segment_ids, make)
        subjects = self._without_rows(regions(found.subjects, read, make))
        things = self._without_rows(regions(found.accessories, read, make))
        maker = CandidateMaker(read.photo, make, self._methods)
        return self._without_rows(maker.candidates(found.subjects, subjects, things))

    def finish(self, candidates: list[Candidate]) -> None:
        """Matte, judge and place a batch."""
        for candidate, made in zip(candidates, mattes(candidates, self._methods), strict=True):
            self._judge.judge(candidate, made)
            if not isinstance(made, MattingFailed):
                self._placer.place(candidate, made)
            self._results.rows.append(candidate.instance)
            self._results.this_run["matted"] += candidate.instance.reason is None
        self._judge.forget()

    def close(self) -> Counter[str]:
        """Write the parts; returns all counts."""
        if self._annotate is None:
            self._results.count_subjects(self._job.config.subjects())
        else:
            self._results.count_images()
        self._results.write(self._job, self._placer.pictures.written)
        return self._results.counts + self._results.this_run

    def _is_of_no_interest(self, record: ImageRecord, found: Sorted) -> bool:
        unusable = record.problem or any(a.problem for a in found.accessories)
        return self._annotate is None and not found.subjects and not unusable

    def _searched(self, annotate: Annotate, record: ImageRecord, photo: Photo) -> list[Annotation]:
        subjects = annotate(record, photo)
        drawn = {a.origin.similarity_path for a in subjects if a.origin and a.origin.similarity_path}
        self._placer.pictures.written += [self._job.config.out / name for name in sorted(drawn)]
        return subjects

    def _without_rows(self, found: Iterable[T | Instance]) -> list[T]:
        """What goes on to the next stage; rows, which end here, go to the results."""
        going_on: list[T] = []
        for item in found:
            if isinstance(item, Instance):
                self._results.rows.append(item)
            else:
                going_on.append(item)
        return going_on


def _one_for_image(record: ImageRecord, searched: bool) -> list[Annotation]:
    """A broken image still gets one row, so that it is not lost: if its entry is broken, or if it is to be searched."""
    return [Annotation(-1, 0)] if record.problem or searched else []
