"""The whole labelling of a shard on real files, one case per kind of bad input."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from pycocotools import mask as coco_mask

from pipelines.labelling.matting import MattingFailed
from pipelines.labelling.trimap import make_trimap
from pipelines.records import Instance
from tests.conftest import Dataset, mattes, rejects, square

Run = Callable[..., dict[str, Any]]
CLOSED_FORM = {"backend": "closed-form"}


def only_reject(dataset: Dataset, run: Run, **settings: Any) -> Instance:
    """Label a dataset that also holds one good person (image 1); that one must be kept whatever else happens."""
    config = dataset.config(**settings)
    run(config)
    assert [r.image_id for r in mattes(config)] == [1]
    (row,) = rejects(config)
    return row


@pytest.fixture
def good(dataset: Dataset) -> Dataset:
    dataset.person(1)
    return dataset


def test_an_accepted_instance(good: Dataset, run: Run) -> None:
    config = good.config(matting=CLOSED_FORM)
    summary = run(config)
    (row,) = mattes(config)
    assert row.sample_id == "coco-test-000000000001-1"
    assert (row.image_width, row.image_height, row.category) == (96, 80, "person")
    alpha = cv2.imread(str(config.out / str(row.alpha_path)), cv2.IMREAD_UNCHANGED)
    trimap = cv2.imread(str(config.out / str(row.trimap_path)), cv2.IMREAD_UNCHANGED)
    assert alpha is not None and trimap is not None
    assert alpha.shape == trimap.shape == (80, 96) and alpha.dtype == np.uint8
    assert set(np.unique(trimap)) == {0, 128, 255}
    assert (alpha[trimap == 255] == 255).all() and (alpha[trimap == 0] == 0).all()
    assert row.bbox == cv2.boundingRect(alpha)
    mask = coco_mask.decode(row.mask_rle)
    assert mask.sum() == row.mask_area == 48 * 48
    made = make_trimap(mask)
    assert np.array_equal(made.values, trimap) and made.kernel_size == row.kernel_size
    assert abs(alpha[20:60, 24:64].mean() - 255) < 1
    assert summary["counts"]["accepted"] == 1 and summary["counts"]["subjects"] == 1
    assert summary["counts"]["crowds"] == 0  # none is a figure too


def test_counts_add_up(good: Dataset, run: Run) -> None:
    good.annotate(1, category_id=18)
    good.annotate(1, square(60, 20, 12), category_id=31)
    good.annotate(1, category_id=99)
    good.annotate(1, iscrowd=1, segmentation={"counts": [80 * 96], "size": [80, 96]})
    good.annotate(1, square(1, 1, 5))
    counts = run(good.config())["counts"]
    assert counts["annotations"] == 6
    assert counts["annotations"] == counts["subjects"] + counts["accessories"] + counts["others"] + counts["unusable"]
    assert counts["subjects"] == counts["accepted"] + counts["subjects_rejected"] == 3
    assert counts["crowds"] == 1 and counts["rejected"] == 3


def test_accessories_are_fused_and_named(good: Dataset, run: Run) -> None:
    bag = good.annotate(1, square(66, 30, 14), category_id=31)
    good.coco["annotations"][0]["segmentation"] = square(20, 16, 48)
    config = good.config(fusion={"overlap_threshold": 0.1})
    summary = run(config)
    (row,) = mattes(config)
    assert row.accessory_annotation_ids == [bag] and row.accessory_categories == ["handbag"]
    assert row.mask_area is not None and row.mask_area > 48 * 48
    assert summary["accessories_by_category"] == {"handbag": 1}


def test_another_subject(good: Dataset, run: Run) -> None:
    good.add_image(2)
    good.annotate(2, category_id=18)
    config = good.config(fusion={"subject": "dog"})
    run(config)
    assert [r.category for r in mattes(config)] == ["dog"]


def test_holes_stay_holes(dataset: Dataset, run: Run) -> None:
    dataset.add_image(1)
    mask = np.zeros((80, 96), np.uint8)
    mask[10:70, 14:74] = 1
    mask[30:50, 34:54] = 0
    rle = coco_mask.encode(np.asfortranarray(mask))
    dataset.annotate(1, {"size": [80, 96], "counts": rle["counts"].decode()})
    config = dataset.config(quality={"min_mask_iou": 0})
    run(config)
    (row,) = mattes(config)
    trimap = cv2.imread(str(config.out / str(row.trimap_path)), cv2.IMREAD_UNCHANGED)
    assert trimap is not None and trimap[40, 44] == 0


FULL = {"counts": [0, 80 * 96], "size": [80, 96]}


@pytest.mark.parametrize(
    ("segmentation", "reason"),
    [
        ([], "mask_empty"),
        (None, "mask_empty"),
        ([[1, 2, 3, 4]], "mask_degenerate"),
        ([[0, 0, 9, 0, 9, None]], "mask_undecodable"),
        ([[0, 0, 9, 0, 9, 9, 1]], "mask_undecodable"),
        (square(500, 500, 40), "mask_empty"),
        ({"counts": [10, 20], "size": [80, 96]}, "mask_undecodable"),
        ({"counts": [80 * 95], "size": [80, 95]}, "mask_wrong_size"),
        ({"counts": "zzzz", "size": [80, 96]}, "mask_undecodable"),
        ({"counts": [80 * 96], "size": [80, 96]}, "mask_empty"),
        ({"counts": [100, 1, 80 * 96 - 101], "size": [80, 96]}, "too_small"),
        (FULL, "no_known_background"),
        ("rubbish", "mask_undecodable"),
        (square(1, 1, 20), "too_small"),
    ],
)
def test_masks(good: Dataset, run: Run, segmentation: Any, reason: str) -> None:
    good.add_image(2)
    entry = {"id": 2, "image_id": 2, "category_id": 1, "iscrowd": 0, "segmentation": segmentation}
    good.coco["annotations"].append(entry)
    row = only_reject(good, run)
    assert (row.reason, row.annotation_id) == (reason, 2)
    assert row.detail


def test_nan_in_a_polygon(good: Dataset, run: Run) -> None:
    good.add_image(2)
    good.annotate(2, [[0.0, 0.0, float("nan"), 0.0, 9.0, 9.0]])
    assert only_reject(good, run).reason == "mask_undecodable"


def test_crowd(good: Dataset, run: Run) -> None:
    good.add_image(2)
    good.annotate(2, iscrowd=1, segmentation=FULL)
    assert only_reject(good, run).reason == "crowd"


def break_image(path: Path, how: str) -> None:
    if how == "missing":
        path.unlink()
    elif how == "empty":
        path.write_bytes(b"")
    elif how == "truncated":
        cv2.imwrite(str(path.with_suffix(".jpg")), np.random.default_rng(0).integers(0, 255, (80, 96, 3), np.uint8))
        path.write_bytes(path.with_suffix(".jpg").read_bytes()[:900])
    elif how == "text":
        path.write_text("GIF89a? no")
    elif how == "size":
        Image.new("RGB", (95, 80)).save(path)
    else:
        Image.new("1", (40_000, 30_000)).save(path)


@pytest.mark.parametrize(
    ("how", "reason"),
    [
        ("missing", "image_missing"),
        ("empty", "image_empty"),
        ("truncated", "image_unreadable"),
        ("text", "image_unreadable"),
        ("size", "image_wrong_size"),
        ("huge", "image_too_large"),
    ],
)
def test_unusable_images(good: Dataset, run: Run, how: str, reason: str) -> None:
    path = good.add_image(2)
    good.annotate(2)
    break_image(path, how)
    row = only_reject(good, run)
    assert (row.reason, row.image_id, row.annotation_id) == (reason, 2, 2)
    assert row.image_path in row.detail


@pytest.mark.parametrize("mode", ["L", "RGBA", "P", "CMYK", "I;16", "1"])
def test_unusual_images_are_used(dataset: Dataset, run: Run, mode: str) -> None:
    path = dataset.add_image(1, "a.jpg")
    dataset.annotate(1)
    pixels = np.full((80, 96), 20, np.uint8)
    pixels[16:64, 20:68] = 220
    image = Image.fromarray(pixels)
    if mode == "CMYK":
        image.convert("RGB").convert("CMYK").save(path, format="JPEG")
    elif mode == "I;16":
        Image.fromarray(pixels.astype(np.uint16) * 257).save(path, format="PNG")
    else:
        image.convert(mode).save(path, format="PNG")
    config = dataset.config()
    run(config)
    assert [r.image_id for r in mattes(config)] == [1]


def test_exif_rotation_is_applied_and_recorded(dataset: Dataset, run: Run) -> None:
    path = dataset.add_image(1, "a.jpg")
    dataset.annotate(1)
    upright = Image.open(path).convert("RGB")
    exif = Image.Exif()
    exif[0x0112] = 6
    upright.rotate(90, expand=True).save(path, exif=exif, quality=95)
    config = dataset.config()
    run(config)
    assert [r.exif_orientation for r in mattes(config)] == [6]


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("../secret.png", "path_escapes"),
        ("/etc/passwd", "image_missing"),  # looked for below the folder
        ("/data/../../secret.png", "path_escapes"),
        ("a/../../secret.png", "path_escapes"),
    ],
)
def test_file_names_never_leave_the_folder(good: Dataset, run: Run, name: str, reason: str) -> None:
    cv2.imwrite(str(good.root / "secret.png"), np.zeros((80, 96, 3), np.uint8))
    good.coco["images"].append({"id": 2, "file_name": name, "width": 96, "height": 80})
    good.annotate(2)
    assert only_reject(good, run).reason == reason


def test_duplicate_image_id(good: Dataset, run: Run) -> None:
    good.add_image(2)
    good.annotate(2)
    good.add_image(2, "other.png")
    assert only_reject(good, run).reason == "duplicate_image_id"


def test_duplicate_annotation_id(good: Dataset, run: Run) -> None:
    good.annotate(1, square(10, 10, 50), id=1)
    assert only_reject(good, run).reason == "duplicate_annotation_id"


def test_unknown_category(good: Dataset, run: Run) -> None:
    good.annotate(1, category_id=4711)
    row = only_reject(good, run)
    assert (row.reason, row.detail) == ("unknown_category", "category id 4711 is not among the file's categories")


def test_unlisted_image(good: Dataset, run: Run) -> None:
    good.annotate(5)
    assert only_reject(good, run).reason == "image_not_listed"


def test_undecodable_accessory_is_a_row_and_the_person_is_kept(good: Dataset, run: Run) -> None:
    good.annotate(1, [[1, 2]], category_id=31)
    row = only_reject(good, run)
    assert (row.reason, row.category) == ("mask_degenerate", "handbag")


def test_optional_outputs(good: Dataset, run: Run) -> None:
    config = good.config(output={"cutouts": True, "coco_json": True})
    run(config)
    (row,) = mattes(config)
    with Image.open(config.out / str(row.cutout_path)) as image:
        assert image.mode == "RGBA" and image.size == (96, 80)
    from pycocotools.coco import COCO

    listed = COCO(str(config.out / "mattes.json"))
    assert [a["alpha_path"] for a in listed.anns.values()] == [row.alpha_path]


class Picky:
    """A backend that takes batches, and fails on crops wider than 65 pixels."""

    name, revision, context, batch_size = "picky", "1", 0, 4

    def __call__(self, image: NDArray[np.uint8], trimap: NDArray[np.uint8]) -> NDArray[np.float32]:
        if image.shape[1] > 65:
            raise MattingFailed("too wide for me")
        return (trimap / np.float32(255)).astype(np.float32)

    def batch(
        self, images: Sequence[NDArray[np.uint8]], trimaps: Sequence[NDArray[np.uint8]]
    ) -> list[NDArray[np.float32]]:
        return [self(i, t) for i, t in zip(images, trimaps, strict=True)]


def test_a_crop_that_cannot_be_matted_is_the_only_one_lost(
    good: Dataset, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    good.add_image(2)
    good.annotate(2, square(10, 10, 62))
    monkeypatch.setattr("flows.workers.worker.backend_for", lambda _: Picky())
    row = only_reject(good, run)
    assert (row.reason, row.detail, row.image_id) == ("matting_failed", "too wide for me", 2)


class Panoptic:
    """A panoptic dataset: the good image 1, and image 2 that tests break."""

    def __init__(self, dataset: Dataset) -> None:
        self.dataset, self.folder = dataset, dataset.root / "panoptic"
        self.folder.mkdir()
        for image in (1, 2):
            dataset.add_image(image)
            self.write(image)
            segments = [{"id": 7, "category_id": 1, "iscrowd": 0, "area": 2304, "bbox": [20, 16, 48, 48]}]
            entry = {"image_id": image, "file_name": f"{image}.png", "segments_info": segments}
            dataset.coco["annotations"].append(entry)

    def write(self, image: int, ident: int = 7, extra: int = 0) -> None:
        pixels = np.zeros((80, 96, 3), np.uint8)
        pixels[16:64, 20:68, 0] = ident
        pixels[:4, :4, 1] = extra
        Image.fromarray(pixels).save(self.folder / f"{image}.png")


@pytest.fixture
def panoptic(dataset: Dataset) -> Panoptic:
    return Panoptic(dataset)


def test_panoptic(panoptic: Panoptic, run: Run) -> None:
    config = panoptic.dataset.config(panoptic=panoptic.folder)
    run(config)
    assert [(r.image_id, r.annotation_id, r.mask_area) for r in mattes(config)] == [(1, 7, 2304), (2, 7, 2304)]


@pytest.mark.parametrize(
    ("how", "reason"),
    [
        ("missing", "panoptic_missing"),
        ("empty", "panoptic_empty"),
        ("size", "panoptic_wrong_size"),
        ("no segment", "mask_empty"),
    ],
)
def test_bad_panoptic_files(panoptic: Panoptic, run: Run, how: str, reason: str) -> None:
    path = panoptic.folder / "2.png"
    if how == "missing":
        path.unlink()
    elif how == "empty":
        path.write_bytes(b"")
    elif how == "size":
        Image.new("RGB", (8, 8)).save(path)
    else:
        Image.new("RGB", (96, 80)).save(path)
    assert only_reject(panoptic.dataset, run, panoptic=panoptic.folder).reason == reason


def test_single_channel_panoptic(panoptic: Panoptic, run: Run) -> None:
    pixels = np.zeros((80, 96), np.uint8)
    pixels[16:64, 20:68] = 7
    Image.fromarray(pixels).save(panoptic.folder / "2.png")
    config = panoptic.dataset.config(panoptic=panoptic.folder)
    run(config)
    assert len(mattes(config)) == 2


def test_ids_that_the_json_lacks(panoptic: Panoptic, run: Run) -> None:
    panoptic.write(2, extra=3)
    config = panoptic.dataset.config(panoptic=panoptic.folder)
    run(config)
    assert len(mattes(config)) == 2
    assert [(r.reason, r.annotation_id, r.image_id) for r in rejects(config)] == [("segment_not_listed", 768, 2)]


def test_category_zero_and_images_without_segments(panoptic: Panoptic, run: Run) -> None:
    panoptic.dataset.coco["annotations"][1]["segments_info"] = [{"id": 7, "category_id": 0}]
    panoptic.dataset.add_image(3)
    panoptic.dataset.coco["annotations"].append({"image_id": 3, "file_name": "3.png", "segments_info": []})
    row = only_reject(panoptic.dataset, run, panoptic=panoptic.folder)
    assert (row.reason, row.image_id) == ("unknown_category", 2)


def test_a_rejected_matte_leaves_no_files(good: Dataset, run: Run) -> None:
    config = good.config(quality={"min_mask_iou": 1.0})
    run(config)
    (row,) = rejects(config)
    assert row.reason == "matte_disagrees" and row.mask_iou is not None and 0.5 < row.mask_iou < 1
    assert row.alpha_path is None and list((config.out / "alphas").iterdir()) == []
