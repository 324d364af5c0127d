"""COCO's JSON objects turned into records: instances, panoptic, and COCONut's flavours of both."""

from collections.abc import Mapping
from typing import Any, Literal

from pipelines.records import Annotation, Rights

AnnotationFormat = Literal["instances", "panoptic"]

UNREADABLE = "mask2matte: cannot be read"
"""Name of the field that says why others of an entry are missing."""

UNLISTED_IMAGE = -1
"""Image id given to annotations that name no usable image id."""


def whole_number(value: Any) -> int | None:
    """An id: an int, or a string or float that is one (some exporters write ``"000000139"`` or ``139.0``)."""
    if isinstance(value, bool):
        return None
    if isinstance(value, str) and value.strip().lstrip("-").isdigit():
        value = int(value)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return value if isinstance(value, int) and -(2**63) <= value < 2**63 else None


def detect_format(annotation: Any) -> AnnotationFormat:
    """The format of a file, told by one of its annotations: panoptic ones list segments, instances are segments."""
    return "panoptic" if isinstance(annotation, dict) and "segments_info" in annotation else "instances"


def _box(value: Any) -> tuple[float, float, float, float] | None:
    if not isinstance(value, list | tuple) or len(value) != 4:
        return None
    if not all(isinstance(v, int | float) and not isinstance(v, bool) for v in value):
        return None
    x, y, w, h = (float(v) for v in value)
    return x, y, w, h


def annotation_from_json(raw: Any) -> Annotation:
    """One instance annotation or one panoptic segment.

    Fields that are missing or of the wrong type do not raise: the record says so in ``problem``.
    """
    if not isinstance(raw, dict):
        return Annotation(UNLISTED_IMAGE, 0, problem="annotation_malformed", detail=f"not an object: {raw!r:.80}")
    ident, category = whole_number(raw.get("id")), whole_number(raw.get("category_id"))
    record = Annotation(
        annotation_id=UNLISTED_IMAGE if ident is None else ident,
        category_id=0 if category is None else category,
        iscrowd=bool(raw.get("iscrowd", 0)),
        bbox=_box(raw.get("bbox")),
        segmentation=raw.get("segmentation"),
    )
    for name, value in (("id", ident), ("category_id", category)):
        if value is None:
            record.problem = "annotation_malformed"
            record.detail = f'"{name}" is {raw.get(name)!r:.80}, expected a whole number'
    if UNREADABLE in raw:
        record.problem, record.detail = "annotation_malformed", f"a field cannot be read: {raw[UNREADABLE]}"
    return record


def rights_from_json(image: Mapping[str, Any], licenses: Mapping[int, Any]) -> Rights:
    """Licence and origin of an entry of "images"; what is missing or no text is None.

    Args:
        image: the entry.
        licenses: entries of "licenses" by id.
    """
    ident = whole_number(image.get("license"))
    license = licenses.get(ident, {}) if ident is not None else {}
    return Rights(
        license_id=ident,
        license_name=_text(license.get("name")),
        license_url=_text(license.get("url")),
        coco_url=_text(image.get("coco_url")),
        flickr_url=_text(image.get("flickr_url")),
    )


def _text(value: Any) -> str | None:
    """A text that can be written as UTF-8."""
    if not isinstance(value, str) or not value.strip():
        return None
    return value.encode("utf-8", "replace").decode()
