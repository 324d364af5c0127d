import hashlib
import json

import cv2
import numpy as np
import pytest
from pycocotools.coco import COCO

from pipelines.sample import build
from pipelines.sample.build import build_sample
from pipelines.sample.layers import Canvas, Layer, composite, shares

PERSON = 1


@pytest.fixture(scope="module")
def sample(tmp_path_factory):
    return build_sample(tmp_path_factory.mktemp("sample"))


@pytest.fixture(scope="module")
def coco(sample):
    return COCO(str(sample.annotations))


def truth_of(sample):
    return {int(p.stem): cv2.imread(str(p), cv2.IMREAD_UNCHANGED) for p in sorted(sample.truth.glob("*.png"))}


def digests(out):
    return {str(p.relative_to(out)): hashlib.sha256(p.read_bytes()).hexdigest() for p in out.rglob("*") if p.is_file()}


def degenerate(annotation):
    shape = annotation["segmentation"]
    return isinstance(shape, list) and any(len(part) < 6 for part in shape)


def fused(coco, ident):
    """A person's mask with those of the accessories that follow it up to the next person, as they were staged."""
    person = coco.anns[ident]
    out = coco.annToMask(person)
    for annotation in sorted(coco.imgToAnns[person["image_id"]], key=lambda a: a["id"]):
        if annotation["id"] <= ident:
            continue
        if annotation["category_id"] in (PERSON, 18, 37, 62):
            break
        out |= coco.annToMask(annotation)
    return out


def test_counts(sample, coco):
    assert len(list(sample.images.glob("*.jpg"))) == len(coco.imgs) >= 24
    truths = truth_of(sample)
    assert len(truths) >= 44
    assert all(coco.anns[i]["category_id"] == PERSON for i in truths)
    people = [a for a in coco.anns.values() if a["category_id"] == PERSON]
    assert sum(a["iscrowd"] for a in people) == 1
    assert sum(degenerate(a) for a in people) == 1
    tiny = [a for a in people if a["area"] < 1024 and not degenerate(a)]
    assert len(tiny) == 4 and not any(a["id"] in truths for a in tiny)


def test_all_forms_of_segmentation_occur_and_decode(coco):
    forms = set()
    for annotation in coco.anns.values():
        if degenerate(annotation):
            continue
        shape = annotation["segmentation"]
        forms.add("polygon" if isinstance(shape, list) else type(shape["counts"]).__name__)
        mask = coco.annToMask(annotation)
        image = coco.imgs[annotation["image_id"]]
        assert mask.shape == (image["height"], image["width"])
        assert mask.sum() == annotation["area"] > 0
        assert list(cv2.boundingRect(mask)) == annotation["bbox"]
    assert forms == {"polygon", "list", "str"}


def test_images_match_their_records(sample, coco):
    for image in coco.imgs.values():
        pixels = cv2.imread(str(sample.images / image["file_name"]))
        assert pixels.shape == (image["height"], image["width"], 3)
    assert any(i["width"] == 1280 and i["height"] == 960 for i in coco.imgs.values())
    assert any(i["width"] < i["height"] for i in coco.imgs.values())


def test_masks_agree_with_the_truth_loosely(sample, coco):
    ratios = {}
    for ident, alpha in truth_of(sample).items():
        mask, alpha = fused(coco, ident).astype(float), alpha / 255
        assert mask.shape == alpha.shape
        ratios[ident] = np.minimum(mask, alpha).sum() / np.maximum(mask, alpha).sum()
    assert min(ratios.values()) > 0.75, {k: round(v, 2) for k, v in ratios.items() if v <= 0.75}
    # Coarse all the same: nobody could pass the masks off as mattes.
    assert np.mean(list(ratios.values())) < 0.985


def test_truth_is_a_matte_and_not_a_mask(sample):
    for ident, alpha in truth_of(sample).items():
        assert alpha.dtype == np.uint8 and alpha.ndim == 2
        fraction = ((alpha > 0) & (alpha < 255)).sum() / (alpha > 0).sum()
        assert fraction > 0.01, ident
        assert (alpha == 255).any(), ident


@pytest.mark.slow
def test_same_seed_same_bytes(sample, tmp_path):
    build_sample(tmp_path)
    assert digests(tmp_path) == digests(sample.images.parent)


def test_a_complete_sample_is_left_alone(sample):
    files = [p for p in sample.images.parent.rglob("*") if p.is_file()]
    before = [p.stat().st_mtime_ns for p in files]
    assert build_sample(sample.images.parent) == sample
    assert [p.stat().st_mtime_ns for p in files] == before


@pytest.fixture
def small(monkeypatch):
    """Two scenes are enough to see whether a build starts over."""
    monkeypatch.setattr(build, "SHOTS", build.SHOTS[2:4])


def test_an_interrupted_build_is_made_again(small, tmp_path, monkeypatch):
    whole = build.write_whole

    def fail(path, content, **options):
        if path.suffix == ".json":
            raise KeyboardInterrupt
        whole(path, content, **options)

    with monkeypatch.context() as patch:
        patch.setattr(build, "write_whole", fail)
        with pytest.raises(KeyboardInterrupt):
            build_sample(tmp_path)
    assert not (tmp_path / build._MARKER).exists()
    (tmp_path / "images" / "000000000999.jpg").write_bytes(b"left over")
    paths = build_sample(tmp_path)
    assert len(json.loads(paths.annotations.read_bytes())["images"]) == len(list(paths.images.iterdir())) == 2


def test_another_seed_or_a_lost_file_means_another_build(small, tmp_path):
    build_sample(tmp_path)
    first = digests(tmp_path)
    build_sample(tmp_path, seed=1)
    assert json.loads((tmp_path / build._MARKER).read_bytes())["seed"] == 1
    second = digests(tmp_path)
    assert first != second
    next((tmp_path / "images").iterdir()).unlink()
    build_sample(tmp_path, seed=1)
    assert digests(tmp_path) == second


def pixel(colour, alpha):
    rgba = np.array([*(np.array(colour) * alpha), alpha], np.float32)
    return Canvas(0, 0, rgba.reshape(1, 1, 4), np.full((1, 1), alpha, np.float32))


def test_compositing_by_hand():
    # Behind: half red, human 0. Its bag: half green. In front: a quarter blue, human 1. Background white.
    layers = [
        Layer(pixel((1, 0, 0), 0.5), 0, 0),
        Layer(pixel((0, 1, 0), 0.5), 1, 0),
        Layer(pixel((0, 0, 1), 0.25), 2, 1),
    ]
    image = composite(np.ones((1, 1, 3), np.float32), layers)
    # White over red: (1, .5, .5); green: (.5, .75, .25); blue: (.375, .5625, .4375).
    np.testing.assert_allclose(image[0, 0], [0.375, 0.5625, 0.4375], atol=1e-6)
    truth, seen = shares((1, 1), layers)
    assert truth[0].item() == pytest.approx((1 - 0.5 * 0.5) * 0.75)  # the union of human and bag, seen through 1
    assert truth[1].item() == pytest.approx(0.25)
    assert seen[0].item() == pytest.approx(0.5 * 0.5 * 0.75)  # the bag hides half of its owner
    # What the background keeps and what the humans have is everything.
    assert truth[0].item() + truth[1].item() + 0.5 * 0.5 * 0.75 == pytest.approx(1)
