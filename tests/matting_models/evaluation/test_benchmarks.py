import re
import shutil
from pathlib import Path

import pytest

from matting_models.errors import InputError, MissingError
from matting_models.evaluation.benchmarks import BENCHMARKS
from matting_models.evaluation.protocols import PROTOCOLS
from matting_models.pictures import read_alpha, read_grey, read_photo
from tests.matting_models.evaluation import trees
from tests.matting_models.evaluation.trees import SIZE, TREES


def test_every_benchmark_has_a_tree_here() -> None:
    """But one that differs from another in its resolution, and RefMatte, whose layouts are read elsewhere."""
    assert set(TREES) | {"alphamatting-highres", "refmatte"} == set(BENCHMARKS)


@pytest.mark.parametrize("name", TREES)
def test_samples_of_the_authors_layout(name: str, tmp_path: Path) -> None:
    make, ids = TREES[name]
    samples = BENCHMARKS[name].read(make(tmp_path))
    assert [sample.id for sample in samples] == ids
    for sample in samples:
        assert sample.image is not None
        assert read_photo(sample.image).shape[:2] == SIZE
        assert all(read_alpha(path).shape == SIZE for path in sample.truths)
        assert len(sample.truths) == (2 if sample.instances else 1)
        assert sample.instances == name.startswith("him2k")
        if PROTOCOLS[BENCHMARKS[name].protocol].unknown_only:
            assert sample.trimap is not None
        if sample.trimap is not None:
            assert read_grey(sample.trimap).shape == SIZE


@pytest.mark.parametrize("name", TREES)
def test_root_may_be_the_innermost_folder(name: str, tmp_path: Path) -> None:
    make, ids = TREES[name]
    make(tmp_path)
    inner = {
        "p3m-500-np": "validation/P3M-500-NP",
        "am-2k": "validation",
        "rwp-636": "RealWorldPortrait-636",
        "refmatte-rw100": "RefMatte_RW_100",
        "sim": "generated_testset",
        "composition-1k": "Combined_Dataset/Test_set/Adobe-licensed images",
        "icm-57": "ICM57",
    }.get(name, "HIM2K" if name.startswith("him2k") else ".")
    assert [sample.id for sample in BENCHMARKS[name].read(tmp_path / inner)] == ids


def test_several_mattes_of_one_photo(tmp_path: Path) -> None:
    samples = BENCHMARKS["refmatte-rw100"].read(trees.rw100(tmp_path))
    assert [(s.image_id, s.image.name) for s in samples if s.image] == [("a_b", "a_b.jpg")] * 2 + [("c", "c.jpg")]


def test_composites_share_their_foregrounds_alpha(tmp_path: Path) -> None:
    samples = BENCHMARKS["composition-1k"].read(trees.composition(tmp_path))
    assert [s.truths[0].name for s in samples] == ["boy-1518482_1920_9_img.png"] * 2 + ["dandelion.png"] * 2


def test_composites_may_have_an_alpha_each(tmp_path: Path) -> None:
    samples = BENCHMARKS["composition-1k"].read(trees.composition_copied(tmp_path))
    assert [(s.id, s.truths[0].parent.name) for s in samples] == [("x_0", "alpha_copy"), ("x_1", "alpha_copy")]


def test_trimaps_of_one_photo_are_samples_of_their_own(tmp_path: Path) -> None:
    samples = BENCHMARKS["alphamatting"].read(trees.alphamatting(tmp_path))
    assert len({s.image_id for s in samples}) == 4  # so that no mean by image appears beside the mean


REMOVED = [
    ("p3m-500-np", "validation/P3M-500-NP/mask/p_2.png",
     r"mask/p_2\.\* is missing, which belongs to .*original_image/p_2\.jpg"),
    ("p3m-500-np", "validation/P3M-500-NP/original_image/p_2.jpg", r"mask/p_2\.png has no photo in .*original_image"),
    ("aim-500", "trimap/o_1.png", r"trimap/o_1\.\* is missing, which belongs to .*original/o_1\.jpg"),
    ("aim-500", "mask", r"AIM-500: .*mask is not there; expected a folder that holds original/, mask/"),
    ("am-2k", "validation/original", r"AM-2K: .*original is not there; expected a folder that holds original/, mask/"),
    ("rwp-636", "RealWorldPortrait-636/alpha/02_0031_input.png", r"alpha/02_0031_input\.\* is missing"),
    ("refmatte-rw100", "RefMatte_RW_100/image_all/c.jpg",
     r"image_all/c\.\* is missing, which belongs to .*mask/c_0\.png"),
    ("refmatte-rw100", "RefMatte_RW_100/mask/c_0.png", r"image_all/c\.jpg has no matte in .*mask"),
    ("refmatte-rw100", "RefMatte_RW_100/image_all",
     r"image_all is not there; expected a folder that holds image_all/, mask/"),
    ("sim", "generated_testset/fire/alpha/x_2008_000902.png", r"fire/alpha/x_2008_000902\.\* is missing"),
    ("sim", "generated_testset/fire/alpha", r"SIM: .*fire/alpha is not there"),
    ("sim", "generated_testset/fire/merged", r"SIM: .*fire/merged is not there"),
    ("sim", "generated_testset", r"SIM: .*defocus/merged is not there; expected a folder that holds defocus/merged/"),
    ("him2k", "HIM2K/alphas/natural/n2", r"alphas/natural/n2 is missing, which belongs to .*images/natural/n2\.jpg"),
    ("him2k", "HIM2K/images/natural/n2.jpg", r"alphas/natural/n2 has no photo in .*images/natural"),
    ("him2k", "HIM2K/alphas/comp", r"HIM2K: .*alphas/comp is not there"),
    ("composition-1k", "Combined_Dataset/Test_set/Adobe-licensed images/alpha/dandelion.png",
     r"alpha/dandelion\.\* is missing, which belongs to .*trimaps/dandelion_0\.png"),
    ("composition-1k", "Combined_Dataset/Test_set/Adobe-licensed images/merged",
     r"merged is not there; expected a folder"),
    ("composition-1k", "Combined_Dataset/Test_set/Adobe-licensed images/trimaps/dandelion_1.png",
     r"merged/dandelion_1\.png has no trimap in .*trimaps"),
    ("alphamatting", "gt_training_lowres/GT02.png", r"gt_training_lowres/GT02\.\* is missing"),
    ("alphamatting", "trimap_training_lowres/Trimap2/GT01.png", r"Trimap2/GT01\.\* is missing"),
    ("alphamatting", "gt_training_lowres", r"gt_training_lowres is not there"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "removed", "message"), REMOVED)
def test_missing_file_is_named(name: str, removed: str, message: str, tmp_path: Path) -> None:
    TREES[name][0](tmp_path)
    path = tmp_path / removed
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink()
    with pytest.raises(MissingError) as caught:
        BENCHMARKS[name].read(tmp_path)
    assert re.search(message, str(caught.value)), str(caught.value)
    assert "\n" not in str(caught.value)


def test_misplaced_trimaps_are_named(tmp_path: Path) -> None:
    trees.alphamatting(tmp_path)
    for path in (tmp_path / "trimap_training_lowres" / "Trimap1").iterdir():
        path.rename(path.parents[1] / path.name)
    shutil.rmtree(tmp_path / "trimap_training_lowres" / "Trimap1")
    shutil.rmtree(tmp_path / "trimap_training_lowres" / "Trimap2")
    with pytest.raises(MissingError, match=r"trimap_training_lowres/Trimap1 is missing"):
        BENCHMARKS["alphamatting"].read(tmp_path)


def test_five_are_named_and_the_rest_counted(tmp_path: Path) -> None:
    trees._pairs(tmp_path, tuple("abcdefg"), "original", "mask", None)
    for name in "abcdefg"[:-1]:
        (tmp_path / "mask" / f"{name}.png").unlink()
    with pytest.raises(MissingError, match="; and 1 more$"):
        BENCHMARKS["aim-500"].read(tmp_path)


@pytest.mark.parametrize("name", TREES)
def test_no_folder_and_empty_folder(name: str, tmp_path: Path) -> None:
    with pytest.raises(MissingError, match="nowhere is not a folder; expected "):
        BENCHMARKS[name].read(tmp_path / "nowhere")
    with pytest.raises(MissingError, match="is not there; expected a folder that holds "):
        BENCHMARKS[name].read(tmp_path)


def test_folder_without_pictures(tmp_path: Path) -> None:
    (tmp_path / "original").mkdir()
    (tmp_path / "mask").mkdir()
    with pytest.raises(InputError, match="AIM-500: .*original has no pictures"):
        BENCHMARKS["aim-500"].read(tmp_path)


def test_names_that_do_not_fit(tmp_path: Path) -> None:
    trees.rw100(tmp_path)
    (tmp_path / "RefMatte_RW_100" / "mask" / "c_0.png").rename(tmp_path / "RefMatte_RW_100" / "mask" / "c.png")
    with pytest.raises(MissingError, match=r"mask/c\.png is not called <photo>_<number>"):
        BENCHMARKS["refmatte-rw100"].read(tmp_path)
    trees.aim(tmp_path)
    trees.write(tmp_path / "mask" / "o_1.jpg", trees.disc(0))
    with pytest.raises(InputError, match=r"o_1\.jpg and .*o_1\.png are called alike; expected one picture a name"):
        BENCHMARKS["aim-500"].read(tmp_path)


def test_photos_of_one_kind_are_references_of_each_other(tmp_path: Path) -> None:
    root = trees.icm57(tmp_path)
    samples = BENCHMARKS["icm-57"].read(root)
    found = {s.id: [(r.image.name, r.alpha.name) for r in s.references] for s in samples}
    assert found["dog_2"] == [("dog_1.jpg", "dog_1.png"), ("dog_3.jpg", "dog_3.png")]
    assert found["cup_1"] == [("cup_1.jpg", "cup_1.png"), ("cup_2.jpg", "cup_2.png")]  # a kind of two: itself too
    assert found["red cup"] == [("red cup.jpg", "red cup.png")]
    (root / "ICM57.json").unlink()
    with pytest.raises(MissingError, match="list of classes .*ICM57.json does not exist"):
        BENCHMARKS["icm-57"].read(root)
