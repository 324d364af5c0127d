"""From an output to a data set that others load, by the command line and with the libraries they use."""

import errno
import io
import json
import tarfile
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
import yaml
from PIL import Image
from pycocotools.coco import COCO
from pycocotools.mask import decode

from flows.export import main
from pipelines.config import CocoMattingConfig
from pipelines.errors import StoreError
from pipelines.exports import ledger as ledger_module
from pipelines.exports import plain_files
from pipelines.exports.export import FORMATS, Request, export
from pipelines.exports.huggingface import HUGGINGFACE
from pipelines.review.decisions import Decision, Ledger, Mended
from pipelines.review.mended import keep_mended
from pipelines.storage.lock import locked
from tests.conftest import Dataset, label, mattes
from tests.object_store import bucket, download, moto

__all__ = ["bucket", "moto"]

EVIL = "<script>alert(1)</script> |\n[x](http://evil) `y` \\"


@pytest.fixture
def config(dataset: Dataset) -> CocoMattingConfig:
    """Five mattes: licences 4, 4, 5, unlisted, none."""
    for image in range(1, 6):
        dataset.person(image)
    for entry, license in zip(dataset.coco["images"], (4, 4, 5, 9, None), strict=True):
        entry |= {"license": license, "flickr_url": f"http://flickr.com/{entry['id']}\tx"}
    dataset.coco["licenses"] = [{"id": 4, "name": "Attribution", "url": "http://by"}, {"id": 5, "name": EVIL}]
    config = dataset.config(matting={"backend": "closed-form"}, dataset="a.b", split="train2017")
    label(config)
    return config


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "shared"


def run(config: CocoMattingConfig, target: Path, *more: str, to: str = "hf") -> int:
    return main([str(config.out), "--to", to, "--out", str(target), "--shard-size", "2", *more])


def files(target: Path) -> dict[str, bytes]:
    """All but the lock."""
    names = {p.relative_to(target).as_posix(): p for p in target.rglob("*") if p.is_file()}
    return {name: p.read_bytes() for name, p in names.items() if name not in (".work/lock", ".work/holder")}


def decide(config: CocoMattingConfig, number: int, verdict: str, mended: Mended | None = None) -> None:
    row = mattes(config)[number]
    now = datetime.now(UTC)
    Ledger(config.out).add(
        Decision(row.sample_id, str(row.alpha_sha256), verdict, "ann", now, mended=mended)  # type: ignore[arg-type]
    )


def rows(target: Path) -> list[dict[str, object]]:
    return [row for path in sorted((target / "data").iterdir()) for row in pq.read_table(path).to_pylist()]


def test_parquet_loads_and_streams_with_datasets(
    config: CocoMattingConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    datasets = pytest.importorskip("datasets")
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    assert run(config, tmp_path / "shared") == 0
    loaded = datasets.load_dataset(str(tmp_path / "shared"), cache_dir=str(tmp_path / "cache"))
    assert list(loaded) == ["train2017"] and loaded["train2017"].num_rows == 5
    for row, known in zip(loaded["train2017"], mattes(config), strict=True):
        alpha = np.asarray(Image.open(config.out / str(known.alpha_path)))
        np.testing.assert_array_equal(np.asarray(row["alpha"]), alpha)
        assert row["image"].size == (known.image_width, known.image_height) and row["sample_id"] == known.sample_id
        assert row["mask_rle"]["size"] == [known.image_height, known.image_width]
    streamed = datasets.load_dataset(str(tmp_path / "shared"), streaming=True)["train2017"]
    assert next(iter(streamed))["sample_id"] == loaded["train2017"][0]["sample_id"]


def test_tar_files_are_read_by_webdataset(config: CocoMattingConfig, tmp_path: Path) -> None:
    webdataset = pytest.importorskip("webdataset")
    assert run(config, tmp_path / "shared", to="webdataset") == 0
    shards = sorted(str(path) for path in (tmp_path / "shared").glob("*.tar"))
    assert [Path(path).name for path in shards] == [f"train2017-{n:06d}.tar" for n in range(3)]
    samples = list(webdataset.WebDataset(shards, shardshuffle=False).decode("pil"))
    assert [sample["json"]["sample_id"] for sample in samples] == [row.sample_id for row in mattes(config)]
    assert samples[0]["png"].size == samples[0]["alpha.png"].size == samples[0]["trimap.png"].size


@pytest.mark.parametrize(
    "to", ["hf", "coco", *(pytest.param(to, marks=pytest.mark.slow) for to in ("webdataset", "folder", "fiftyone"))]
)
def test_the_same_mattes_give_the_same_bytes_also_on_a_store(
    config: CocoMattingConfig, tmp_path: Path, bucket: str, to: str
) -> None:
    for place in (str(tmp_path / "a"), str(tmp_path / "b"), f"{bucket}/shared"):
        assert main([str(config.out), "--to", to, "--out", place, "--shard-size", "2"]) == 0
    assert files(tmp_path / "a") == files(tmp_path / "b") == download(f"{bucket}/shared")


def test_tar_files_have_no_owner_and_no_time(config: CocoMattingConfig, target: Path) -> None:
    assert run(config, target, to="webdataset") == 0
    with tarfile.open(target / "train2017-000000.tar") as tar:
        assert {(entry.mtime, entry.uid, entry.uname) for entry in tar} == {(0, 0, "")}


def test_coco_json_is_read_by_pycocotools(config: CocoMattingConfig, tmp_path: Path) -> None:
    row = mattes(config)[1]
    trimap = np.zeros((row.image_height, row.image_width), np.uint8)
    trimap[10:20, 30:50] = 255
    decide(config, 1, "accepted", keep_mended(config.out, row, trimap, trimap))
    assert run(config, tmp_path / "shared", to="coco") == 0
    coco = COCO(str(tmp_path / "shared/annotations/mattes_train2017.json"))
    assert [coco.loadCats(coco.getCatIds())[0]["name"], len(coco.imgs)] == ["person", 5]
    for number, known in enumerate(mattes(config), 1):
        (entry,) = coco.loadAnns([number])
        assert (entry["image_id"], entry["sample_id"]) == (known.image_id, known.sample_id)
        np.testing.assert_array_equal(coco.annToMask(entry), decode(known.mask_rle))
        assert (tmp_path / "shared/images" / coco.imgs[entry["image_id"]]["file_name"]).is_file()
        alpha = np.asarray(Image.open(tmp_path / "shared" / entry["alpha_path"]))
        shared = trimap if number == 2 else np.asarray(Image.open(config.out / str(known.alpha_path)))
        np.testing.assert_array_equal(alpha, shared)
    assert coco.loadAnns([2])[0]["bbox"] == [30, 10, 20, 10] and coco.loadAnns([2])[0]["mended"]
    assert [image.get("license") for image in coco.imgs.values()] == [4, 4, 5, 9, None]
    assert {entry["id"]: entry["name"] for entry in coco.dataset["licenses"]}[4] == "Attribution"


def test_a_photo_with_two_mattes_is_there_once(dataset: Dataset, target: Path) -> None:
    dataset.person(1)
    dataset.annotate(1, [[30, 20, 60, 20, 60, 60, 30, 60]])
    config = dataset.config(matting={"backend": "closed-form"}, split="train2017")
    label(config)
    assert run(config, target, "--shard-size", "1", to="coco") == 0
    known = json.loads((target / "annotations/mattes_train2017.json").read_text())
    assert [image["id"] for image in known["images"]] == [1] and len(known["annotations"]) == 2
    assert len(list((target / "images").iterdir())) == 1 and len(list((target / "alphas").iterdir())) == 2


def test_folders_load_with_datasets_whatever_photos_are_called(
    dataset: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    datasets = pytest.importorskip("datasets")
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    for number, name in enumerate(("test/a.png", "street test.png", "train station.png"), 1):
        dataset.person(number)
        entry = dataset.coco["images"][-1]
        (dataset.images / name).parent.mkdir(exist_ok=True)
        (dataset.images / entry["file_name"]).rename(dataset.images / name)
        entry["file_name"] = name
    config = dataset.config(matting={"backend": "closed-form"}, split="val2017")
    label(config)
    assert run(config, tmp_path / "shared", to="folder") == 0
    loaded = datasets.load_dataset(str(tmp_path / "shared"), cache_dir=str(tmp_path / "cache"))
    assert list(loaded) == ["val2017"]
    assert [row["sample_id"] for row in loaded["val2017"]] == [row.sample_id for row in mattes(config)]
    alpha = np.asarray(Image.open(config.out / str(mattes(config)[2].alpha_path)))
    np.testing.assert_array_equal(np.asarray(loaded["val2017"][2]["alpha"].convert("L")), alpha)


def test_fiftyone_finds_every_field_declared_and_every_file(config: CocoMattingConfig, target: Path) -> None:
    decide(config, 1, "rejected")
    assert run(config, target, to="fiftyone") == 0
    declared = {field["db_field"] for field in json.loads((target / "metadata.json").read_text())["sample_fields"]}
    samples = json.loads((target / "samples.json").read_text())["samples"]
    assert [sample["sample_id"] for sample in samples] == [row.sample_id for row in mattes(config)]
    assert all(set(sample) == declared for sample in samples)
    assert [sample["tags"] for sample in samples[:3]] == [[], ["rejected"], []]
    assert len({sample["_id"]["$oid"] for sample in samples}) == 5
    for sample in samples:
        for name in (sample["filepath"], sample["alpha"]["map_path"], sample["trimap"]["mask_path"]):
            assert (target / name).is_file()
    x, y, width, height = mattes(config)[0].bbox or ()
    across, down = mattes(config)[0].image_width, mattes(config)[0].image_height
    assert samples[0]["subject"]["bounding_box"] == [x / across, y / down, width / across, height / down]


@pytest.mark.parametrize("to", [name for name in FORMATS if not FORMATS[name].needs])
def test_croissant_is_valid_and_gives_the_rows(config: CocoMattingConfig, target: Path, to: str) -> None:
    mlcroissant = pytest.importorskip("mlcroissant")
    assert run(config, target, "--title", EVIL, to=to) == 0
    described = mlcroissant.Dataset(jsonld=str(target / "croissant.json"))  # raises where it is not valid
    assert described.metadata.name == EVIL
    if to in ("hf", "folder", "coco"):
        rows = list(described.records("mattes"))
        assert [row["mattes/sample_id"].decode() for row in rows] == [row.sample_id for row in mattes(config)]


def test_what_is_no_longer_of_the_folders_goes(config: CocoMattingConfig, target: Path) -> None:
    assert run(config, target, to="folder") == 0
    whole = files(target)
    alpha, photo = sorted((target / "alphas").iterdir())[0], sorted((target / "images").iterdir())[1]
    alpha.unlink()
    assert run(config, target, to="folder") == 0
    assert files(target) == whole
    decide(config, 1, "rejected")
    assert run(config, target, "--reviewed", "not-rejected", to="folder") == 0
    assert not photo.exists() and [len(list((target / kind).iterdir())) for kind in ("alphas", "trimaps")] == [4, 4]


def test_a_full_disk_is_a_sentence_and_the_same_command_goes_on(
    config: CocoMattingConfig, tmp_path: Path, capsys, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run(config, tmp_path / "whole", to="folder") == 0
    write, calls = plain_files.write_whole, []

    def full(path: Path, content: bytes, **options: bool) -> None:
        calls.append(path)
        if len(calls) == 8:
            raise OSError(errno.ENOSPC, "No space left on device", str(path))
        write(path, content, **options)

    monkeypatch.setattr(plain_files, "write_whole", full)
    assert run(config, tmp_path / "shared", to="folder") == 2
    assert "No space left on device" in capsys.readouterr().err
    assert run(config, tmp_path / "shared", to="folder") == 0
    assert files(tmp_path / "shared") == files(tmp_path / "whole")


def test_licences_travel_and_choose(config: CocoMattingConfig, tmp_path: Path, capsys) -> None:
    assert run(config, tmp_path / "all") == 0
    assert "  2: Attribution\n" in (said := capsys.readouterr().out) and "  2: no licence stated\n" in said
    table = [line.split("\t") for line in (tmp_path / "all" / "ATTRIBUTION.tsv").read_text().splitlines()]
    assert [row[1:4] for row in table[1:3]] == [["4", "Attribution", "http://by"]] * 2
    assert [row[1:3] for row in table[4:]] == [["9", "none stated"], ["", "none stated"]]
    assert {len(row) for row in table} == {7} and table[1][5:] == ["http://flickr.com/1 x", "1"]
    assert run(config, tmp_path / "by", "--licenses", "4,9") == 0
    assert [row["license_id"] for row in rows(tmp_path / "by")] == [4, 4, 9]


def test_people_choose_and_what_they_mended_is_shared(config: CocoMattingConfig, tmp_path: Path) -> None:
    known = mattes(config)[1]
    trimap = np.zeros((known.image_height, known.image_width), np.uint8)
    trimap[10:20, 10:20] = 255
    assert run(config, tmp_path / "all") == 0
    decide(config, 0, "rejected")
    decide(config, 1, "accepted", keep_mended(config.out, known, trimap, trimap))
    assert run(config, tmp_path / "accepted", "--reviewed", "accepted") == 0
    (row,) = rows(tmp_path / "accepted")
    assert (row["review"], row["mended"]) == ("accepted", True)
    # What was measured on the machine's matte does not hold for this one.
    measured = ("bbox", "mask_iou", "soft_fraction", "unknown_fraction", "kernel_size")
    assert [row[name] for name in measured] == [None] * 5
    assert "| softness | 0 | 0 | 0 | 0 | 0 | 0 | 0 | 0 | 0 | 0 |" in (tmp_path / "accepted" / "README.md").read_text()
    np.testing.assert_array_equal(np.asarray(Image.open(io.BytesIO(row["alpha"]["bytes"]))), trimap)  # type: ignore[index]
    assert run(config, tmp_path / "rest", "--reviewed", "not-rejected") == 0
    assert len(rows(tmp_path / "rest")) == 4
    assert run(config, tmp_path / "all") == 0  # once more, where nobody had decided yet
    assert [row["review"] for row in rows(tmp_path / "all")] == ["rejected", "accepted", *["undecided"] * 3]


def test_the_card_is_yaml_and_a_strangers_words_stay_words(config: CocoMattingConfig, tmp_path: Path) -> None:
    assert run(config, tmp_path / "shared", "--title", 'a: "b" # c') == 0
    card = (tmp_path / "shared" / "README.md").read_text()
    _, head, body = card.split("---\n", 2)
    known = yaml.safe_load(head)
    assert known["pretty_name"] == 'a: "b" # c' and known["size_categories"] == ["n<1K"]
    assert known["configs"][0]["data_files"] == [{"split": "train2017", "path": "data/train2017-*.parquet"}]
    assert "| &lt;script>alert(1)&lt;/script> \\| \\[x](http://evil) 'y' \\\\ | 1 |\n" in body
    assert "<script>" not in body and "5 alpha mattes on 5 photos" in body
    assert "closed-form: a solver without weights, Apache 2.0." in body
    assert "| matting.backend | closed-form |" in body and "show people who were not asked" in body


def test_a_missing_picture_is_left_out_and_said_until_it_is_there(
    config: CocoMattingConfig, tmp_path: Path, capsys
) -> None:
    row = mattes(config)[2]
    photo = config.images / row.image_path
    content = photo.read_bytes()
    photo.write_bytes(b"another")
    (config.out / str(mattes(config)[4].alpha_path)).unlink()
    assert run(config, tmp_path / "shared") == 1
    lines = (tmp_path / "shared" / "left_out.tsv").read_text().splitlines()
    assert lines[1] == f"{row.sample_id}\tphoto {row.image_path} is not the file it was when it was labelled"
    assert "alpha alphas/" in lines[2] and "cannot be read (No such file or directory)" in lines[2]
    assert len(rows(tmp_path / "shared")) == 3 and "2 left out" in capsys.readouterr().out
    assert "3 alpha mattes on 3 photos" in (tmp_path / "shared" / "README.md").read_text()
    photo.write_bytes(content)
    assert run(config, tmp_path / "shared") == 1
    assert len(rows(tmp_path / "shared")) == 4


def test_a_store_that_does_not_answer_leaves_nothing_out(
    config: CocoMattingConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys
) -> None:
    def silent(path: Path) -> bytes:
        raise StoreError(f"{path.name}: no answer")

    monkeypatch.setattr("pipelines.exports.pictures.read_whole", silent)
    assert run(config, tmp_path / "shared") == 2
    assert "no answer; what is finished stays" in capsys.readouterr().err
    assert not (tmp_path / "shared" / "README.md").exists()


def test_stopped_it_goes_on(config: CocoMattingConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run(config, tmp_path / "whole") == 0
    encode, calls = HUGGINGFACE.encode, []

    def stopped(items: list[object]) -> bytes:
        calls.append(len(items))
        if len(calls) == 2:
            raise KeyboardInterrupt
        return encode(items)  # type: ignore[arg-type]

    monkeypatch.setattr(ledger_module, "FILES", 1)
    monkeypatch.setitem(FORMATS, "hf", replace(HUGGINGFACE, encode=stopped))
    with pytest.raises(KeyboardInterrupt):
        run(config, tmp_path / "stopped")
    assert run(config, tmp_path / "stopped") == 0
    assert calls == [2, 2, 2, 1]  # the first shard is not made again
    assert files(tmp_path / "stopped") == files(tmp_path / "whole")
    assert run(config, tmp_path / "stopped", "--licenses", "5") == 0
    assert len(list((tmp_path / "stopped" / "data").iterdir())) == 1


@pytest.mark.parametrize(
    "words, sentence",
    [
        (["--licenses", "by"], "--licenses by: expected ids with commas between them, such as 4,5,7"),
        (["--licenses", "77"], "no matte to share with --reviewed all, none under a licence that was asked for"),
        (["--reviewed", "accepted"], "nobody has reviewed it yet"),
        (["--images", "/nowhere"], "/nowhere: image folder not found"),
    ],
)
def test_mistakes(config: CocoMattingConfig, tmp_path: Path, capsys, words: list[str], sentence: str) -> None:
    assert run(config, tmp_path / "shared", *words) == 2
    assert sentence in capsys.readouterr().err


def test_nothing_of_others_is_written_over(config: CocoMattingConfig, tmp_path: Path, capsys) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.tex").write_text("x")
    assert run(config, tmp_path / "mine") == 2
    assert "is not empty and holds no export; give another --out" in capsys.readouterr().err
    assert run(config, tmp_path / "hf") == 0
    assert run(config, tmp_path / "hf", to="webdataset") == 2
    assert "holds an export to hf; give another --out" in capsys.readouterr().err


def test_a_stop_before_the_first_note_is_gone_on_from(
    config: CocoMattingConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    encode = HUGGINGFACE.encode
    assert run(config, tmp_path / "whole") == 0

    def stopped(items: list[object]) -> bytes:
        if len(items) == 1:
            raise KeyboardInterrupt
        return encode(items)  # type: ignore[arg-type]

    monkeypatch.setitem(FORMATS, "hf", replace(HUGGINGFACE, encode=stopped))
    with pytest.raises(KeyboardInterrupt):
        run(config, tmp_path / "stopped")
    monkeypatch.setitem(FORMATS, "hf", HUGGINGFACE)
    assert run(config, tmp_path / "stopped", "--shard-size", "5") == 0
    assert [path.name for path in (tmp_path / "stopped" / "data").iterdir()] == ["train2017-00000.parquet"]
    assert run(config, tmp_path / "stopped") == 0
    assert files(tmp_path / "stopped") == files(tmp_path / "whole")


def test_a_shard_without_any_picture_is_no_file(config: CocoMattingConfig, tmp_path: Path) -> None:
    for row in mattes(config)[:2]:
        (config.out / str(row.alpha_path)).unlink()
    assert run(config, tmp_path / "shared") == 1
    names = sorted(path.name for path in (tmp_path / "shared" / "data").iterdir())
    assert names == ["train2017-00001.parquet", "train2017-00002.parquet"]


def test_a_photo_that_readers_would_turn_is_left_out(config: CocoMattingConfig, tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x112] = 6
    as_stored, turned = (config.images / row.image_path for row in mattes(config)[:2])
    with Image.open(as_stored) as photo:
        photo.save(as_stored, exif=exif)  # turned it would not have the annotated size
    with Image.open(turned) as photo:
        photo.transpose(Image.Transpose.ROTATE_90).save(turned, exif=exif)
    label(config)
    assert [row.exif_orientation for row in mattes(config)[:2]] == [1, 6]
    assert run(config, tmp_path / "shared") == 1
    _, line = (tmp_path / "shared" / "left_out.tsv").read_text().splitlines()
    assert f"photo {as_stored.name} says that it is to be turned" in line


def test_a_manifest_from_before_licences_is_said(config: CocoMattingConfig, tmp_path: Path, capsys) -> None:
    head = next((config.out / "versions").glob("*/version.json"))
    head.write_text(head.read_text().replace('"schema_version": 5', '"schema_version": 3'))
    assert run(config, tmp_path / "shared") == 2
    assert "schema version 3, which does not say under which licence photos are" in capsys.readouterr().err


def test_a_damaged_manifest_is_said(config: CocoMattingConfig, tmp_path: Path, capsys) -> None:
    next((config.out / "manifest").glob("*.parquet")).write_bytes(b"not a table")
    assert run(config, tmp_path / "shared") == 2
    assert f"{config.out}: the manifest is damaged (" in capsys.readouterr().err


def test_a_strangers_list_of_files_is_left_alone(config: CocoMattingConfig, tmp_path: Path, capsys) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "export.json").write_text('{"a": 1}')
    (tmp_path / "mine" / "README.md").write_text("mine")
    assert run(config, tmp_path / "mine") == 2
    assert "its export.json is no export's, or damaged" in capsys.readouterr().err
    assert (tmp_path / "mine" / "README.md").read_text() == "mine"


def test_no_run_is_one_sentence(tmp_path: Path, capsys) -> None:
    assert main([str(tmp_path), "--to", "hf", "--out", str(tmp_path / "x")]) == 2
    assert "no version of the manifest yet" in capsys.readouterr().err


def test_the_files_are_listed_with_their_digests(config: CocoMattingConfig, tmp_path: Path) -> None:
    from hashlib import sha256

    assert run(config, tmp_path / "shared") == 0
    known = json.loads((tmp_path / "shared" / "export.json").read_text())
    made = files(tmp_path / "shared")
    assert {name: entry["sha256"] for name, entry in known["files"].items()} == {
        name: sha256(content).hexdigest() for name, content in made.items() if name != "export.json"
    }


def test_strangers_files_stay_and_links_are_refused(
    config: CocoMattingConfig, target: Path, tmp_path: Path, capsys
) -> None:
    assert run(config, target, to="folder") == 0
    for name in ("images/my-notes.txt", "alphas/mine.psd", "backup-20240.tar", ".work/records/x.txt"):
        (target / name).write_text("mine")
    decide(config, 1, "rejected")
    assert run(config, target, "--reviewed", "not-rejected", to="folder") == 0
    assert len(list(target.rglob("*.png"))) == 3 * 4 and all(
        (target / name).read_text() == "mine" for name in ("images/my-notes.txt", "alphas/mine.psd", "backup-20240.tar")
    )
    (target / "images").rename(tmp_path / "photos")
    (target / "images").symlink_to(tmp_path / "photos")
    assert run(config, target, to="folder") == 2
    assert "images: is a link; give an --out whose folders are its own" in capsys.readouterr().err


@pytest.mark.parametrize("files", [{"../victim.txt": {}}, {"/etc/x": {}}, {"README.md": 1}, ["README.md"]])
def test_a_list_of_files_from_elsewhere_removes_nothing(
    config: CocoMattingConfig, target: Path, capsys, files: object
) -> None:
    target.mkdir()
    (target.parent / "victim.txt").write_text("mine")
    (target / "export.json").write_text(json.dumps({"about": {"format": "folder"}, "files": files}))
    assert run(config, target, to="folder") == 2
    assert "its export.json is no export's, or damaged" in capsys.readouterr().err
    assert (target.parent / "victim.txt").exists()


def test_a_list_of_pictures_from_elsewhere_removes_nothing(config: CocoMattingConfig, target: Path, capsys) -> None:
    assert run(config, target, to="folder") == 0
    (target / ".work/records/train2017-00000.names").write_text('["images/../../victim.txt"]')
    assert run(config, target, to="folder") == 2
    assert "train2017-00000.names: damaged; give another --out" in capsys.readouterr().err


def test_odd_names_of_photos_are_the_same_each_time(dataset: Dataset, target: Path) -> None:
    for number, name in enumerate(("./a b.png", "d//e.png", "test/train #1.png"), 1):
        dataset.person(number)
        entry = dataset.coco["images"][-1]
        (dataset.images / name).parent.mkdir(exist_ok=True)
        (dataset.images / entry["file_name"]).rename(dataset.images / name)
        entry["file_name"] = name
    config = dataset.config(matting={"backend": "closed-form"}, split="train2017")
    label(config)
    assert run(config, target, to="folder") == 0
    whole = files(target)
    assert run(config, target, to="folder") == 0 and files(target) == whole
    assert {"images/a b.png", "images/d/e.png", "images/test/train #1.png"} < whole.keys()


def test_a_part_that_is_missing_is_said_and_what_is_shared_stays(
    config: CocoMattingConfig, target: Path, capsys
) -> None:
    label(config.model_copy(update={"images_per_shard": 2}))
    assert run(config, target, to="folder") == 0
    whole = files(target)
    next((config.out / "manifest").resolve().glob("part-00001*")).unlink()
    assert run(config, target, to="folder") == 2
    assert "the manifest is damaged (manifest/part-00001-" in capsys.readouterr().err
    assert files(target) == whole


def test_two_at_once_are_one(config: CocoMattingConfig, target: Path, capsys) -> None:
    assert run(config, target) == 0
    with locked(target):
        assert run(config, target) == 2
    assert "another run is working on this folder" in capsys.readouterr().err


def test_nothing_chosen_leaves_all_as_it_is(config: CocoMattingConfig, target: Path, tmp_path: Path) -> None:
    assert run(config, target) == 0
    whole = files(target)
    assert run(config, target, "--licenses", "77") == 2 and files(target) == whole
    assert run(config, tmp_path / "new", "--licenses", "77") == 2 and not (tmp_path / "new").exists()


def test_a_mended_matte_and_the_machines_never_take_each_others_name(
    config: CocoMattingConfig, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ("--reviewed", "not-rejected")
    assert run(config, target, *words, to="folder") == 0
    whole = files(target)
    row = mattes(config)[2]
    decide(
        config,
        2,
        "accepted",
        keep_mended(config.out, row, *[np.zeros((row.image_height, row.image_width), np.uint8)] * 2),
    )
    decide(config, 0, "rejected")

    def stopped(_mattes: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        export(Request(config.out, config.images, target, "folder", "not-rejected", None, 2), stopped)
    for number in (0, 2):
        decide(config, number, "withdrawn")
    assert run(config, target, *words, to="folder") == 0
    assert files(target) == whole


@pytest.mark.parametrize("where", ["alphas/shared", "."])
def test_an_export_does_not_lie_in_what_it_is_made_from(config: CocoMattingConfig, capsys, where: str) -> None:
    assert run(config, config.out / where) == 2
    assert f"lies in the output ({config.out}); give another --out" in capsys.readouterr().err
    assert run(config, config.images / "shared") == 2
    assert "lies in the photos" in capsys.readouterr().err


def test_a_file_is_no_folder(config: CocoMattingConfig, target: Path, capsys) -> None:
    target.write_text("x")
    assert run(config, target) == 2
    assert "is a file, expected a folder" in capsys.readouterr().err
