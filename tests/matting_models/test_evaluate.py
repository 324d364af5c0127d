"""The command line, from files to files, with real models of tiny size."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest
import torch
from filelock import FileLock

from matting_models.boxes import box_of
from matting_models.errors import InputError
from matting_models.evaluate import main
from matting_models.evaluation.reading import read_sized_photo, resize_alpha, resize_photo
from matting_models.metrics import imq, sad, score
from matting_models.networks.semat import SEMat
from matting_models.networks.semat.tiny import save_tiny
from tests.matting_models.evaluation import trees
from tests.matting_models.evaluation.trees import TREES, disc, photo_of, trimap_of, write
from tests.tiny_models import save_diffmatte, save_net_m, save_smat, save_vitmatte

OUTPUTS = ("index.html", "rows.parquet", "table.md", "table.tex", "summary.json")


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("weights")
    model = SEMat.create(str(save_tiny("sam", root / "sam", 64)), decoder_channels=(4, 8, 8, 16))
    model.save_pretrained(root / "semat")
    return root / "semat"


@pytest.fixture
def folders(tmp_path: Path) -> Path:
    """Three mattes in folders, predictions moved by a pixel."""
    for i, name in enumerate(("a", "deep/b", "deep/c.d")):
        write(tmp_path / "gt" / f"{name}.png", disc(i))
        write(tmp_path / "pred" / f"{name}.png", np.roll(disc(i), 1, axis=1))
        write(tmp_path / "trimap" / f"{name}.png", trimap_of(disc(i)))
        write(tmp_path / "image" / f"{name}.jpg", photo_of(disc(i), i))
    return tmp_path


def run(*words: object) -> int:
    return main([*map(str, words), "--processes", "1"])


def summary(out: Path) -> dict[str, object]:
    content: dict[str, object] = json.loads((out / "summary.json").read_bytes())
    return content


def failed(capsys: pytest.CaptureFixture[str], *words: object) -> str:
    """The one sentence of a mistake."""
    capsys.readouterr()
    assert run(*words) == 2
    said = capsys.readouterr().err
    assert "Traceback" not in said
    bars, error, sentence = said.rpartition("error: ")
    assert error
    assert not bars.strip() or "predicting" in bars
    assert sentence.count("\n") == 1
    return sentence.strip()


# ---- two folders -------------------------------------------------------------------------------------------------


def test_two_folders(folders: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = folders / "out"
    assert run("--pred", folders / "pred", "--gt", folders / "gt", "--out", out) == 0
    said = capsys.readouterr().out
    assert said.startswith("gt, 3 mattes, protocol whole-image (whole image, native size)\n")
    for name in OUTPUTS:
        assert f"{out / name}" in said
        assert (out / name).stat().st_size > 100
    frame = pd.read_parquet(out / "rows.parquet")
    assert frame.sample_id.tolist() == ["a", "deep/b", "deep/c.d"]
    expected = [sad(np.roll(disc(i), 1, axis=1) / 255, disc(i) / 255) for i in range(3)]
    np.testing.assert_allclose(frame.sad, expected, rtol=1e-12)
    assert summary(out)["values"]["sad"] == pytest.approx(np.mean(expected), rel=1e-12)  # type: ignore[index]


@pytest.mark.parametrize("protocol", ["semat", "composition-1k", "alphamatting", "whole-image"])
def test_every_output_names_its_protocol(protocol: str, folders: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = folders / "out"
    words = [word for kind in ("pred", "gt", "trimap", "image") for word in (f"--{kind}", folders / kind)]
    assert run(*words, "--protocol", protocol, "--out", out, "--name", "ours") == 0
    assert f"protocol {protocol} (" in capsys.readouterr().out
    for name in ("index.html", "table.md", "table.tex"):
        assert f"protocol {protocol} (" in (out / name).read_text()
    assert summary(out)["protocol"] == protocol
    assert summary(out)["method"] == "ours"


def test_repeated_run_writes_the_same_bytes(folders: Path) -> None:
    out = folders / "out"
    words = ("--pred", folders / "pred", "--gt", folders / "gt", "--out", out)
    assert run(*words) == 0
    before = {name: (out / name).read_bytes() for name in OUTPUTS}
    assert run(*words) == 0
    shutil.rmtree(out)
    assert run(*words) == 0
    assert {name: (out / name).read_bytes() for name in OUTPUTS} == before


def test_samples_without_score_are_counted_and_named(folders: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folders / "pred" / "a.png").unlink()
    write(folders / "pred" / "extra.png", disc(9))
    assert run("--pred", folders / "pred", "--gt", folders / "gt", "--out", folders / "out") == 1
    said = capsys.readouterr()
    assert "1 of 3 samples have no score and are not in the means" in said.out
    assert (
        f"warning: 1 pictures in {folders / 'pred'} belong to no sample: {folders / 'pred' / 'extra.png'}" in said.err
    )
    frame = pd.read_parquet(folders / "out" / "rows.parquet")
    assert frame.reason.tolist()[0] == f"no prediction: {folders / 'pred' / 'a'}.png does not exist"
    assert frame.sad.isna().tolist() == [True, False, False]
    assert "no prediction" in (folders / "out" / "index.html").read_text()


def test_two_evaluations_do_not_write_into_one_folder(folders: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = folders / "out"
    out.mkdir()
    with FileLock(out / ".lock"):
        assert failed(capsys, "--pred", folders / "pred", "--gt", folders / "gt", "--out", out) == (
            f"{out} is being written by another evaluation; wait, or use another --out"
        )


def test_trimaps(folders: Path) -> None:
    words = ("--pred", folders / "trimap", "--gt", folders / "trimap", "--protocol", "trimap", "--out", folders / "out")
    assert run(*words) == 0
    assert set(summary(folders / "out")["values"].values()) == {1.0}  # type: ignore[attr-defined]


def test_mistakes_are_one_sentence(folders: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pred, gt = ("--pred", folders / "pred"), ("--gt", folders / "gt")
    nowhere = folders / "nowhere"
    assert failed(capsys, *pred) == "nothing to compare with: give --gt DIR, or --dataset NAME and --root DIR"
    assert failed(capsys, *gt).startswith("nothing to judge, or two things: give --pred DIR, or --weights")
    assert failed(capsys, *gt, *pred, "--weights", "x").startswith("nothing to judge, or two things")
    assert failed(capsys).startswith("nothing to judge, or two things")
    assert failed(capsys, *gt, "--pred", nowhere) == f"{nowhere} is not a folder; expected predictions"
    assert failed(capsys, *pred, "--gt", nowhere) == f"{nowhere} is not a folder; expected true alphas"
    assert failed(capsys, *pred, *gt, "--trimap", nowhere) == f"{nowhere} is not a folder; expected trimaps"
    assert failed(capsys, *pred, *gt, "--protocol", "alphamatting") == (
        "protocol alphamatting compares the unknown region of trimaps: give --trimap DIR"
    )
    (folders / "trimap" / "a.png").unlink()
    assert failed(capsys, *pred, *gt, "--trimap", folders / "trimap") == (
        f"{folders / 'gt'}: {folders / 'trimap' / 'a'}.* is missing, which belongs to {folders / 'gt' / 'a.png'}"
    )
    write(folders / "gt" / "a.jpg", disc(0))
    assert failed(capsys, *pred, *gt).endswith("a.png are called alike; expected one picture a name")
    (folders / "empty").mkdir()
    assert (
        failed(capsys, *pred, "--gt", folders / "empty") == f"{folders / 'empty'} has no pictures; expected true alphas"
    )


def test_flags_that_would_be_ignored_are_refused(folders: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pred, gt = ("--pred", folders / "pred"), ("--gt", folders / "gt")
    aim = ("--dataset", "aim-500", "--root", folders)
    assert failed(capsys, *pred, "--dataset", "aim-500") == "--dataset aim-500 needs --root, the folder where it is"
    assert failed(capsys, *pred, *gt, *aim).startswith("--dataset has its own alphas")
    assert failed(capsys, *pred, *gt, "--root", folders) == "--root is the folder of a --dataset, which is not given"
    for flag, value in (("boxes", "x"), ("backbone", "x"), ("device", "cpu"), ("min-score", "1"), ("model", "semat")):
        assert (
            failed(capsys, *pred, *gt, f"--{flag}", value) == f"--{flag}: not with --pred, which brings its own mattes"
        )
    said = failed(capsys, "--model", "closed-form", *gt, "--device", "cuda")
    assert said == "--device: not with the closed form, which has no network"
    said = failed(capsys, "--model", "vitmatte", "--weights", "x", *gt, "--boxes", "x")
    assert said == "--boxes: not with a ViTMatte, which starts from trimaps"
    said = failed(capsys, "--model", "net-m", "--weights", "x", *gt, "--mask", "x")
    assert said == "--mask: not with a network that starts from trimaps"
    said = failed(capsys, "--weights", "x", *gt, "--boxes-images", "x")
    assert said == "--boxes-images: which says how to read --boxes"
    assert failed(capsys, "--weights", "x", *gt) == "a model predicts from photos: give --image DIR"
    assert main(["--compare", str(folders), "--protocol", "semat"]) == 2
    assert "--protocol: --compare takes finished evaluations and nothing else but --out" in capsys.readouterr().err
    assert main([*map(str, (*pred, *gt)), "--processes", "0"]) == 2
    assert "--processes is 0; expected at least 1" in capsys.readouterr().err
    capsys.readouterr()
    words = (*pred, *gt, "--trimap", folders / "trimap", "--out", folders / "out")
    assert run(*words) == 0
    assert "note: protocol whole-image is of the whole image; trimaps change nothing" in capsys.readouterr().err


def test_places_that_would_be_mixed_up_are_refused(folders: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pred, gt = ("--pred", folders / "pred"), ("--gt", folders / "gt")
    assert failed(capsys, *pred, *gt, "--out", folders / "pred" / "out") == (
        f"--out {folders / 'pred' / 'out'} is inside {folders / 'pred'}, whose pictures would no longer be told apart; "
        "use another"
    )
    shutil.move(folders / "gt", folders / "pictures")
    assert failed(capsys, *pred, "--gt", folders / "pictures", "--out", folders) == (
        f"{folders / 'pictures'} is where this evaluation would write; use another --out"
    )
    trees.rwp(folders / "home" / "pictures")
    words = (*pred, "--dataset", "rwp-636", "--root", folders / "home" / "pictures", "--out", folders / "home")
    assert failed(capsys, *words).endswith("is where this evaluation would write; use another --out")
    write(folders / "own" / "pictures" / "holiday.jpg", photo_of(disc(0), 0))
    assert failed(capsys, *pred, "--gt", folders / "pictures", "--out", folders / "own") == (
        f"{folders / 'own' / 'pictures'} is there already and no evaluation wrote it; use another --out"
    )
    assert (folders / "own" / "pictures" / "holiday.jpg").exists()
    trees.rwp(folders / "rwp")
    words = (*pred, "--dataset", "rwp-636", "--root", folders / "rwp", "--protocol", "composition-1k")
    assert failed(capsys, *words).startswith(
        f"protocol composition-1k compares the unknown region of trimaps: RWP-636 has none below {folders / 'rwp'}"
    )


# ---- models ------------------------------------------------------------------------------------------------------


def test_semat_on_a_benchmark(weights: Path, tmp_path: Path) -> None:
    root = trees.aim(tmp_path / "AIM-500")
    out = tmp_path / "out"
    assert run("--weights", weights, "--dataset", "aim-500", "--root", root, "--out", out, "--device", "cpu") == 0
    model = SEMat.from_pretrained(weights, device="cpu")
    truth = resize_alpha(disc(1) / 255, (768, 1024))
    photo = resize_photo(read_sized_photo(root / "original" / "o_2.jpg", (48, 64)), (768, 1024))
    alpha = model.predict_unrounded(photo, box_of((truth > 0).astype(np.uint8)))
    written = cv2.imread(str(out / "predictions" / "o_2.png"), cv2.IMREAD_UNCHANGED)
    np.testing.assert_array_equal(written, np.floor(alpha * 255 + 0.5))
    row = pd.read_parquet(out / "rows.parquet").set_index("sample_id").loc["o_2"]
    assert row.sad == pytest.approx(score(written / 255, truth).sad, rel=1e-12)
    assert summary(out)["dataset"] == "AIM-500"
    assert "3 samples, while the published test set has 500" in (out / "table.md").read_text()


@pytest.mark.parametrize("name", [name for name in TREES if not name.startswith("him2k")])
def test_semat_on_every_benchmark(name: str, weights: Path, tmp_path: Path) -> None:
    make, ids = TREES[name]
    words = ("--weights", weights, "--dataset", name, "--root", make(tmp_path / "root"), "--out", tmp_path / "out")
    assert run(*words, "--device", "cpu") == 0
    assert summary(tmp_path / "out")["counts"]["evaluated"] == len(ids)  # type: ignore[index]
    assert pd.read_parquet(tmp_path / "out" / "rows.parquet").sample_id.tolist() == ids


def test_entities_of_one_image_are_averaged(weights: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    words = ("--weights", weights, "--dataset", "refmatte-rw100", "--root", trees.rw100(tmp_path / "root"))
    assert run(*words, "--out", out, "--device", "cpu") == 0
    sads = pd.read_parquet(out / "rows.parquet").sad
    values = summary(out)["values"]
    assert values["sad"] == pytest.approx(sads.mean())  # type: ignore[index]
    assert values["sad_e"] == pytest.approx((sads[:2].mean() + sads[2]) / 2)  # type: ignore[index]


def test_instances_from_a_detectors_boxes(weights: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root, out = trees.him2k(tmp_path / "root"), tmp_path / "out"
    boxes = tmp_path / "boxes.json"
    one = {"image_id": "natural/n1.jpg", "score": 0.9}
    found = [one | {"bbox": [5, 5, 40, 30]}, one | {"bbox": [-5, -5, 100, 100]}, one | {"bbox": [70, 5, 9, 9]}]
    boxes.write_text(json.dumps([*found, {"image_id": "n1", "bbox": [0, 0, 9, 9], "score": 0.1}]))
    words = ("--weights", weights, "--dataset", "him2k-natural", "--root", root, "--out", out, "--device", "cpu")
    assert failed(capsys, *words).startswith("instances need --boxes FILE, a detector's COCO-style results")
    assert run(*words, "--boxes", boxes) == 0
    predicted = sorted(path.name for path in (out / "predictions" / "natural" / "n1").iterdir())
    assert predicted == ["00.png", "01.png"]  # the third is outside, the fourth unlikely
    assert list((out / "predictions" / "natural" / "n2").iterdir()) == []
    frame = pd.read_parquet(out / "rows.parquet")
    assert frame[frame.sample_id == "natural/n2"].instance.tolist() == ["false negative"] * 2
    mattes = [cv2.imread(str(out / "predictions" / "natural" / "n1" / name), 0) / 255 for name in predicted]
    truths = [resize_alpha(disc(i) / 255, (768, 1024)) for i in range(2)]
    expected = imq(mattes, truths) + imq([], truths)
    assert summary(out)["values"]["imq_conn"] == pytest.approx(expected.quality("conn"))  # type: ignore[index]


@pytest.mark.parametrize("model", ["closed-form", "diffmatte", "net-m", "vitmatte"])
def test_trimap_based_models(model: str, tmp_path: Path) -> None:
    words = ["--model", model, "--dataset", "composition-1k", "--root", trees.composition(tmp_path / "root")]
    if model != "closed-form":
        save = {"diffmatte": save_diffmatte, "net-m": save_net_m, "vitmatte": save_vitmatte}[model]
        words += ["--weights", save(tmp_path / model), "--device", "cpu"]
    assert run(*words, "--out", tmp_path / "out") == 0
    result = summary(tmp_path / "out")
    assert result["method"] == model
    assert result["counts"]["evaluated"] == 4  # type: ignore[index]
    if model == "closed-form":  # two colours, one disc
        assert result["values"]["mad"] < 0.02  # type: ignore[index]


def test_mattes_from_masks(folders: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for i, name in enumerate(("a", "deep/b", "deep/c.d")):
        mask = np.where(disc(i) > 127, 255, 0).astype(np.uint8)
        write(folders / "mask" / f"{name}.png", cv2.dilate(mask, np.ones((5, 5), np.uint8)))
    given = ("--gt", folders / "gt", "--image", folders / "image", "--device", "cpu")
    words = ("--model", "mask-to-matte", *given, "--mask", folders / "mask", "--out", folders / "out")
    assert run(*words) == 0
    result = summary(folders / "out")
    assert result["method"] == "mask-to-matte"
    assert run("--pred", folders / "mask", "--gt", folders / "gt", "--out", folders / "masks") == 0
    masks = summary(folders / "masks")
    assert result["values"]["sad"] < masks["values"]["sad"]  # type: ignore[index]
    stamp = (folders / "out" / "predictions" / "a.png").stat().st_mtime_ns
    write(folders / "mask" / "deep" / "b.png", np.zeros((48, 64), np.uint8))
    write(folders / "mask" / "deep" / "c.d.png", np.full((20, 64), 255, np.uint8))
    assert run(*words) == 1
    reasons = pd.read_parquet(folders / "out" / "rows.parquet").set_index("sample_id").reason
    assert reasons["deep/b"] == f"{folders / 'mask' / 'deep' / 'b.png'} is empty: no pixel is above 127"
    assert reasons["deep/c.d"] == f"{folders / 'mask' / 'deep' / 'c.d.png'} is 64x20, expected 64x48 (the truth)"
    assert (folders / "out" / "predictions" / "a.png").stat().st_mtime_ns == stamp
    (folders / "mask" / "a.png").unlink()
    assert "a.png" in failed(capsys, *words)


def test_mask_mistakes_are_one_sentence(folders: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    gt, image = ("--gt", folders / "gt"), ("--image", folders / "image")
    network = ("--model", "mask-to-matte")
    assert failed(capsys, *network, *gt, *image) == "--model mask-to-matte starts from masks: give --mask DIR"
    said = failed(capsys, *network, *gt, *image, "--mask", folders / "gt", "--boxes", "x")
    assert said == "--boxes: not with a network that starts from masks"
    assert failed(capsys, "--weights", "x", *gt, *image, "--mask", "m") == (
        "--mask: not with a network that starts from boxes"
    )
    him2k = ("--dataset", "him2k", "--root", trees.him2k(tmp_path / "him2k"), "--out", tmp_path / "out2")
    assert failed(capsys, *network, *him2k, "--mask", folders / "gt") == (
        "--model mask-to-matte makes one matte of a mask; benchmarks of instances are not for it"
    )
    words = (*network, *gt, *image, "--mask", folders / "gt", "--out", folders / "out")
    assert "weights nowhere do not exist" in failed(capsys, *words, "--weights", "nowhere")


def test_a_network_of_any_prompt(folders: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ("--model", "smat", "--weights", save_smat(tmp_path / "w"), "--gt", folders / "gt")
    words = (*words, "--image", folders / "image", "--device", "cpu", "--out", folders / "out")
    values = {}
    for prompt in ("box", "points", "scribble", "none"):
        assert run(*words, "--prompt", prompt) == 0  # another prompt predicts anew
        result = summary(folders / "out")
        assert result["method"] == f"w-{prompt}"
        values[prompt] = result["values"]["sad"]  # type: ignore[index]
    assert len(set(values.values())) == 4
    for i, name in enumerate(("a", "deep/b", "deep/c.d")):
        write(folders / "mask" / f"{name}.png", np.where(disc(i) > 0, 255, 0).astype(np.uint8))
    assert run(*words, "--mask", folders / "mask") == 0
    assert summary(folders / "out")["method"] == "w-mask"
    write(folders / "gt" / "a.png", 0 * disc(0))
    assert run(*words) == 1
    reasons = pd.read_parquet(folders / "out" / "rows.parquet").set_index("sample_id").reason
    assert reasons["a"] == "the true matte is 0 everywhere: there is nothing to mark"
    assert "--prompt mask and --mask DIR go together" in failed(capsys, *words, "--prompt", "mask")
    assert "--prompt mask and --mask DIR go together" in failed(capsys, *words, "--prompt", "box", "--mask", "m")
    assert "--boxes: not with a network that takes any prompt" in failed(capsys, *words, "--boxes", "x")
    him2k = ("--dataset", "him2k", "--root", trees.him2k(tmp_path / "him2k"), "--out", tmp_path / "out2")
    said = failed(capsys, "--model", "smat", "--weights", tmp_path / "w", *him2k)
    assert said == "--model smat makes one matte of a prompt; benchmarks of instances are not for it"
    assert "--model smat needs --weights" in failed(capsys, "--model", "smat", "--gt", folders / "gt")


def test_a_network_of_trimaps_is_not_scored_as_one_of_mattes(folders: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ("--model", "net-t", "--weights", "runs/net-t", "--gt", folders / "gt", "--image", folders / "image")
    assert failed(capsys, *words) == (
        "--model net-t gives trimaps, not mattes: its training scores them, and python -m benchmarks.trimaps"
    )


def test_model_on_folders_without_trimaps(weights: Path, folders: Path, capsys: pytest.CaptureFixture[str]) -> None:
    gt, image = ("--gt", folders / "gt"), ("--image", folders / "image")
    assert run("--weights", weights, *gt, *image, "--out", folders / "out", "--device", "cpu") == 0
    assert (folders / "out" / "predictions" / "deep" / "c.d.png").exists()
    assert failed(capsys, "--model", "closed-form", *gt, *image, "--out", folders / "cf") == (
        "--model closed-form starts from trimaps: give --trimap DIR"
    )


def test_what_cannot_be_predicted_has_a_reason(weights: Path, folders: Path) -> None:
    write(folders / "gt" / "empty.png", np.zeros((48, 64), np.uint8))
    write(folders / "image" / "empty.jpg", photo_of(disc(1), 1))
    write(folders / "image" / "deep" / "b.jpg", photo_of(disc(1), 1)[:20])
    (folders / "image" / "a.jpg").unlink()
    words = ("--weights", weights, "--gt", folders / "gt", "--image", folders / "image", "--out", folders / "out")
    assert run(*words, "--device", "cpu") == 1
    reasons = pd.read_parquet(folders / "out" / "rows.parquet").set_index("sample_id").reason
    assert reasons["a"] == "no photo to predict from"
    assert reasons["empty"] == f"{folders / 'gt' / 'empty.png'} is 0 everywhere: there is no box"
    assert reasons["deep/b"] == f"{folders / 'image' / 'deep' / 'b.jpg'} is 64x20, expected 64x48 (the truth)"
    assert reasons.isna()["deep/c.d"]


def test_only_what_changed_is_predicted_again(weights: Path, tmp_path: Path) -> None:
    root, out = trees.aim(tmp_path / "root"), tmp_path / "out"
    words = ("--weights", weights, "--dataset", "aim-500", "--root", root, "--out", out, "--device", "cpu")
    (root / "original" / "o_1.jpg").rename(tmp_path / "o_1.jpg")
    write(root / "original" / "o_1.jpg", photo_of(disc(0), 0)[:20])
    assert run(*words) == 1
    assert "is 64x20, expected 64x48" in pd.read_parquet(out / "rows.parquet").reason[0]
    (tmp_path / "o_1.jpg").replace(root / "original" / "o_1.jpg")  # mended
    assert run(*words) == 0
    before = {name: (out / name).read_bytes() for name in OUTPUTS}
    stamps = {name: (out / "predictions" / f"{name}.png").stat().st_mtime_ns for name in ("o_1", "o_2", "o_3")}
    (out / "predictions" / "o_3.png").unlink()  # as if stopped before it
    write(root / "original" / "o_2.jpg", photo_of(disc(1), 99))  # another photo
    assert run(*words) == 0
    now = {name: (out / "predictions" / f"{name}.png").stat().st_mtime_ns for name in stamps}
    assert [now[name] == stamps[name] for name in stamps] == [True, False, False]
    write(root / "original" / "o_2.jpg", photo_of(disc(1), 1))
    assert run(*words) == 0
    assert {name: (out / name).read_bytes() for name in OUTPUTS} == before


def test_another_test_set_or_setting_reuses_nothing(weights: Path, tmp_path: Path) -> None:
    out, fresh = tmp_path / "out", tmp_path / "fresh"
    for seed, name in enumerate(("one", "two")):
        write(tmp_path / name / "gt" / "a.png", disc(seed))
        write(tmp_path / name / "image" / "a.jpg", photo_of(disc(seed), seed))
    for name in ("one", "two"):
        words = ("--weights", weights, "--gt", tmp_path / name / "gt", "--image", tmp_path / name / "image")
        assert run(*words, "--out", out, "--device", "cpu") == 0
    assert run(*words, "--out", fresh, "--device", "cpu") == 0
    assert summary(out) == summary(fresh)
    assert run(*words, "--out", out, "--device", "cpu", "--protocol", "semat") == 0
    assert cv2.imread(str(out / "predictions" / "a.png"), 0).shape == (768, 1024)


def test_full_gpu_is_one_sentence(
    weights: Path, folders: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr(SEMat, "predict_unrounded", full)
    words = ("--weights", weights, "--gt", folders / "gt", "--image", folders / "image", "--out", folders / "out")
    said = failed(capsys, *words, "--device", "cpu").splitlines()[-1]
    assert said.endswith("out of GPU memory: use --precision bf16, or --device cpu; what is done is kept")


def test_link_to_nowhere_is_one_row(folders: Path) -> None:
    (folders / "pred" / "a.png").unlink()
    (folders / "pred" / "a.png").symlink_to(folders / "gone.png")
    assert run("--pred", folders / "pred", "--gt", folders / "gt", "--out", folders / "out") == 1
    reasons = pd.read_parquet(folders / "out" / "rows.parquet").reason
    assert reasons[0] == f"{folders / 'pred' / 'a.png'} does not exist"
    assert reasons.isna().sum() == 2


def test_trimap_that_says_nothing_has_a_reason(folders: Path) -> None:
    write(folders / "trimap" / "a.png", np.where(disc(0) == 0, 0, 128).astype(np.uint8))
    words = [word for kind in ("gt", "image", "trimap") for word in (f"--{kind}", folders / kind)]
    assert run("--model", "closed-form", *words, "--out", folders / "out") == 1
    reasons = pd.read_parquet(folders / "out" / "rows.parquet").reason
    assert reasons[0].endswith("a.png has no known foreground, which trimap-based methods start from")
    assert reasons.isna().sum() == 2
    # ViTMatte's authors matte it all the same.
    model = ("--model", "vitmatte", "--weights", save_vitmatte(folders / "vitmatte"), "--device", "cpu")
    assert run(*model, *words, "--out", folders / "vitmatte-out") == 0


def test_model_mistakes_are_one_sentence(weights: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    aim = ("--dataset", "aim-500", "--root", trees.aim(tmp_path / "root"), "--out", tmp_path / "out")
    assert "nowhere" in failed(capsys, "--weights", tmp_path / "nowhere", *aim)
    assert (
        failed(capsys, "--model", "vitmatte", *aim) == "--model vitmatte needs --weights: a local folder or a hub name"
    )
    assert failed(capsys, "--model", "net-m", *aim) == "--model net-m needs --weights: a folder that training wrote"
    said = failed(capsys, "--model", "closed-form", "--weights", weights, *aim)
    assert said == "--weights: not with the closed form, which has no network"
    assert failed(capsys, "--weights", weights, *aim, "--protocol", "trimap").startswith(
        "protocol trimap compares trimaps"
    )
    boxes = tmp_path / "boxes.json"
    boxes.write_text("[]")
    assert failed(capsys, "--weights", weights, *aim, "--boxes", boxes).startswith(
        "--boxes are for benchmarks of instances"
    )
    him2k = ("--dataset", "him2k", "--root", trees.him2k(tmp_path / "him2k"), "--out", tmp_path / "out2")
    said = failed(capsys, "--weights", weights, *him2k, "--protocol", "composition-1k")
    assert said == "protocol composition-1k is not for instances; use semat or whole-image"
    assert failed(capsys, "--pred", tmp_path, *him2k, "--protocol", "trimap").endswith(
        "is not for instances; use semat or whole-image"
    )


def test_benchmarks_trimaps_are_true_for_the_trimap_protocol(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = trees.aim(tmp_path / "root")
    words = ("--dataset", "aim-500", "--root", root, "--protocol", "trimap", "--out", tmp_path / "out")
    assert run("--pred", root / "trimap", *words) == 0
    assert set(summary(tmp_path / "out")["values"].values()) == {1.0}  # type: ignore[attr-defined]
    shutil.rmtree(root / "trimap")
    assert failed(capsys, "--pred", root / "mask", *words).startswith(
        "protocol trimap compares trimaps: AIM-500 has none"
    )


def test_overflow_is_one_row(weights: Path, folders: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    predict = SEMat.predict_unrounded

    def once(model: SEMat, image: np.ndarray, box: tuple[float, ...]) -> np.ndarray:
        if abs(int(image[0, 0, 0]) - int(photo_of(disc(0), 0)[0, 0, 2])) < 3:
            raise InputError("the network's output overflowed in torch.float16; use precision fp32 (or bf16)")
        return predict(model, image, box)

    monkeypatch.setattr(SEMat, "predict_unrounded", once)
    words = ("--weights", weights, "--gt", folders / "gt", "--image", folders / "image", "--out", folders / "out")
    assert run(*words, "--device", "cpu") == 1
    reasons = pd.read_parquet(folders / "out" / "rows.parquet").reason.dropna().tolist()
    assert reasons == ["the network's output overflowed in torch.float16; use precision fp32 (or bf16)"]


@pytest.mark.slow
def test_two_processes_judge_once(folders: Path) -> None:
    launcher = ("torch.distributed.run", "--nproc-per-node", "2", "--standalone", "-m")
    words = ["--pred", str(folders / "pred"), "--gt", str(folders / "gt"), "--out", str(folders / "out")]
    command = [sys.executable, "-m", *launcher, "matting_models.evaluate", *words]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "ACCELERATE_USE_CPU": "true"}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("protocol whole-image") == 1


@pytest.mark.slow
def test_two_processes_share_the_predictions(weights: Path, tmp_path: Path) -> None:
    root = trees.aim(tmp_path / "root")
    words = [
        "--weights",
        str(weights),
        "--dataset",
        "aim-500",
        "--root",
        str(root),
        "--device",
        "cpu",
        "--processes",
        "2",
    ]
    launcher = ("torch.distributed.run", "--nproc-per-node", "2", "--standalone", "-m")
    command = [sys.executable, "-m", *launcher, "matting_models.evaluate", *words, "--out", str(tmp_path / "two")]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "ACCELERATE_USE_CPU": "true"}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("protocol semat") == 1
    # In a process of its own too: what other tests leave in this one, such as torch's threads, changes the last bits.
    alone = [sys.executable, "-m", "matting_models.evaluate", *words, "--out", str(tmp_path / "one")]
    subprocess.run(alone, capture_output=True, env=environment, check=True)
    for name in ("o_1", "o_2", "o_3"):
        one, two = (tmp_path / folder / "predictions" / f"{name}.png" for folder in ("one", "two"))
        assert one.read_bytes() == two.read_bytes()
    assert summary(tmp_path / "one")["values"] == summary(tmp_path / "two")["values"]


# ---- comparing ---------------------------------------------------------------------------------------------------


def compare(*folders: Path, out: Path | None = None) -> int:
    return main(["--compare", *map(str, folders), *(["--out", str(out)] if out else [])])


def test_methods_in_one_table(folders: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.copytree(folders / "gt", folders / "elsewhere" / "alphas")  # the same test set under another name
    for name, gt in (("one", folders / "gt"), ("two", folders / "elsewhere" / "alphas")):
        assert run("--pred", folders / "pred", "--gt", gt, "--name", name, "--out", folders / name) == 0
    capsys.readouterr()
    assert compare(folders / "one", folders / "two", out=folders / "tables") == 0
    said = capsys.readouterr().out
    assert said.count("protocol whole-image") == 1
    assert [line.split()[0] for line in said.splitlines()[4:6]] == ["one", "two"]
    assert (folders / "tables" / "table.tex").read_text().count(r"\begin{table}") == 1


def test_what_must_not_be_compared_stands_apart(folders: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pred, gt, trimap = ("--pred", folders / "pred"), ("--gt", folders / "gt"), ("--trimap", folders / "trimap")
    shutil.copytree(folders / "trimap", folders / "wide")
    write(folders / "wide" / "a.png", np.full((48, 64), 128, np.uint8))
    write(folders / "other" / "gt" / "a.png", disc(8))
    runs = {
        "native": (*pred, *gt),
        "semat": (*pred, *gt, "--protocol", "semat"),
        "tight": (*pred, *gt, *trimap, "--protocol", "alphamatting"),
        "wide-region": (*pred, *gt, "--trimap", folders / "wide", "--protocol", "alphamatting"),
        "other-truth": (*pred, "--gt", folders / "other" / "gt"),
    }
    for name, words in runs.items():
        assert run(*words, "--name", name, "--out", folders / "out" / name) == 0
    capsys.readouterr()
    assert compare(*(folders / "out" / name for name in runs)) == 0
    assert capsys.readouterr().out.count("protocol ") == len(runs)


def test_what_is_no_evaluation_cannot_be_compared(folders: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert compare(folders) == 2
    assert "does not exist; expected what an evaluation wrote" in capsys.readouterr().err
    for content in ("[]", "{", '{"method": "x"}'):
        (folders / "summary.json").write_text(content)
        assert compare(folders) == 2
        assert "is no summary of an evaluation" in capsys.readouterr().err


def test_help_teaches(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--help"])
    assert ended.value.code == 0
    said = capsys.readouterr().out
    for word in ("semat: whole image, 1024 px on the long side", "him2k-natural", "image_all/", "--compare"):
        assert word in said
