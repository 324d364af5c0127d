"""The three sources of COCO objects."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from matting_models.data.drawn_edges import EDGES, draw_edge
from matting_models.data.drawn_source import DrawnEdgesSource
from matting_models.data.masks_source import MasksSource
from matting_models.data.sample import BadSample
from matting_models.data.together import together
from matting_models.data.truth_source import TruthSource
from matting_models.errors import InputError, MissingError
from tests.matting_models.data.conftest import rng, write_coco


def drawn(root: Path) -> DrawnEdgesSource:
    return DrawnEdgesSource(root / "coco.json", root / "images", [root / "backgrounds"])


def truth(root: Path) -> TruthSource:
    return TruthSource(root / "coco.json", root / "images", root / "truth")


def test_masks_are_not_trusted_near_their_outline(tmp_path: Path) -> None:
    root = write_coco(tmp_path)
    source = MasksSource(root / "coco.json", root / "images", band=0.1)  # 8 px of a square of 80
    sample = source.load(0, rng())
    assert sample.trusted is not None
    assert sample.alpha[60, 30:50].tolist() == [0] * 10 + [255] * 10
    assert sample.trusted[60, 30:50].tolist() == [255, 255] + [0] * 16 + [255, 255]
    assert (sample.sample_id, source.group(0)) == (f"annotation 7 of {root / 'images/p.png'}", "p.png")


def test_true_alphas(tmp_path: Path) -> None:
    root = write_coco(tmp_path, {"id": 8})
    source = truth(root)
    assert len(source) == 1
    sample = source.load(0, rng())
    np.testing.assert_array_equal(sample.alpha, cv2.imread(str(root / "truth/7.png"), 0))
    assert sample.image[60, 80].tolist() == [220, 60, 40]
    assert sample.whole is None


def test_everything_in_a_photo_together(tmp_path: Path) -> None:
    root = write_coco(tmp_path, {"id": 8})
    first = cv2.imread(str(root / "truth/7.png"), 0)
    assert first is not None
    second = np.zeros_like(first)
    second[:50, :50] = 128
    cv2.imwrite(str(root / "truth/8.png"), second)
    sample = truth(root).load(0, rng())
    assert sample.whole is not None
    np.testing.assert_array_equal(sample.alpha, first)
    np.testing.assert_array_equal(sample.whole(), together([first, second]))
    cv2.imwrite(str(root / "truth/8.png"), second[:20])
    with pytest.raises(BadSample, match=r"8\.png is \d+x20, expected"):
        sample.whole()


@pytest.mark.parametrize("kind", EDGES)
def test_every_edge_keeps_the_object_and_its_colours(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("matting_models.data.drawn_edges.EDGES", {kind: 1.0})
    monkeypatch.setattr("matting_models.data.drawn_edges.HOLED", 0)
    mask = np.zeros((160, 160), np.uint8)
    cv2.circle(mask, (80, 80), 40, 1, -1)
    photo = np.where(mask[:, :, None] > 0, np.uint8(200), np.uint8(20)).repeat(3, 2)
    for seed in range(6):
        cutout = draw_edge(photo, mask, rng(seed))
        assert cutout is not None
        assert cutout.alpha[80, 80] == pytest.approx(1, abs=0.01)
        assert cutout.alpha[5, 5] == 0
        assert ((cutout.alpha > 0.05) & (cutout.alpha < 0.95)).sum() > (0 if kind == "crisp" else 30)
        own = cutout.alpha > 0.5  # the old background's 20 is nowhere in it
        assert (cutout.colour[own] / cutout.alpha[own][:, None]).min() > 60


def test_holes(monkeypatch: pytest.MonkeyPatch) -> None:
    mask = np.zeros((160, 160), np.uint8)
    cv2.circle(mask, (80, 80), 60, 1, -1)
    deep = cv2.erode(mask, np.ones((31, 31), np.uint8)) > 0
    monkeypatch.setattr("matting_models.data.drawn_edges.EDGES", {"crisp": 1.0})
    for share in (0, 1):
        monkeypatch.setattr("matting_models.data.drawn_edges.HOLED", share)
        cutouts = [draw_edge(np.full((160, 160, 3), 99, np.uint8), mask, rng(seed)) for seed in range(5)]
        assert sum(bool(c is not None and c.alpha[deep].min() < 0.1) for c in cutouts) >= 4 * share
        assert share or all(c is not None and c.alpha[deep].min() > 0.99 for c in cutouts)


def test_the_generator_decides_the_edge_and_the_background(tmp_path: Path) -> None:
    source = drawn(write_coco(tmp_path))
    for seed in range(6):
        first, second = source.load(0, rng(seed)), source.load(0, rng(seed))
        assert first.image.tobytes() == second.image.tobytes()
        assert first.alpha.tobytes() == second.alpha.tobytes()
    assert len({source.load(0, rng(seed)).alpha.tobytes() for seed in range(6)}) == 6


def test_identity_covers_rows_and_options(tmp_path: Path) -> None:
    root = write_coco(tmp_path, {"id": 8})
    annotations, images = root / "coco.json", root / "images"
    sources = [
        MasksSource(annotations, images),
        MasksSource(annotations, images, band=0.1),
        MasksSource(annotations, images, min_area=100),
        MasksSource(annotations, images).subset([1]),
        truth(root),
        drawn(root),
    ]
    assert len({source.identity() for source in sources}) == len(sources)
    assert MasksSource(annotations, images).identity() == sources[0].identity()


def test_masks_too_small_or_too_thin(tmp_path: Path) -> None:
    root = write_coco(tmp_path, {"id": 8, "segmentation": [[0, 0, 9, 0, 9, 9, 0, 9]]})
    with pytest.raises(BadSample, match="annotation 8 of .*p.png: its mask has 100 pixels, expected at least 3000"):
        drawn(root).load(1, rng())
    thin = np.zeros((400, 400), np.uint8)
    thin[:, ::4] = 1
    assert draw_edge(np.zeros((400, 400, 3), np.uint8), thin, rng()) is None


def bad_truth(root: Path) -> str:
    with pytest.raises(BadSample) as caught:
        truth(root).load(0, rng())
    return caught.value.reason


def test_true_alphas_that_cannot_be_used(tmp_path: Path) -> None:
    root = write_coco(tmp_path)
    path = root / "truth/7.png"
    cv2.imwrite(str(path), np.zeros((120, 160), np.uint8))
    assert bad_truth(root) == f"{path} has 0 pixels of foreground, expected at least 800"
    cv2.imwrite(str(path), np.full((4, 5), 255, np.uint8))
    assert bad_truth(root) == f"{path} is 5x4, expected 160x120 as its picture"
    path.write_bytes(b"torn")
    assert bad_truth(root) == f"{path} cannot be decoded (4 bytes)"
    path.unlink()
    with pytest.raises(InputError, match="has none of the alphas of .*coco.json, such as 7.png"):
        truth(root)
    (root / "truth").rmdir()
    with pytest.raises(MissingError, match="truth folder .* does not exist"):
        truth(root)


def test_a_torn_background(tmp_path: Path) -> None:
    root = write_coco(tmp_path)
    (root / "backgrounds/b.png").write_bytes(b"torn")
    with pytest.raises(BadSample, match="annotation 7 of .*: .*b.png cannot be decoded"):
        drawn(root).load(0, rng())


def test_a_torn_photo(tmp_path: Path) -> None:
    root = write_coco(tmp_path)
    (root / "images/p.png").write_bytes(b"rip")
    with pytest.raises(BadSample, match="annotation 7 of .*: .*p.png cannot be decoded \\(3 bytes\\)"):
        truth(root).load(0, rng())
