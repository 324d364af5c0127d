from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from pipelines.errors import UserError
from pipelines.records import Instance
from pipelines.refmatte.entities.sources import Sources, read_entities
from pipelines.refmatte.records import Entity, Rights
from pipelines.review.decisions import Decision, Ledger, Mended
from pipelines.storage.image_folder import note_images
from pipelines.storage.manifest import MANIFEST_SCHEMA, part_name, write_part


def matte(ident: int, **fields: Any) -> Instance:
    row = Instance(
        sample_id=f"coco-val2017-{ident}", dataset="coco", split="val2017", image_id=1, annotation_id=ident,
        category="person", image_path="a/1.jpg", image_width=8, image_height=6, image_sha256="ab",
        bbox=(1, 1, 3, 3), mask_rle={"size": [6, 8], "counts": "0"}, mask_area=9, alpha_path=f"alphas/{ident}.png",
        trimap_path=f"trimaps/{ident}.png", kernel_size=5, unknown_fraction=0.5, mask_iou=0.9, soft_fraction=0.4,
        matting_backend="closed-form", matting_revision="1", input_hash="1", config_hash="2",
        alpha_sha256="cd", trimap_sha256="ef",
    )  # fmt: skip
    return replace(row, **fields)


def manifest(out: Path, *rows: Instance) -> Path:
    folder = out / "manifest"
    folder.mkdir(parents=True)
    write_part(folder / part_name(0), rows, MANIFEST_SCHEMA)
    return folder


def read(folder: Path, images: Path | None = None, said: list[str] | None = None) -> list[Entity]:
    return read_entities(Sources(manifest=(folder,), images=images), (said if said is not None else []).append)


def test_a_photo_and_its_alpha(tmp_path: Path) -> None:
    rights = {"license_name": "Attribution", "license_url": "http://by", "coco_url": "http://coco"}
    folder = manifest(tmp_path / "out", matte(7, **rights, accessory_categories=["tie"], accessory_annotation_ids=[8]))
    (found,) = read(folder, tmp_path)
    assert found == Entity(
        entity_id="coco/coco-val2017-7",
        dataset="coco",
        group="human",
        category="human",
        colours=tmp_path / "a" / "1.jpg",
        alpha=tmp_path / "out" / "alphas" / "7.png",
        straight=False,
        photo="ab",
        split="test",
        rights=Rights("Attribution", "http://by", "http://coco"),
    )


def test_cutouts_need_no_photos(tmp_path: Path) -> None:
    """Nobody says where they are."""
    cut = {"cutout_path": "cutouts/7.png", "cutout_sha256": "01"}
    row = matte(7, split="sample", category="dog", flickr_url="http://f", **cut)
    (found,) = read(manifest(tmp_path, row))
    assert (found.group, found.category, found.split) == ("animal", "dog", None)
    assert (found.colours, found.alpha, found.straight) == (tmp_path / "cutouts" / "7.png", None, True)
    assert found.rights.url == "http://f"


def test_photos_are_where_the_run_noted_them(tmp_path: Path) -> None:
    folder = manifest(tmp_path / "out", matte(7))
    with pytest.raises(UserError, match="where its photos are is not noted there; give --images"):
        read(folder)
    (tmp_path / "out" / ".work").mkdir()
    (tmp_path / "photos").mkdir()
    note_images(tmp_path / "out", tmp_path / "photos")
    assert read(folder)[0].colours == tmp_path / "photos" / "a" / "1.jpg"


def test_names_that_tell_nothing_are_left_out_and_said(tmp_path: Path) -> None:
    said: list[str] = []
    folder = manifest(tmp_path, matte(7, category="object"), matte(8, category="object"), matte(9, split="train2017"))
    assert [(e.entity_id, e.split) for e in read(folder, tmp_path, said)] == [("coco/coco-val2017-9", "train")]
    assert said == [f"{folder}: mattes left out that are called 'object', which names nothing: 2"]


def test_what_people_decided_counts(tmp_path: Path) -> None:
    """What they rejected is left out, what they mended takes the place of the cutout."""
    cut = {"cutout_path": "cutouts/7.png", "cutout_sha256": "01"}
    folder = manifest(tmp_path, matte(7, **cut), matte(8, **cut))
    ledger, now, said = Ledger(tmp_path), datetime.now(UTC), list[str]()
    mended = Mended("reviews/7.png", "02", "reviews/7_trimap.png", "03")
    ledger.add(Decision("coco-val2017-7", "cd", "accepted", "ann", now, mended=mended))
    ledger.add(Decision("coco-val2017-8", "cd", "rejected", "ann", now))
    (tmp_path / "photos").mkdir()
    (found,) = read(folder, tmp_path / "photos", said)
    assert (found.colours, found.straight) == (tmp_path / "photos" / "a" / "1.jpg", False)
    assert found.alpha == tmp_path / "reviews" / "7.png"
    assert said == [f"{folder}: mattes left out that were rejected by people: 1"]


def test_composed_images_are_no_source(tmp_path: Path) -> None:
    source = {"role": "entity", "dataset": "coco", "name": "1", "sha256": "ab"}
    folder = manifest(tmp_path, matte(7, sources=[source]))
    with pytest.raises(UserError, match=f"{folder}: its images are composed of other entities"):
        read(folder, tmp_path)


def test_a_folder_without_a_manifest(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=f"{tmp_path}: no manifest found, expected the output of a labelling run"):
        read(tmp_path)


def test_a_damaged_manifest(tmp_path: Path) -> None:
    folder = manifest(tmp_path, matte(7))
    (folder / part_name(0)).write_bytes(b"PAR1")
    with pytest.raises(UserError, match="the manifest is damaged"):
        read(folder, tmp_path)


def test_paths_do_not_leave_their_folders(tmp_path: Path) -> None:
    folder = manifest(tmp_path, matte(7, cutout_path="../7.png", cutout_sha256="01"))
    with pytest.raises(UserError, match="'../7.png' does not name a file inside"):
        read(folder)
