"""A COCO-style JSON that lists the mattes, for tools that read COCO."""

from pathlib import Path

import orjson

from pipelines.files import write_whole
from pipelines.manifest import read_folder


def write_mattes_json(out: Path) -> Path:
    """Write mattes.json below ``out``: COCO instances whose annotations carry ``alpha_path`` beside the mask's RLE.

    bbox and area are those of alpha > 0 and of the mask; ids are numbered from 1 in manifest order, and
    ``source_annotation_id`` names the annotation the matte came from.
    """
    rows = read_folder(out / "manifest")
    images = {r.image_id: r for r in rows}
    names = {name: i for i, name in enumerate(sorted({r.category for r in rows}), 1)}
    body = {
        "images": [
            {"id": i, "file_name": r.image_path, "width": r.image_width, "height": r.image_height}
            for i, r in sorted(images.items())
        ],
        "categories": [{"id": i, "name": name} for name, i in names.items()],
        "annotations": [
            {
                "id": i,
                "image_id": r.image_id,
                "category_id": names[r.category],
                "iscrowd": 0,
                "bbox": r.bbox,
                "area": r.mask_area,
                "segmentation": r.mask_rle,
                "alpha_path": r.alpha_path,
                "trimap_path": r.trimap_path,
                "source_annotation_id": r.annotation_id,
                "accessory_annotation_ids": r.accessory_annotation_ids,
            }
            for i, r in enumerate(rows, 1)
        ],
    }
    path = out / "mattes.json"
    write_whole(path, orjson.dumps(body) + b"\n")
    return path
