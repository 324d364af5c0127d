"""Label one shard: every image read once, every annotation accounted for, results written whole or not at all."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from pathlib import Path, PurePosixPath
from typing import Any, Protocol

import cv2
import numpy as np
import orjson
import pyarrow as pa
from numpy.typing import NDArray

from pipelines import masks, quality
from pipelines.config import FusionConfig, LabellingConfig, QualityConfig, short_name
from pipelines.errors import StoreError
from pipelines.files import Mark, flush, mark, remove, write_whole
from pipelines.foreground import cutout
from pipelines.fusion import Region, fuse, fused_mask
from pipelines.images import ImageProblem, Photo, read_photo, safe_path
from pipelines.index import read_shard
from pipelines.instance_matte import NO_KERNEL, Made, Start, made_from_mask, made_from_trimaps, start_from
from pipelines.manifest import (
    KINDS,
    MANIFEST_SCHEMA,
    REJECTS_SCHEMA,
    SCHEMA_VERSION,
    part_name,
    read_metadata,
    read_part,
    working,
    write_part,
)
from pipelines.masks import MaskProblem
from pipelines.matting import MaskMatting, MattingBackend, MattingFailed
from pipelines.panoptic import VOID, PanopticProblem, read_segment_ids
from pipelines.records import Annotation, ImageRecord, Instance

# The filter is named since OpenCV picks a slow one otherwise; level 3 halves the files of level 1 at the same speed.
_PNG = [cv2.IMWRITE_PNG_FILTER, cv2.IMWRITE_PNG_FILTER_UP, cv2.IMWRITE_PNG_COMPRESSION, 3]


PICTURES = {
    "alphas": "alpha_path",
    "trimaps": "trimap_path",
    "cutouts": "cutout_path",
    "similarity": "similarity_path",
}
"""Folders of pictures below the output folder, and the columns that name what is in them."""


class Agreement(Protocol):
    """A second opinion on a mask, e.g. SAM prompted by the instance's box."""

    def set_image(self, image: NDArray[np.uint8]) -> None:
        """Take the (H, W, 3) uint8 RGB image that the next masks belong to."""

    def iou_for(self, mask: NDArray[np.uint8], box: tuple[float, float, float, float]) -> float:
        """IoU in [0, 1] between ``mask`` and the second opinion for its (x, y, w, h) box."""


@dataclass(frozen=True, slots=True)
class Methods:
    """What labels instances, loaded.

    Attributes:
        matting: makes the mattes, from masks or from trimaps.
        trimaps: the network whose trimaps the matting starts from, for the rule learned; else None.
        agreement: second opinion for the agreement gate, or None.
    """

    matting: MattingBackend | MaskMatting
    trimaps: MaskMatting | None = None
    agreement: Agreement | None = None

    @property
    def revision(self) -> str:
        """What exactly makes the mattes, the trimaps' network included."""
        if self.trimaps is None:
            return self.matting.revision
        return f"{self.matting.revision}, trimaps {self.trimaps.name} {self.trimaps.revision}"


@dataclass(frozen=True, slots=True)
class ShardJob:
    """All a worker needs to label one shard; picklable.

    Attributes:
        config: the run's settings.
        config_hash: their hash, written to every row.
        index: folder of the index.
        shard, shards: which of how many.
        digest: digest of the shard's rows in the index.
        weights: what tells the mattes' weights from others, as far as it is known before they are loaded; or "".
        categories: id to name.
        panoptic: folder of the panoptic PNGs that masks come from, or None.
        earlier: parts of the newest version that have the shard's images, where it has another number of shards.
    """

    config: LabellingConfig
    config_hash: str
    index: Path
    shard: int
    shards: int
    digest: str
    categories: dict[int, str]
    panoptic: Path | None = None
    earlier: tuple[Path, ...] = ()
    weights: str = ""

    @property
    def stamp(self) -> dict[str, str]:
        """What a part's metadata must say for the shard to count as done."""
        told = {"shards": str(self.shards), "index_digest": self.digest, "config_hash": self.config_hash}
        return told | {"weights": self.weights}


Annotate = Callable[[ImageRecord, Photo], list[Annotation]]
"""Finds the subjects of a picture when they are not annotated. The paths of its own pictures are below the output."""


@dataclass(slots=True)
class _Pending:
    """An instance that awaits its matte; ``start`` is None where the method starts from the mask."""

    instance: Instance
    own_mask: dict[str, Any]
    photo: Photo
    start: Start | None

    @property
    def mask_rle(self) -> dict[str, Any]:
        """The fused mask, which every instance that got this far has."""
        assert self.instance.mask_rle is not None
        return self.instance.mask_rle


@dataclass(slots=True)
class _Progress:
    """What a shard has come to so far."""

    rows: list[Instance] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    written: list[Path] = field(default_factory=list)
    files: dict[str, Mark | None] = field(default_factory=dict)
    this_run: Counter[str] = field(default_factory=Counter)


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
    state = _Progress()
    size = methods.matting.batch_size
    earlier = _earlier_rows(job) if size == 1 else {}
    pending: list[_Pending] = []
    for record in read_shard(job.index, job.shard, job.digest):
        pending += _prepare(record, job, methods, annotate, earlier, state)
        if len(pending) >= 4 * size or size == 1:
            _finish(pending, job, methods, state)
            pending = []
        on_image()
    _finish(pending, job, methods, state)
    _write_parts(job, state, searched=annotate is not None)
    return state.counts + state.this_run


def _earlier_rows(job: ShardJob) -> dict[int, list[Instance]]:
    """Rows by image that the shard may take over: those of its standing parts, else those of earlier ones."""
    standing = [working(job.config.out, kind) / part_name(job.shard) for kind in KINDS]
    return _rows_of(job.earlier, job) | _rows_of(standing, job)


def _rows_of(paths: Iterable[Path], job: ShardJob) -> dict[int, list[Instance]]:
    """Rows of parts by image, where the settings were the same; none if a part is unusable."""
    rows: dict[int, list[Instance]] = defaultdict(list)
    for path in paths:
        try:
            stamp = read_metadata(path)
            # Rows of an earlier schema lack columns that a part must have now.
            wanted = {"config_hash": job.config_hash, "weights": job.weights, "schema_version": str(SCHEMA_VERSION)}
            if wanted.items() <= stamp.items():
                for row in read_part(path):
                    rows[row.image_id].append(row)
        except (StoreError, PermissionError):  # say nothing about the part
            raise
        except (OSError, ValueError, pa.ArrowException):
            return {}
    return rows


def _prepare(
    record: ImageRecord,
    job: ShardJob,
    methods: Methods,
    annotate: Annotate | None,
    earlier: dict[int, list[Instance]],
    state: _Progress,
) -> list[_Pending]:
    """Sort an image's annotations, reject what cannot be used, and build trimaps for the rest where they are needed."""
    subjects, accessories = _sort_annotations(record, job, state)
    state.counts["images"] += 1
    if annotate is None and not subjects and not any(a.problem for a in accessories) and not record.problem:
        state.counts["images_without_subject"] += 1
        return []
    photo: Photo | None = None
    ids: NDArray[np.int64] | None = None
    panoptic_sha = ""
    problem: tuple[str, str] | None = (record.problem, record.detail) if record.problem else None
    if not problem:
        try:
            photo = _read_image(record, job, state)
            if job.panoptic:
                ids, panoptic_sha = _read_panoptic(record, job, state)
        except (ImageProblem, PanopticProblem) as error:
            problem = (error.reason, error.detail)
    input_hash = _input_hash(record, photo, panoptic_sha, problem, job)
    if _reuse(record, input_hash, earlier, state, job):
        return []
    make = _RowMaker(record, photo, input_hash, job)
    if problem or photo is None:
        for annotation in subjects or _one_for_image(record, annotate is not None):
            state.rows.append(make.reject(annotation, *(problem or ("", ""))))
        return []
    if annotate is not None:
        subjects = annotate(record, photo)
        drawn = {a.origin.similarity_path for a in subjects if a.origin and a.origin.similarity_path}
        state.written += [job.config.out / name for name in sorted(drawn)]
    if ids is not None:
        _add_unlisted_segments(record, ids, make, state)
    return _instances(subjects, accessories, ids, photo, make, methods, state)


def _sort_annotations(
    record: ImageRecord, job: ShardJob, state: _Progress
) -> tuple[list[Annotation], list[Annotation]]:
    """Subjects and accessories; annotations that no category claims become subjects-with-a-problem rows later."""
    subjects, accessories = [], []
    fusion = job.config.subjects()
    for annotation in record.annotations:
        state.counts["annotations"] += 1
        state.counts["crowds"] += annotation.iscrowd
        name = job.categories.get(annotation.category_id)
        if name is not None and fusion.is_subject(name):
            state.counts["subjects"] += 1
            subjects.append(annotation)
        elif name is not None and fusion.is_accessory(name):
            state.counts["accessories"] += 1
            accessories.append(annotation)
        elif name is None or annotation.problem:
            state.counts["unusable"] += 1
            if not annotation.problem:
                annotation.problem = "unknown_category"
                annotation.detail = f"category id {annotation.category_id} is not among the file's categories"
            accessories.append(annotation)
        else:
            state.counts["others"] += 1
    return subjects, accessories


def _read_image(record: ImageRecord, job: ShardJob, state: _Progress) -> Photo:
    assert record.file_name is not None
    record.file_name = _found(record, job, state)
    path = safe_path(job.config.images, record.file_name)
    return read_photo(path, record.width, record.height, job.config.quality.max_image_pixels)


def _found(record: ImageRecord, job: ShardJob, state: _Progress) -> str:
    """The photo's name below the image folder; every place looked at is noted, so that a change there is seen."""
    assert record.file_name is not None
    for name in record.lookups or [record.file_name]:
        state.files[name] = mark(safe_path(job.config.images, name))
        if state.files[name] is not None or not record.lookups:
            return name
    tried = ", ".join(f"{name!a:.80}" for name in record.lookups[:4])
    raise ImageProblem("image_missing", f"{record.file_name!a:.200}: none of {tried} is in the image folder")


def _read_panoptic(record: ImageRecord, job: ShardJob, state: _Progress) -> tuple[NDArray[np.int64], str]:
    if record.panoptic_file is None or job.panoptic is None:
        raise PanopticProblem("panoptic_missing", f"image {record.image_id} has no panoptic annotation")
    path = safe_path(job.panoptic, record.panoptic_file)
    state.files[f"panoptic:{record.panoptic_file}"] = mark(path)
    return read_segment_ids(path, record.width, record.height)


def _input_hash(
    record: ImageRecord, photo: Photo | None, panoptic: str, problem: tuple[str, str] | None, job: ShardJob
) -> str:
    parts = [record, photo.sha256 if photo else None, panoptic, problem, job.config_hash, job.weights]
    return sha256(orjson.dumps(parts)).hexdigest()[:16]


def _reuse(
    record: ImageRecord, input_hash: str, earlier: dict[int, list[Instance]], state: _Progress, job: ShardJob
) -> bool:
    rows = earlier.get(record.image_id)
    if not rows or any(row.input_hash != input_hash for row in rows):
        return False
    names = [n for row in rows for n in pictures_of(row)]
    if any(mark(job.config.out / n) is None for n in names):
        return False
    state.rows += rows
    state.this_run["images_reused"] += 1
    return True


def pictures_of(row: Instance) -> list[str]:
    """Names of a row's pictures below the output folder."""
    return [n for n in (getattr(row, column) for column in PICTURES.values()) if n is not None]


def _one_for_image(record: ImageRecord, searched: bool) -> list[Annotation]:
    """A broken image still gets one row, so that it is not lost: if its entry is broken, or if it is to be searched."""
    return [Annotation(-1, 0)] if record.problem or searched else []


class _RowMaker:
    """Makes rows for one image."""

    def __init__(self, record: ImageRecord, photo: Photo | None, input_hash: str, job: ShardJob) -> None:
        self.record, self.photo, self.input_hash, self.job = record, photo, input_hash, job

    def row(self, annotation: Annotation) -> Instance:
        record, config = self.record, self.job.config
        category = self.job.categories.get(annotation.category_id, "")
        height, width = self.photo.pixels.shape[:2] if self.photo else (0, 0)
        origin = asdict(annotation.origin) if annotation.origin else {}
        name = f"{config.dataset}-{config.split_name()}-{record.image_id:012d}-{annotation.annotation_id}"
        return Instance(
            sample_id=name,
            dataset=config.dataset,
            split=config.split_name(),
            image_id=record.image_id,
            annotation_id=annotation.annotation_id,
            category=category,
            image_path=record.file_name or "",
            image_width=record.width or width,
            image_height=record.height or height,
            image_sha256=self.photo.sha256 if self.photo else None,
            exif_orientation=self.photo.exif_orientation if self.photo else 1,
            input_hash=self.input_hash,
            config_hash=self.job.config_hash,
            **origin,
        )

    def reject(self, annotation: Annotation, reason: str, detail: str) -> Instance:
        row = self.row(annotation)
        row.reason, row.detail = reason, detail
        if annotation.bbox and all(np.isfinite(annotation.bbox)) and max(map(abs, annotation.bbox)) < 2**31:
            x, y, w, h = annotation.bbox
            row.bbox = (round(x), round(y), round(w), round(h))
        return row


def _add_unlisted_segments(record: ImageRecord, ids: NDArray[np.int64], make: _RowMaker, state: _Progress) -> None:
    listed = {a.annotation_id for a in record.annotations}
    for ident in np.unique(ids).tolist():
        if ident != VOID and ident not in listed:
            detail = f"segment id {ident} is in {record.panoptic_file} but not in the JSON"
            state.rows.append(make.reject(Annotation(ident, 0), "segment_not_listed", detail))


def _regions(
    annotations: Iterable[Annotation],
    ids: NDArray[np.int64] | None,
    photo: Photo,
    make: _RowMaker,
    state: _Progress,
) -> Iterator[Region]:
    """Decode masks; what cannot be decoded becomes a row. Crowds are skipped and counted."""
    height, width = photo.pixels.shape[:2]
    for annotation in annotations:
        category = make.job.categories.get(annotation.category_id, "")
        try:
            if annotation.problem:
                raise MaskProblem(annotation.problem, annotation.detail)
            if annotation.iscrowd and make.job.config.subjects().crowds == "reject":
                raise MaskProblem("crowd", "marked as a crowd: no single instance to matte")
            rle = _segment_rle(ids, annotation) if ids is not None else masks.to_rle(
                annotation.segmentation, width, height
            )  # fmt: skip
        except MaskProblem as problem:
            if problem.reason != "crowd" or make.job.config.subjects().is_subject(category):
                state.rows.append(make.reject(annotation, problem.reason, problem.detail))
            continue
        yield Region(annotation.annotation_id, category, rle)


def _segment_rle(ids: NDArray[np.int64], annotation: Annotation) -> dict[str, Any]:
    mask = ids == annotation.annotation_id
    if not mask.any():
        raise MaskProblem("mask_empty", f"segment {annotation.annotation_id} has no pixel in the panoptic PNG")
    return masks.encode(mask)


def _instances(
    subjects: list[Annotation],
    accessories: list[Annotation],
    ids: NDArray[np.int64] | None,
    photo: Photo,
    make: _RowMaker,
    methods: Methods,
    state: _Progress,
) -> list[_Pending]:
    by_id = {a.annotation_id: a for a in reversed(subjects) if a.problem is None}
    regions = list(_regions(subjects, ids, photo, make, state))
    things = list(_regions(accessories, ids, photo, make, state))
    pending = []
    for person, parts in _with_accessories(regions, things, make.job.config.subjects()):
        row = make.row(by_id[person.annotation_id])
        row.accessory_annotation_ids = [p.annotation_id for p in parts]
        row.accessory_categories = [p.category for p in parts]
        row.mask_rle = fused_mask(person, parts)
        row.mask_area = masks.area(row.mask_rle)
        made = _pending(row, person.rle, photo, make.job.config, methods)
        if made is None:
            x, y, w, h = masks.rect(row.mask_rle)
            row.bbox = (int(x), int(y), int(w), int(h))
            state.rows.append(row)
        else:
            pending.append(made)
    return pending


def _with_accessories(
    regions: list[Region], things: list[Region], config: FusionConfig
) -> Iterator[tuple[Region, list[Region]]]:
    """Subjects, each with what is fused into it. What is both, as with all categories, can join and stand alone."""
    wearers = [region for region in regions if config.has_accessories(region.category)]
    things = things + [region for region in regions if config.is_accessory(region.category)]
    joined = {id(wearer): found for wearer, found in zip(wearers, fuse(wearers, things, config), strict=True)}
    for region in regions:
        yield region, [things[index] for index in joined.get(id(region), [])]


def _refuse(row: Instance, verdict: quality.Verdict | None) -> bool:
    if verdict is None:
        return False
    row.reason, row.detail = verdict.reason, verdict.detail
    return True


def _pending(
    row: Instance, own_mask: dict[str, Any], photo: Photo, config: LabellingConfig, methods: Methods
) -> _Pending | None:
    if _refuse(row, quality.judge_mask(masks.area(own_mask), config.quality)):
        return None
    assert row.mask_rle is not None
    start = None
    if not isinstance(methods.matting, MaskMatting):
        try:
            mask = masks.decode(row.mask_rle)
            start = start_from(mask, photo.pixels, config.trimap, methods.matting, methods.trimaps)
        except MattingFailed as error:
            row.matting_backend, row.matting_revision = methods.matting.name, methods.revision
            _refuse(row, quality.Verdict("matting_failed", str(error)))
            return None
        row.kernel_size = start.kernel_size
        row.unknown_fraction = quality.unknown_fraction(start.trimap)
        if _refuse(row, quality.judge_trimap(start.trimap, row.unknown_fraction, config.quality)):
            return None
    return _Pending(row, own_mask, photo, start)


def _finish(pending: list[_Pending], job: ShardJob, methods: Methods, state: _Progress) -> None:
    """Matte, judge and write a batch of instances."""
    seen: Photo | None = None
    for item, made in zip(pending, _made(pending, methods), strict=True):
        row = item.instance
        row.matting_backend, row.matting_revision = methods.matting.name, methods.revision
        if isinstance(made, MattingFailed):
            _refuse(row, quality.Verdict("matting_failed", str(made)))
            x, y, w, h = masks.rect(item.mask_rle) if item.start is None else cv2.boundingRect(item.start.trimap)
            row.bbox = (int(x), int(y), int(w), int(h))
            state.rows.append(row)
            continue
        rejected = _judge(item, made, job.config.quality)
        if methods.agreement is not None and not rejected:
            if item.photo is not seen:
                methods.agreement.set_image(item.photo.pixels)
                seen = item.photo
            rejected = _judge_agreement(item, methods.agreement, job)
        levels = np.zeros(made.trimap.shape, np.uint8)
        levels[made.extent] = np.rint(made.alpha * 255)
        _place(item, levels, made.trimap, job, state)


def _made(pending: list[_Pending], methods: Methods) -> Iterator[Made | MattingFailed]:
    """Mattes in order: from masks one at a time, as whole photos are large; from trimaps in batches."""
    if isinstance(methods.matting, MaskMatting):
        for item in pending:
            yield made_from_mask(methods.matting, item.photo.pixels, masks.decode(item.mask_rle))
    else:
        yield from made_from_trimaps(methods.matting, [item.start for item in pending if item.start is not None])


def _judge(item: _Pending, made: Made, config: QualityConfig) -> bool:
    """Score a matte and pass it through its gates; returns whether it is rejected."""
    row = item.instance
    row.mask_iou = quality.mask_iou(made.alpha, made.mask)
    row.soft_fraction = quality.soft_fraction(made.alpha, made.trimap[made.extent])
    if item.start is None:
        row.kernel_size, row.unknown_fraction = NO_KERNEL, quality.unknown_fraction(made.trimap)
        if _refuse(row, quality.judge_own_trimap(made.trimap, row.unknown_fraction, config)):
            return True
    return _refuse(row, quality.judge_matte(row.mask_iou, config))


def _judge_agreement(item: _Pending, agreement: Agreement, job: ShardJob) -> bool:
    row, config = item.instance, job.config.quality
    if row.accessory_annotation_ids and config.sam_exempts_fused:
        return False
    row.sam_iou = agreement.iou_for(masks.decode(item.own_mask), masks.rect(item.own_mask))
    return _refuse(row, quality.judge_agreement(row.sam_iou, config))


def picture_name(row: Instance, digest: str) -> str:
    """File name of an instance's picture: ids, the beginning of its content's digest, and for searched images, which
    people know by name, that name too."""
    ids = f"{row.image_id:012d}_{row.annotation_id}-{digest[:12]}.png"
    if row.reference_path is None:
        return ids
    return f"{short_name(PurePosixPath(row.image_path).stem)}_{ids}"


def _place(
    item: _Pending, levels: NDArray[np.uint8], trimap: NDArray[np.uint8], job: ShardJob, state: _Progress
) -> None:
    """Write an accepted instance's files: alpha in 256 levels, trimap, and a cutout if asked for."""
    row = item.instance
    x, y, w, h = cv2.boundingRect(levels)
    row.bbox = (x, y, w, h)
    state.rows.append(row)
    if row.reason is not None:
        return
    state.this_run["matted"] += 1
    row.alpha_path, row.alpha_sha256 = _write_picture("alphas", levels, row, job, state)
    row.trimap_path, row.trimap_sha256 = _write_picture("trimaps", trimap, row, job, state)
    if job.config.output.cutouts:
        rgba = cutout(item.photo.pixels, (levels / np.float32(255)).astype(np.float32))
        bgra = np.ascontiguousarray(rgba[..., [2, 1, 0, 3]])
        row.cutout_path, row.cutout_sha256 = _write_picture("cutouts", bgra, row, job, state)


def _write_picture(
    folder: str, pixels: NDArray[np.uint8], row: Instance, job: ShardJob, state: _Progress
) -> tuple[str, str]:
    """Write a PNG; returns its path below the output folder and the digest of its bytes."""
    content = cv2.imencode(".png", pixels, _PNG)[1].tobytes()
    digest = sha256(content).hexdigest()
    path = f"{folder}/{picture_name(row, digest)}"
    write_whole(job.config.out / path, content, durable=False)
    state.written.append(job.config.out / path)
    return path, digest


def _write_parts(job: ShardJob, state: _Progress, *, searched: bool) -> None:
    """Flush pictures, then write the rejects, the inputs' fingerprints, and last the manifest.

    The manifest part of an earlier run goes first: beside new rejects and fingerprints it would pass for a shard that
    is done, or lend its rows to images that have others now.
    """
    out = job.config.out
    state.rows.sort(key=lambda r: (r.image_id, r.annotation_id, r.reason or ""))
    kept = [r for r in state.rows if r.reason is None]
    rejected = [r for r in state.rows if r.reason is not None]
    _count_rows(state, job.config.subjects(), searched=searched)
    flush(state.written)
    stamp = job.stamp | {"counts": orjson.dumps(dict(sorted(state.counts.items()))).decode()}
    remove(working(out, "manifest") / part_name(job.shard))
    write_part(working(out, "rejects") / part_name(job.shard), rejected, REJECTS_SCHEMA, stamp)
    write_whole(inputs_path(out, job.shard), orjson.dumps(state.files, option=orjson.OPT_SORT_KEYS))
    write_part(working(out, "manifest") / part_name(job.shard), kept, MANIFEST_SCHEMA, stamp)


def _count_rows(state: _Progress, fusion: FusionConfig, *, searched: bool) -> None:
    """Counts that come from the rows, so that reused rows count like new ones."""
    rejected = [r for r in state.rows if r.reason is not None]
    state.counts["accepted"] = len(state.rows) - len(rejected)
    state.counts["rejected"] = len(rejected)
    if searched:
        state.counts["images_with_matte"] = len({r.image_id for r in state.rows if r.reason is None})
        return
    fused = {(r.image_id, a) for r in state.rows for a in r.accessory_annotation_ids}
    state.counts["subjects_rejected"] = sum(bool(r.category) and fusion.is_subject(r.category) for r in rejected)
    state.counts["accessories_fused"] = len(fused)


def inputs_path(out: Path, shard: int) -> Path:
    """Where the fingerprints of a shard's input files are kept."""
    return out / ".work" / "inputs" / f"part-{shard:05d}.json"
