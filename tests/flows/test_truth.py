"""Masks and mattes against true alphas, on a disk and on a store."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from flows.truth import compare_all, compare_targets
from pipelines.annotations import masks
from pipelines.errors import UserError
from pipelines.records import Instance
from pipelines.storage.files import make_folder, remove, write_whole
from pipelines.storage.manifest import MANIFEST_SCHEMA, REJECTS_SCHEMA, part_name, write_part
from pipelines.storage.stores import place

HEIGHT, WIDTH = 6, 8


def _png(pixels: NDArray[np.uint8]) -> bytes:
    return bytes(cv2.imencode(".png", pixels)[1].tobytes())


def _level(level: int, columns: slice = slice(None)) -> NDArray[np.uint8]:
    pixels = np.zeros((HEIGHT, WIDTH), np.uint8)
    pixels[:, columns] = level
    return pixels


@dataclass
class Run:
    """An output folder and a folder of true alphas."""

    out: Path
    truth: Path
    shards: list[tuple[list[Instance], list[Instance]]] = field(default_factory=list)

    def matte(self, number: int, alpha: NDArray[np.uint8], **fields: Any) -> Instance:
        """A row of the manifest with its alpha; the mask is where the alpha is over 127."""
        name = fields.pop("alpha_path", f"alphas/{number}.png")
        make_folder(self.out / "alphas")
        write_whole(self.out / "alphas" / f"{number}.png", _png(alpha))
        basis: dict[str, Any] = {
            "alpha_path": name,
            "trimap_path": "t.png",
            "alpha_sha256": "1",
            "trimap_sha256": "2",
            "image_sha256": "0",
            "bbox": (0, 0, 1, 1),
            "mask_rle": masks.encode((alpha > 127).astype(np.uint8)),
            "mask_area": 1,
            "kernel_size": 5,
            "unknown_fraction": 0.5,
            "mask_iou": 0.9,
            "soft_fraction": 0.1,
            "matting_backend": "closed-form",
            "matting_revision": "1",
        }
        return self.row(number, **(basis | fields))

    def row(self, number: int, **fields: Any) -> Instance:
        basis: dict[str, Any] = {"image_path": f"{number}.jpg", "image_width": WIDTH, "image_height": HEIGHT}
        return Instance(f"toy-{number}", "toy", "val", number, number, "person", **(basis | fields))

    def true(self, name: str, alpha: NDArray[np.uint8]) -> None:
        make_folder(self.truth)
        write_whole(self.truth / f"{name}.png", _png(alpha))

    def save(self) -> None:
        for kind, schema in (("manifest", MANIFEST_SCHEMA), ("rejects", REJECTS_SCHEMA)):
            make_folder(self.out / kind)
            for shard, parts in enumerate(self.shards):
                write_part(self.out / kind / part_name(shard), parts[kind == "rejects"], schema)


@pytest.fixture(params=["disk", "memory"])
def run(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Run]:
    if request.param == "disk":
        yield Run(tmp_path / "out", tmp_path / "truth")
        return
    root = place(f"memory://{uuid4()}")
    yield Run(root / "out", root / "truth")
    root.rmdir(recursive=True)  # type: ignore[call-arg]


def test_means_over_the_instances_with_a_true_alpha(run: Run) -> None:
    run.shards = [([run.matte(1, _level(204))], []), ([run.matte(2, _level(51)), run.matte(3, _level(9))], [])]
    run.true("1", _level(255))
    run.true("2", _level(0))
    run.save()
    means = compare_all(run.out, run.truth)
    pixels = HEIGHT * WIDTH
    assert means is not None
    assert means["matte"] == pytest.approx({"sad": pixels * 0.2 / 1000, "mse": 0.04})
    assert means["mask"] == pytest.approx({"sad": 0.0, "mse": 0.0})
    assert (means["instances"], means["matte_better"]) == (2, 0)
    assert means["region"] == "whole image, native size"


def test_rows_may_stand_elsewhere(run: Run, tmp_path: Path) -> None:
    elsewhere = Run(tmp_path / "parts", run.truth, [([run.matte(1, _level(204))], [])])
    elsewhere.save()
    run.true("1", _level(255))
    assert compare_all(run.out, run.truth) is None
    assert (compare_all(run.out, run.truth, tmp_path / "parts") or {})["instances"] == 1
    assert (compare_targets(run.out, run.truth, tmp_path / "parts") or {})["instances"] == 1


@pytest.mark.parametrize("compare", [compare_all, compare_targets])
def test_no_true_alpha(run: Run, compare: Any) -> None:
    run.shards = [([run.matte(1, _level(204))], [])]
    run.save()
    assert compare(run.out, run.truth) is None


def test_instances_of_a_target_are_taken_together(run: Run) -> None:
    left, right = _level(255, slice(0, 4)), _level(204, slice(4, 8))
    name = {"image_path": "sub/target.jpg"}
    run.shards = [([run.matte(1, left, **name)], []), ([], [run.row(3, reason="object_not_found", image_path="b.jpg")])]
    run.shards[0][0].append(run.matte(2, right, **name))
    run.true("target", _level(255))
    run.true("b", _level(255))
    run.save()
    means = compare_targets(run.out, run.truth)
    assert means is not None
    pixels = HEIGHT * WIDTH
    # One target without a matte; the other lacks 0.2 of its right half.
    assert means["matte"] == pytest.approx({"sad": (pixels + pixels / 2 * 0.2) / 2000, "mse": (1 + 0.02) / 2})
    assert means["mask"] == pytest.approx({"sad": pixels / 2000, "mse": 0.5})
    assert (means["instances"], means["region"]) == (2, "whole target with all its instances, native size")


@pytest.mark.parametrize("compare", [compare_all, compare_targets])
def test_a_missing_matte_is_named(run: Run, compare: Any) -> None:
    run.shards = [([run.matte(1, _level(204))], [])]
    run.true("1", _level(255))
    run.save()
    remove(run.out / "alphas" / "1.png")
    with pytest.raises(UserError, match="alphas/1.png: missing"):
        compare(run.out, run.truth)


@pytest.mark.parametrize("content", [b"", b"junk"])
@pytest.mark.parametrize("compare", [compare_all, compare_targets])
def test_damaged_pictures_are_named(run: Run, compare: Any, content: bytes) -> None:
    run.shards = [([run.matte(1, _level(204))], [])]
    run.true("1", _level(255))
    run.save()
    for path in (run.out / "alphas" / "1.png", run.truth / "1.png"):
        write_whole(path, content)
        with pytest.raises(UserError, match="1.png: not a readable picture"):
            compare(run.out, run.truth)


@pytest.mark.parametrize("compare", [compare_all, compare_targets])
def test_wrong_sizes_are_told(run: Run, compare: Any) -> None:
    run.shards = [([run.matte(1, _level(204))], [])]
    run.true("1", np.zeros((3, 2), np.uint8))
    run.save()
    with pytest.raises(UserError, match=r"1.png: true alpha is \(2, 3\), the image is \(8, 6\)"):
        compare(run.out, run.truth)
    run.true("1", _level(255))
    write_whole(run.out / "alphas" / "1.png", _png(np.zeros((3, 2), np.uint8)))
    with pytest.raises(UserError, match=r"1.png: matte is \(2, 3\), the image is \(8, 6\)"):
        compare(run.out, run.truth)


@pytest.mark.parametrize("name", ["../truth/1.png", "/etc/hostname", "..\\x.png", ""])
def test_names_that_leave_the_folder_are_refused(run: Run, name: str) -> None:
    run.shards = [([run.matte(1, _level(204), alpha_path=name)], [])]
    run.true("1", _level(255))
    run.save()
    with pytest.raises(UserError, match="does not name a file inside"):
        compare_all(run.out, run.truth)


@pytest.mark.parametrize("name", ["s3://bucket/1.png", "file:///etc/1.png", "memory://1.png", "local:/1.png"])
def test_names_that_are_urls_lead_nowhere(run: Run, name: str) -> None:
    run.shards = [([run.matte(1, _level(204), alpha_path=name, image_path=name)], [])]
    run.true("1", _level(255))
    run.save()
    for compare in (compare_all, compare_targets):
        with pytest.raises(UserError, match="missing|does not name a file inside"):
            compare(run.out, run.truth)
