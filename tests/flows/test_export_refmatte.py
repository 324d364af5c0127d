"""A run of the RefMatte engine in RefMatte's published layout, and in the other formats."""

import json
from hashlib import sha256
from pathlib import Path

import cv2
import numpy as np
import pytest
from pycocotools.coco import COCO

from flows.export import main
from matting_models.refmatte_layout import evaluation_texts, read_entities
from pipelines.records import Instance
from tests.pipelines.review.conftest import instance, manifest

KINDS = ("basic", "absolute", "relative-1")
EXTRA = {"relation": None, "words": None, "other": None}


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """Images 1 and 3 of training and 2 of test, with two entities each; the second ones have fewer expressions."""
    out = tmp_path / "out"
    rows = [row(out, image, number) for image in (1, 2, 3) for number in (1, 2)]
    manifest(out, rows)
    return out


def row(out: Path, image: int, number: int) -> Instance:
    photo, photo_digest = written(out / "composed" / f"{image:012d}-ab.jpg", image)
    alpha, alpha_digest = written(out / "alphas" / f"{image:012d}_{number}.png", 10 * image + number)
    trimap, trimap_digest = written(out / "trimaps" / f"{image:012d}_{number}.png", 128)
    texts = [{"kind": kind, "text": f"{kind} of {image}.{number}"} | EXTRA for kind in KINDS[: 4 - number]]
    sources = [
        source("entity", "p3m", f"p3m/{image}", "CC BY-NC"),
        source("entity", "aim", "aim/1", None),
        source("background", "backgrounds", "street\t1.jpg", "CC BY-NC"),
    ]
    return instance(
        image, sample_id=f"refmatte-{image}-{number}", annotation_id=number, split="test" if image == 2 else "train",
        image_path=Path(photo).name, image_sha256=photo_digest, composed_path=photo, composed_sha256=photo_digest,
        alpha_path=alpha, alpha_sha256=alpha_digest, trimap_path=trimap, trimap_sha256=trimap_digest,
        category="cat", keyword="cat" if number == 1 else None, group="animal", expressions=texts, sources=sources,
        attributes=[{"name": "colour", "value": "black"}], relations=[{"relation": "left", "other": 3 - number}],
        mask_rle={"size": [20, 20], "counts": "0`<0"},
    )  # fmt: skip


def source(role: str, dataset: str, name: str, license: str | None) -> dict[str, str | None]:
    known = {"role": role, "dataset": dataset, "name": name, "sha256": "d"}
    return known | {"license_name": license, "license_url": None, "url": "http://x" if license else None}


def written(path: Path, level: int) -> tuple[str, str]:
    path.parent.mkdir(parents=True, exist_ok=True)
    content = cv2.imencode(path.suffix, np.full((20, 20), level, np.uint8))[1].tobytes()
    path.write_bytes(content)
    return f"{path.parent.name}/{path.name}", sha256(content).hexdigest()


def run(out: Path, target: Path, *more: str, to: str = "refmatte") -> int:
    images = str(out / "composed")
    return main([str(out), "--to", to, "--out", str(target), "--images", images, "--shard-size", "3", *more])


def contents(root: Path, split: str) -> list[object]:
    """What is read from a run or an export, with bytes in the place of paths."""
    found = read_entities(root, split)  # type: ignore[arg-type]
    texts = evaluation_texts(root, split, found)  # type: ignore[arg-type]
    return [
        (e.name, e.image_name, e.keyword, e.expressions, e.image.read_bytes(), e.alpha.read_bytes(), text)
        for e, text in zip(found, texts, strict=True)
    ]


@pytest.mark.parametrize("split", ["train", "test"])
def test_an_export_reads_back_as_the_run(out: Path, tmp_path: Path, split: str) -> None:
    assert run(out, tmp_path / "shared") == 0
    assert contents(tmp_path / "shared", split) == contents(out, split) != []


def test_what_public_loaders_look_for(out: Path, tmp_path: Path) -> None:
    assert run(out, tmp_path / "shared") == 0
    train, test = tmp_path / "shared/train", tmp_path / "shared/test"
    labels = json.loads((train / "refmatte_train_label.json").read_text())
    assert set(labels) == {path.stem for path in (train / "mask").iterdir()}
    for stem, entry in labels.items():
        assert (train / "img" / f"{entry['image_name']}.jpg").is_file()
        assert stem == f"{entry['image_name']}_{stem[-1]}" and entry["expressions"][-1].endswith(f".{stem[-1]}")
    assert {path.name for path in (train / "trimap").iterdir()} == {path.name for path in (train / "mask").iterdir()}
    choice = json.loads((test / "eval_index_expression.json").read_text())
    assert list(choice) == ["000000000002-ab"] and choice["000000000002-ab"] in (0, 1)
    assert not (train / "eval_index_expression.json").exists()


def test_the_same_run_gives_the_same_bytes_and_what_is_gone_goes(out: Path, tmp_path: Path) -> None:
    assert run(out, tmp_path / "a") == run(out, tmp_path / "b") == 0
    assert files(tmp_path / "a") == files(tmp_path / "b")
    manifest(out, [row(out, 2, number) for number in (1, 2)])
    assert run(out, tmp_path / "a") == 0
    assert not [name for name in files(tmp_path / "a") if name.startswith("train/")]


def files(target: Path) -> dict[str, bytes]:
    """All but the lock."""
    names = {p.relative_to(target).as_posix(): p for p in target.rglob("*") if p.is_file()}
    return {name: p.read_bytes() for name, p in names.items() if name not in (".work/lock", ".work/holder")}


def test_every_source_has_its_licence_and_the_card_says_what_images_are(out: Path, tmp_path: Path, capsys) -> None:
    assert run(out, tmp_path / "shared") == 0
    table = [line.split("\t") for line in (tmp_path / "shared/SOURCES.tsv").read_text().splitlines()]
    assert table == [
        ["role", "dataset", "name", "license", "license_url", "url", "images"],
        ["background", "backgrounds", "street 1.jpg", "CC BY-NC", "", "http://x", "3"],
        ["entity", "aim", "aim/1", "none stated", "", "", "3"],
        *(["entity", "p3m", f"p3m/{image}", "CC BY-NC", "", "http://x", "1"] for image in (1, 2, 3)),
    ]
    assert "  6: CC BY-NC; none stated\n" in capsys.readouterr().out
    card = (tmp_path / "shared/README.md").read_text()
    assert "6 alpha mattes on 3 images, composed with Mask2Matte." in card and "made from masks" not in card
    assert "license_link: SOURCES.tsv" in card and "light and shadow" in card


def test_a_picture_that_is_gone_is_left_out(out: Path, tmp_path: Path) -> None:
    (out / "alphas/000000000002_1.png").unlink()
    assert run(out, tmp_path / "shared") == 1
    assert [entity.name for entity in read_entities(tmp_path / "shared", "test")] == ["refmatte-2-2"]


@pytest.mark.parametrize("to", ["refmatte", "hf", "coco", "folder", "fiftyone", "webdataset"])
def test_croissant_of_both_splits_is_valid(out: Path, tmp_path: Path, to: str) -> None:
    mlcroissant = pytest.importorskip("mlcroissant")
    assert run(out, tmp_path / "shared", to=to) == 0
    described = mlcroissant.Dataset(jsonld=str(tmp_path / "shared/croissant.json"))  # raises where it is not valid
    assert "SOURCES.tsv" in described.metadata.description


def test_coco_has_a_file_for_each_split(out: Path, tmp_path: Path) -> None:
    assert run(out, tmp_path / "shared", to="coco") == 0
    for split, images in (("train", [1, 3]), ("test", [2])):
        coco = COCO(str(tmp_path / f"shared/annotations/mattes_{split}.json"))
        assert sorted(coco.imgs) == images and sorted(coco.anns) == list(range(1, 2 * len(images) + 1))


def test_mattes_without_expressions_are_refused_before_anything_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    manifest(tmp_path / "plain", [instance(1)])
    (tmp_path / "plain/composed").mkdir()
    assert run(tmp_path / "plain", tmp_path / "shared") == 2
    assert "its mattes have no expressions, expected what python -m flows.refmatte wrote" in capsys.readouterr().err
    assert not (tmp_path / "shared").exists()
