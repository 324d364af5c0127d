"""The labelling of a shard with methods that start from masks, and with their trimaps."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from flows.job import open_output
from flows.workers import worker
from flows.workers.worker import backend_for, check_models, trimaps_for
from matting_models.networks.mask_to_matte.weights import read_weights, revision_of, write_weights
from pipelines.config import TrimapConfig
from pipelines.errors import UserError
from pipelines.labelling.instance_matte import Made, made_from_mask, made_from_trimaps, start_from
from pipelines.labelling.matting import Matte, MattingFailed
from pipelines.records import Instance
from pipelines.storage.lock import locked
from tests.conftest import Dataset, mattes, rejects, square, tree

Run = Callable[..., dict[str, Any]]


def picture(folder: Path, name: str | None) -> NDArray[np.uint8]:
    pixels = cv2.imread(str(folder / str(name)), cv2.IMREAD_UNCHANGED)
    assert pixels is not None
    return np.asarray(pixels, np.uint8)


def save_weights(folder: Path, change: float) -> str:
    """The package's weights, the head's bias moved a little; returns their revision."""
    tensors = read_weights(None)[0]
    write_weights(folder, tensors | {"head.bias": tensors["head.bias"] + np.float32(change)})
    return revision_of(str(folder))


@pytest.fixture
def people(dataset: Dataset) -> Dataset:
    dataset.person(1)
    dataset.person(2)
    return dataset


def only(rows: list[Instance]) -> Instance:
    (row,) = rows
    return row


def test_the_default_starts_from_the_mask(dataset: Dataset, run: Run) -> None:
    dataset.person(1)
    config = dataset.config()
    run(config)
    row = only(mattes(config))
    assert row.matting_backend == "mask-to-matte" and str(row.matting_revision).startswith(revision_of(None) + "+")
    assert row.kernel_size == 0
    alpha, trimap = picture(config.out, row.alpha_path), picture(config.out, row.trimap_path)
    assert alpha.shape == trimap.shape == (80, 96)
    assert set(np.unique(trimap)) == {0, 128, 255}
    assert np.array_equal(alpha[trimap != 128], trimap[trimap != 128])
    assert row.bbox == cv2.boundingRect(alpha)
    assert row.unknown_fraction == np.count_nonzero(trimap == 128) / np.count_nonzero(trimap)
    assert row.mask_iou is not None and row.mask_iou > 0.9


def test_a_learned_trimap_feeds_the_closed_form(dataset: Dataset, run: Run, tmp_path: Path) -> None:
    dataset.person(1)
    network = dataset.config()
    run(network)
    config = dataset.config(out=tmp_path / "learned", matting={"backend": "closed-form"}, trimap={"rule": "learned"})
    run(config)
    row, own = only(mattes(config)), only(mattes(network))
    assert row.trimap_sha256 == own.trimap_sha256 and row.kernel_size == 0
    assert row.matting_backend == "closed-form"
    assert str(row.matting_revision).endswith(f", trimaps mask-to-matte {own.matting_revision}")
    alpha, trimap = picture(config.out, row.alpha_path), picture(config.out, row.trimap_path)
    assert np.array_equal(alpha[trimap != 128], trimap[trimap != 128])


@pytest.mark.parametrize("learned", [False, True])
def test_other_weights_of_the_same_name_redo_the_mattes(
    people: Dataset, run: Run, tmp_path: Path, learned: bool
) -> None:
    folder = tmp_path / "mine"
    before = save_weights(folder, 0.0)
    given: dict[str, Any] = {"matting": {"weights": str(folder)}}
    if learned:
        given = {"matting": {"backend": "closed-form"}, "trimap": {"rule": "learned", "weights": str(folder)}}
    config = people.config(**given)
    run(config)
    old = {row.image_id: row for row in mattes(config)}
    with locked(config.out):
        assert not open_output(config).plan.jobs
    after = save_weights(folder, 0.25)
    backend_for.cache_clear()
    trimaps_for.cache_clear()
    with locked(config.out):
        opened = open_output(config)
    assert opened.plan.reasons == {"weights changed": len(opened.sizes)}
    run(config)
    new = {row.image_id: row for row in mattes(config)}
    assert all(before in str(row.matting_revision) for row in old.values())
    assert all(after in str(row.matting_revision) for row in new.values()) and len(new) == 2
    assert all(old[image].input_hash != new[image].input_hash for image in new)


def test_a_shard_done_again_is_the_same(people: Dataset, run: Run, tmp_path: Path) -> None:
    whole = people.config(out=tmp_path / "whole", keep_versions=1)
    run(whole)
    spared = people.coco["images"].pop(), people.coco["annotations"].pop()
    config = people.config(out=tmp_path / "grown", keep_versions=1)
    run(config)
    people.coco["images"].append(spared[0])
    people.coco["annotations"].append(spared[1])
    grown = people.config(out=tmp_path / "grown", keep_versions=1)
    run(grown)
    found = {name: content for name, content in tree(grown.out).items() if name.startswith(("alphas", "trimaps"))}
    assert (
        found == {n: c for n, c in tree(whole.out).items() if n.startswith(("alphas", "trimaps"))} and len(found) == 4
    )


def test_weights_that_are_not_there(people: Dataset, run: Run) -> None:
    with pytest.raises(UserError, match="weights nowhere do not exist; expected a folder with model.safetensors"):
        run(people.config(matting={"weights": "nowhere"}))
    with pytest.raises(UserError, match="weights nowhere do not exist"):
        run(people.config(matting={"backend": "closed-form"}, trimap={"rule": "learned", "weights": "nowhere"}))


def test_damaged_weights_show_before_the_first_image(people: Dataset, tmp_path: Path) -> None:
    (tmp_path / "model.safetensors").write_bytes(b"no")
    with pytest.raises(UserError, match="are damaged or cut short"):
        check_models(people.config(matting={"weights": str(tmp_path)}))


class Half:
    """Alpha 0.5 in a box, 1 inside of it where ``core`` is not empty; fails when told to. Gives its trimaps too."""

    name, revision, batch_size = "half", "1", 1

    def __init__(self, core: tuple[slice, slice] | None = None, *, fails: bool = False, full: bool = False) -> None:
        self.core, self.fails, self.full = core, fails, full

    def matte(self, image: NDArray[np.uint8], mask: NDArray[np.uint8]) -> Matte:
        if self.fails:
            raise MattingFailed("not this one")
        alpha = np.full(mask.shape, 0.5 if self.full else 0, np.float32)
        alpha[16:64, 20:68] = 0.5
        if self.core is not None:
            alpha[self.core] = 1
        trimap = np.where(alpha == 0, 0, np.where(alpha == 1, 255, 128)).astype(np.uint8)
        return Matte(alpha, trimap)

    def trimap(self, image: NDArray[np.uint8], mask: NDArray[np.uint8]) -> NDArray[np.uint8]:
        return self.matte(image, mask).trimap


INNER = np.s_[17:63, 21:67]


@pytest.mark.parametrize(
    ("method", "reason", "detail"),
    [
        (Half(fails=True), "matting_failed", "not this one"),
        (Half(), "mostly_unknown", "unknown fraction 1.000, expected at most 0.65"),
        (Half(INNER, full=True), "no_known_background", "the matte fills the whole image"),
        (Half(np.s_[0:79, 0:95]), "matte_disagrees", "soft IoU with the mask 0.307, expected at least 0.8"),
    ],
)
def test_gates_of_mattes_from_masks(
    dataset: Dataset, run: Run, monkeypatch: pytest.MonkeyPatch, method: Half, reason: str, detail: str
) -> None:
    monkeypatch.setattr(worker, "backend_for", lambda _: method)
    dataset.person(1)
    config = dataset.config()
    run(config)
    row = only(rejects(config))
    assert (row.reason, row.detail, row.matting_backend) == (reason, detail, "half")


def test_a_learned_trimap_that_fails_rejects_its_instance_alone(
    dataset: Dataset, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Picky(Half):
        def matte(self, image: NDArray[np.uint8], mask: NDArray[np.uint8]) -> Matte:
            self.fails = not mask[65].any()
            return super().matte(image, mask)

    monkeypatch.setattr(worker, "trimaps_for", lambda *_: Picky(INNER))
    dataset.person(1)
    dataset.person(2, segmentation=square(20, 16, 50))
    config = dataset.config(matting={"backend": "closed-form"}, trimap={"rule": "learned"})
    run(config)
    row = only(rejects(config))
    assert (row.image_id, row.reason, row.detail) == (1, "matting_failed", "not this one")
    assert row.matting_backend == "closed-form"
    assert only(mattes(config)).image_id == 2


def test_a_matte_from_a_mask_is_cut_to_both() -> None:
    mask = np.zeros((80, 96), np.uint8)
    mask[10:40, 30:50] = 1
    made = made_from_mask(Half(INNER), np.zeros((80, 96, 3), np.uint8), mask)
    assert isinstance(made, Made)
    assert made.extent == np.s_[10:64, 20:68]
    assert made.alpha.shape == made.mask.shape == (54, 48)
    assert (made.alpha[7, 1], made.alpha[0, 12], made.mask[0, 10]) == (1, 0, 1)


class Edge:
    """Half everywhere that is unknown."""

    name, revision, context, batch_size = "edge", "1", 2, 1

    def __call__(self, image: NDArray[np.uint8], trimap: NDArray[np.uint8]) -> NDArray[np.float32]:
        return np.where(trimap == 128, np.float32(0.5), trimap / np.float32(255)).astype(np.float32)

    def batch(self, images: Any, trimaps: Any) -> list[NDArray[np.float32]]:
        return [self(image, trimap) for image, trimap in zip(images, trimaps, strict=True)]


def test_a_learned_trimap_is_seen_with_context() -> None:
    mask = np.zeros((80, 96), np.uint8)
    mask[16:64, 20:68] = 1
    start = start_from(mask, np.zeros((80, 96, 3), np.uint8), TrimapConfig(), Edge(), Half(INNER))
    assert (start.kernel_size, start.window, start.image.shape) == (0, np.s_[14:66, 18:70], (52, 52, 3))
    (made,) = made_from_trimaps(Edge(), [start])
    assert isinstance(made, Made)
    assert made.extent == start.window
    assert (made.alpha[1, 2], made.alpha[2, 2], made.alpha[3, 3]) == (0, 0.5, 1)
