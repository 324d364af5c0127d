import shutil
from datetime import UTC, datetime
from pathlib import Path

import cv2
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from matting_models.data.manifest_source import ManifestSource
from matting_models.data.sample import BadSample
from matting_models.data.together import together
from matting_models.errors import InputError, MissingError
from pipelines.review.decisions import Decision, Ledger, Mended, Verdict
from pipelines.review.mended import keep_mended
from pipelines.review.selection import CHOICES
from pipelines.storage.manifest import read_folder
from tests.matting_models.data.conftest import rng

Labelled = tuple[Path, Path]


def part(manifest: Path) -> Path:
    paths = sorted(manifest.resolve().glob("part-*"))
    return next(path for path in paths if pq.read_metadata(path).num_rows)


def rewrite(manifest: Path, column: str, value: object) -> None:
    """Change a column of the first part's first row."""
    path = part(manifest)
    table = pq.read_table(path)
    values = table[column].to_pylist()
    values[0] = value
    index = table.schema.get_field_index(column)
    pq.write_table(
        table.set_column(index, table.schema.field(index), pa.array(values, table.schema.types[index])), path
    )


def bad(labelled: Labelled, row: int = 0) -> BadSample:
    with pytest.raises(BadSample) as caught:
        ManifestSource(*labelled).load(row, rng())
    return caught.value


def test_rows_of_the_labelling_job_are_read_as_they_are(labelled: Labelled) -> None:
    source, rows = ManifestSource(*labelled), read_folder(labelled[0])
    assert len(source) == len(rows) == 6
    for number, row in enumerate(rows):
        sample = source.load(number, rng())
        assert sample.sample_id == source.sample_id(number) == row.sample_id
        assert source.group(number) == row.image_path
        np.testing.assert_array_equal(sample.image, cv2.imread(str(labelled[1] / row.image_path))[:, :, ::-1])
        alpha = cv2.imread(str(labelled[0].parent / str(row.alpha_path)), cv2.IMREAD_UNCHANGED)
        trimap = cv2.imread(str(labelled[0].parent / str(row.trimap_path)), cv2.IMREAD_UNCHANGED)
        np.testing.assert_array_equal(sample.alpha, alpha)
        np.testing.assert_array_equal(sample.trimap, trimap)


def test_the_mattes_of_a_photo_together(labelled: Labelled) -> None:
    path = pq.read_table(part(labelled[0]))["image_path"].to_pylist()[1]
    rewrite(labelled[0], "image_path", path)  # two rows of one photo
    source, rows = ManifestSource(*labelled), read_folder(labelled[0])
    other, own = (number for number, row in enumerate(rows) if row.image_path == path)
    sample = source.load(own, rng())
    assert sample.whole is not None
    beside = labelled[0].parent / str(rows[other].alpha_path)
    alpha = cv2.imread(str(beside), cv2.IMREAD_UNCHANGED)
    assert alpha is not None
    np.testing.assert_array_equal(sample.whole(), together([sample.alpha, alpha]))
    cv2.imwrite(str(beside), alpha[:9])
    with pytest.raises(BadSample, match=f"the alphas of {path} are not of one size"):
        sample.whole()
    beside.unlink()
    with pytest.raises(BadSample, match="does not exist"):
        sample.whole()


def test_a_matte_that_is_alone_in_its_photo_is_the_whole_foreground(labelled: Labelled) -> None:
    source, photos = ManifestSource(*labelled), [row.image_path for row in read_folder(labelled[0])]
    for number, photo in enumerate(photos):
        assert (source.load(number, rng()).whole is None) == (photos.count(photo) == 1)
        assert source.subset([number]).load(0, rng()).whole is None
    assert len(set(photos)) > 1


def test_a_version_and_an_old_layout_are_read_alike(labelled: Labelled, tmp_path: Path) -> None:
    out, images = labelled[0].parent, labelled[1]
    old = tmp_path / "old"
    for name in ("alphas", "trimaps", "manifest"):
        shutil.copytree((out / name).resolve(), old / name)
    assert labelled[0].is_symlink() and not (old / "manifest").is_symlink()
    linked, version, before = (
        ManifestSource(manifest, images)
        for manifest in (labelled[0], out / "versions" / "000001" / "manifest", old / "manifest")
    )
    for number in range(len(linked)):
        wanted = linked.load(number, rng())
        for source in (version, before):
            np.testing.assert_array_equal(source.load(number, rng()).alpha, wanted.alpha)
    assert linked.identity() == version.identity() == before.identity()


def test_a_source_stays_with_the_version_it_was_opened_with(labelled: Labelled) -> None:
    source = ManifestSource(*labelled)
    before = source.load(0, rng())
    other = labelled[0].parent / "versions" / "000002" / "manifest"
    other.mkdir(parents=True)
    labelled[0].unlink()
    labelled[0].symlink_to("versions/000002/manifest")
    np.testing.assert_array_equal(source.load(0, rng()).alpha, before.alpha)
    np.testing.assert_array_equal(source.subset([0]).load(0, rng()).alpha, before.alpha)
    with pytest.raises(InputError, match="has no part"):
        ManifestSource(*labelled)


def test_subset(labelled: Labelled) -> None:
    source = ManifestSource(*labelled)
    some = source.subset([4, 1])
    assert [some.sample_id(i) for i in range(len(some))] == [source.sample_id(4), source.sample_id(1)]
    np.testing.assert_array_equal(some.load(0, rng()).alpha, source.load(4, rng()).alpha)


def test_the_manifests_orientation_is_applied_and_not_the_files(labelled: Labelled) -> None:
    rewrite(labelled[0], "exif_orientation", 6)
    detail = bad(labelled).reason
    assert "is 96x80, expected 80x96" in detail  # the photo is turned, its alpha is not


def test_missing_folders(labelled: Labelled, tmp_path: Path) -> None:
    with pytest.raises(MissingError, match="manifest folder .*nowhere does not exist; expected the labelling job's"):
        ManifestSource(tmp_path / "nowhere", labelled[1])
    with pytest.raises(MissingError, match="images folder .*nowhere does not exist"):
        ManifestSource(labelled[0], tmp_path / "nowhere")


def test_a_folder_without_parts(labelled: Labelled, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="has no part-\\*.parquet; expected the labelling job's OUT/manifest"):
        ManifestSource(tmp_path, labelled[1])


def test_no_rows(labelled: Labelled) -> None:
    for path in labelled[0].glob("part-*"):
        pq.write_table(pq.read_table(path).slice(0, 0), path)
    with pytest.raises(InputError, match="has no rows in its \\d+ parts: the labelling job kept no matte"):
        ManifestSource(*labelled)


def test_another_schema_version_is_refused(labelled: Labelled) -> None:
    path = part(labelled[0])
    table = pq.read_table(path)
    pq.write_table(table.replace_schema_metadata({**table.schema.metadata, b"schema_version": b"7"}), path)
    with pytest.raises(InputError, match=f"{path}.*schema version 7.*1"):
        ManifestSource(*labelled)


def test_parquet_that_is_no_manifest(labelled: Labelled) -> None:
    path = part(labelled[0])
    pq.write_table(pa.table({"x": [1]}), path)
    with pytest.raises(InputError, match=str(path)):
        ManifestSource(*labelled)


def test_a_part_without_a_column(labelled: Labelled) -> None:
    path = part(labelled[0])
    pq.write_table(pq.read_table(path).drop_columns(["alpha_path"]), path)
    with pytest.raises(InputError, match=f"{path} is not a manifest part: .*alpha_path"):
        ManifestSource(*labelled)


def test_a_part_cut_short(labelled: Labelled) -> None:
    path = part(labelled[0])
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(InputError, match=f"{path} is not a manifest part: Parquet magic bytes not found"):
        ManifestSource(*labelled)


def test_rows_whose_photo_is_gone(labelled: Labelled) -> None:
    row = read_folder(labelled[0])[0]
    (labelled[1] / row.image_path).unlink()
    problem = bad(labelled)
    assert problem.sample_id == row.sample_id
    assert problem.reason == f"{labelled[1] / row.image_path} does not exist"


@pytest.mark.parametrize("column", ["alpha_path", "trimap_path"])
def test_rows_whose_matte_is_gone(labelled: Labelled, column: str) -> None:
    path = labelled[0].parent / str(getattr(read_folder(labelled[0])[0], column))
    path.unlink()
    assert bad(labelled).reason == f"{path} does not exist"


def test_an_alpha_of_another_size(labelled: Labelled) -> None:
    row = read_folder(labelled[0])[0]
    path = labelled[0].parent / str(row.alpha_path)
    cv2.imwrite(str(path), np.full((50, 40), 255, np.uint8))
    assert bad(labelled).reason == f"alpha {row.alpha_path} is 40x50, expected 96x80 as {row.image_path}"


def test_an_alpha_of_nothing(labelled: Labelled) -> None:
    row = read_folder(labelled[0])[0]
    cv2.imwrite(str(labelled[0].parent / str(row.alpha_path)), np.zeros((80, 96), np.uint8))
    assert bad(labelled).reason == f"alpha {row.alpha_path} has no foreground"


def test_a_path_that_climbs(labelled: Labelled) -> None:
    rewrite(labelled[0], "image_path", "../../secret.jpg")
    assert bad(labelled).reason == f"'../../secret.jpg' does not name a file below {labelled[1]}"


# ---- what people decided


def decide(labelled: Labelled, row: int, verdict: Verdict, mended: Mended | None = None, reviewer: str = "ann") -> None:
    known = read_folder(labelled[0])[row]
    now = datetime.now(UTC)
    decision = Decision(known.sample_id, str(known.alpha_sha256), verdict, reviewer, now, None, None, mended)
    Ledger(labelled[0].parent).add(decision)


def test_people_choose_what_counts(labelled: Labelled) -> None:
    whole = ManifestSource(*labelled)
    names = [whole.sample_id(row) for row in range(6)]
    decide(labelled, 0, "accepted")
    decide(labelled, 1, "rejected")
    decide(labelled, 2, "accepted")
    decide(labelled, 2, "rejected", reviewer="bob")
    chosen = {reviewed: ManifestSource(*labelled, reviewed) for reviewed in CHOICES}
    assert [chosen["accepted"].sample_id(row) for row in range(len(chosen["accepted"]))] == names[:1]
    assert [chosen["not-rejected"].sample_id(row) for row in range(4)] == [names[0], *names[3:]]
    assert len(chosen["all"]) == 6 and chosen["all"].identity() == whole.identity()


def test_what_people_mended_is_what_is_learned(labelled: Labelled) -> None:
    out = labelled[0].parent
    row = read_folder(labelled[0])[3]
    trimap = np.zeros((row.image_height, row.image_width), np.uint8)
    trimap[2:9, 2:9] = 255
    before = ManifestSource(*labelled).identity()
    decide(labelled, 3, "accepted", keep_mended(out, row, trimap, trimap))
    source = ManifestSource(*labelled)
    np.testing.assert_array_equal(source.load(3, rng()).alpha, trimap)
    np.testing.assert_array_equal(source.load(3, rng()).trimap, trimap)
    assert source.load(2, rng()).alpha.sum() != trimap.sum()
    assert source.identity() != before and len(source) == 6


def test_reviews_that_cannot_be_used_are_said(labelled: Labelled) -> None:
    with pytest.raises(InputError, match="nobody has reviewed it yet; make review OUT="):
        ManifestSource(*labelled, "accepted")
    decide(labelled, 0, "rejected")
    with pytest.raises(InputError, match="has no accepted row: 6 mattes, none of which counts"):
        ManifestSource(*labelled, "accepted")
    (path,) = (labelled[0].parent / "reviews").iterdir()
    path.write_bytes(b"PAR1")
    with pytest.raises(InputError, match="damaged, its decisions are not known .*; mend or remove it"):
        ManifestSource(*labelled)
