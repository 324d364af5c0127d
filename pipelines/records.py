"""The records that travel from the reader to the manifest. Plain slotted dataclasses, no behaviour beyond naming."""

from dataclasses import dataclass, field
from typing import Any

Segmentation = list[list[float]] | list[float] | dict[str, Any]
"""COCO's three forms: polygons (some tools write one alone, not in a list),
``{"counts": [int, ...], "size": [h, w]}``, ``{"counts": str, "size": [h, w]}``."""


@dataclass(slots=True)
class Origin:
    """Where a propagated object's mask came from; column by column in docs/manifest.md.

    Attributes:
        reference_path: the reference as named by the user.
        reference_sha256: of the reference's bytes.
        object_score: how surely the object was found, in [-1, 1].
        prompts: points, one dict each: ``reference_x``, ``reference_y``, ``x``, ``y`` (pixels, the first one's centre
            is 0, 0), ``positive``, ``score`` (cosine similarity) and ``used`` (given to the segmenter).
        features, segmenter: what exactly ran, ``name (revision)``.
        similarity_path: map of the object's similarity over the whole target, below the output folder.
        similarity_sha256: of its bytes.
    """

    reference_path: str
    reference_sha256: str
    object_score: float
    prompts: list[dict[str, Any]]
    features: str
    segmenter: str
    similarity_path: str | None = None
    similarity_sha256: str | None = None


@dataclass(slots=True)
class Annotation:
    """One annotated region as read, before anything is decoded.

    Attributes:
        annotation_id: COCO annotation id, or the panoptic segment id.
        category_id: id into the file's categories.
        iscrowd: COCO crowd flag.
        bbox: annotated box (x, y, w, h) in pixels, or None.
        segmentation: polygons or RLE; None for panoptic segments, whose pixels are in the PNG.
        problem: why the annotation cannot be used (a reason code), or None.
        detail: one sentence for people about ``problem``.
        origin: where a propagated mask came from; None for annotated ones.
    """

    annotation_id: int
    category_id: int
    iscrowd: bool = False
    bbox: tuple[float, float, float, float] | None = None
    segmentation: Segmentation | None = None
    problem: str | None = None
    detail: str = ""
    origin: Origin | None = None


@dataclass(slots=True)
class Rights:
    """Under which licence a photo is, and where it is from, as the annotation file says.

    Attributes:
        license_id: id among the file's "licenses".
        license_name, license_url: of the licence; None where the photo names none, or the file does not list it.
        coco_url: where the data set has the photo.
        flickr_url: where its author has it.
    """

    license_id: int | None = None
    license_name: str | None = None
    license_url: str | None = None
    coco_url: str | None = None
    flickr_url: str | None = None


@dataclass(slots=True)
class ImageRecord:
    """One row of the index: an image and everything annotated on it.

    Attributes:
        image_id: COCO image id.
        file_name: path below the image folder as annotated; None when annotations name an id that
            the file's "images" lacks.
        width, height: annotated size in pixels (0 when unknown).
        annotations: in order of annotation id.
        categories: names of the categories that the annotations use, in order of category id; None for unknown ones.
            Here so that an image changes when their names do.
        panoptic_file: name of the panoptic PNG, or None for instance files.
        lookups: names below the image folder to look for in the place of ``file_name``, best first; empty where
            ``file_name`` is below it itself.
        rights: licence and origin of the photo.
        problem, detail: as in ``Annotation``, for the whole image.
    """

    image_id: int
    file_name: str | None
    width: int
    height: int
    annotations: list[Annotation] = field(default_factory=list)
    categories: list[str | None] = field(default_factory=list)
    panoptic_file: str | None = None
    lookups: list[str] = field(default_factory=list)
    rights: Rights = field(default_factory=Rights)
    problem: str | None = None
    detail: str = ""


@dataclass(slots=True)
class Instance:
    """One subject instance: becomes one row of the manifest, or one row of the rejects.

    Field meanings, units and types are documented column by column in docs/manifest.md;
    ``pipelines.storage.manifest`` holds the schema. ``reason`` is None for an accepted instance.
    """

    sample_id: str
    dataset: str
    split: str
    image_id: int
    annotation_id: int
    category: str
    image_path: str
    image_width: int
    image_height: int
    image_sha256: str | None = None
    exif_orientation: int = 1
    accessory_annotation_ids: list[int] = field(default_factory=list)
    accessory_categories: list[str] = field(default_factory=list)
    bbox: tuple[int, int, int, int] | None = None
    mask_rle: dict[str, Any] | None = None
    mask_area: int | None = None
    alpha_path: str | None = None
    trimap_path: str | None = None
    cutout_path: str | None = None
    kernel_size: int | None = None
    unknown_fraction: float | None = None
    mask_iou: float | None = None
    soft_fraction: float | None = None
    sam_iou: float | None = None
    matting_backend: str | None = None
    matting_revision: str | None = None
    reference_path: str | None = None
    reference_sha256: str | None = None
    object_score: float | None = None
    prompts: list[dict[str, Any]] | None = None
    features: str | None = None
    segmenter: str | None = None
    similarity_path: str | None = None
    alpha_sha256: str | None = None
    trimap_sha256: str | None = None
    cutout_sha256: str | None = None
    similarity_sha256: str | None = None
    license_id: int | None = None
    license_name: str | None = None
    license_url: str | None = None
    coco_url: str | None = None
    flickr_url: str | None = None
    group: str | None = None
    attributes: list[dict[str, Any]] | None = None
    keyword: str | None = None
    expressions: list[dict[str, Any]] | None = None
    relations: list[dict[str, Any]] | None = None
    sources: list[dict[str, Any]] | None = None
    composed_path: str | None = None
    composed_sha256: str | None = None
    input_hash: str = ""
    config_hash: str = ""
    reason: str | None = None
    detail: str = ""
