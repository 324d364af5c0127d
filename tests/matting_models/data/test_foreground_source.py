from pathlib import Path

import cv2
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from matting_models.data import foreground_source, photography
from matting_models.data.foreground_source import ForegroundSource
from matting_models.data.sample import BadSample
from matting_models.errors import InputError, MissingError
from tests.matting_models.data.conftest import rng, write_foregrounds


@pytest.fixture
def source(tmp_path: Path) -> ForegroundSource:
    root = write_foregrounds(tmp_path)
    return ForegroundSource(root / "set", [root / "backgrounds"])


def test_composites_of_the_set(source: ForegroundSource) -> None:
    assert len(source) == 3
    sample = source.load(1, rng(1))
    assert (sample.image.shape, sample.alpha.shape) == ((120, 160, 3), (120, 160))
    assert (sample.image.dtype, sample.alpha.dtype) == (np.uint8, np.uint8)
    assert "set/foregrounds/b.png on " in sample.sample_id
    assert source.group(1) == "foregrounds/b.png"
    assert sample.trusted is None


def test_colours_where_alpha_says_so(source: ForegroundSource, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(foreground_source, "BEHIND", 0)
    monkeypatch.setattr(foreground_source, "IN_FRONT", 0)
    for name in ("HARMONISED", "ALIKE", "EXPOSED"):
        monkeypatch.setattr(photography, name, 0)
    for seed in range(6):  # a red disc on grey
        sample = source.load(0, rng(seed))
        image = cv2.medianBlur(sample.image, 5).astype(int)
        assert (image[..., 0] - image[..., 2])[sample.alpha == 255].mean() > 100
        assert abs((image[..., 0] - image[..., 2])[sample.alpha == 0].mean()) < 80


def test_foregrounds_as_gca_matting_makes_them(source: ForegroundSource, tmp_path: Path) -> None:
    other = ForegroundSource(tmp_path / "set", [tmp_path / "backgrounds"], gca=True)
    sizes = {other.subset([1]).load(0, rng(seed)).alpha.shape for seed in range(12)}
    assert sizes == {(120, 160), (640, 640)} and other.identity() != source.identity()


def test_the_generator_decides_everything(source: ForegroundSource) -> None:
    for seed in range(8):
        first, second = source.load(0, rng(seed)), source.load(0, rng(seed))
        assert first.image.tobytes() == second.image.tobytes()
        assert first.alpha.tobytes() == second.alpha.tobytes()
    assert len({source.load(0, rng(seed)).alpha.tobytes() for seed in range(8)}) > 3


def test_one_in_front_hides(source: ForegroundSource, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(foreground_source, "BEHIND", 0)
    monkeypatch.setattr(foreground_source, "IN_FRONT", 1)
    monkeypatch.setattr(foreground_source, "PLACED", 0)
    monkeypatch.setattr(foreground_source, "LEFT", 500)
    whole = np.pi * 40**2
    seen = [(source.load(0, rng(seed)).alpha > 127).sum() for seed in range(12)]
    assert min(seen) < 0.8 * whole
    assert min(seen) >= 500


def test_company_is_a_part_of_the_whole(source: ForegroundSource, monkeypatch: pytest.MonkeyPatch) -> None:
    for behind in (1, 0):
        monkeypatch.setattr(foreground_source, "BEHIND", behind)
        monkeypatch.setattr(foreground_source, "IN_FRONT", 1 - behind)
        for seed in range(4):
            sample = source.load(0, rng(seed))
            assert sample.whole is not None
            assert (sample.whole() >= sample.alpha.astype(int) - 1).all()  # each rounded by itself
            assert (sample.whole() > 200).sum() > (sample.alpha > 200).sum()
    monkeypatch.setattr(foreground_source, "IN_FRONT", 0)
    assert source.load(0, rng()).whole is None


def test_identity_covers_rows_and_backgrounds(tmp_path: Path, source: ForegroundSource) -> None:
    root = write_foregrounds(tmp_path / "again")
    assert ForegroundSource(root / "set", [root / "backgrounds"]).identity() == source.identity()
    assert source.subset([0, 2]).identity() != source.identity()
    assert source.subset([2]).group(0) == "foregrounds/c.png"
    (root / "backgrounds" / "180.png").unlink()
    assert ForegroundSource(root / "set", [root / "backgrounds"]).identity() != source.identity()


def bad(root: Path) -> str:
    with pytest.raises(BadSample) as caught:
        ForegroundSource(root / "set", [root / "backgrounds"]).load(0, rng())
    return caught.value.reason


def test_pictures_that_are_no_foregrounds(tmp_path: Path) -> None:
    root = write_foregrounds(tmp_path)
    path = root / "set/foregrounds/a.png"
    cv2.imwrite(str(path), np.zeros((60, 60, 3), np.uint8))
    assert bad(root) == f"{path} has 3 channels of uint8, expected RGBA of 8 bits"
    cv2.imwrite(str(path), np.full((60, 60, 4), 127, np.uint8))
    assert bad(root) == "it has 0 pixels of foreground, expected at least 2000"
    path.unlink()
    assert bad(root) == f"{path} does not exist"


def test_names_that_lead_elsewhere(tmp_path: Path) -> None:
    root = write_foregrounds(tmp_path)
    table = pa.table({"file": ["../backgrounds/0.png"], "kind": ["x"], "licence": ["CC0-1.0"]})
    pq.write_table(table, root / "set/manifest/part-00000.parquet")
    assert "does not name a file below" in bad(root)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            {"file": ["a.png"], "kind": ["x"]},
            "part-00000.parquet has no column 'licence', expected at least file, kind",
        ),
        ({"file": pa.array([], pa.string()), "kind": [], "licence": []}, "has no foreground in the 1 parts of its man"),
        (None, "part-00000.parquet is not a manifest part"),
    ],
)
def test_manifests_that_cannot_be_used(tmp_path: Path, content: dict[str, object] | None, message: str) -> None:
    root = write_foregrounds(tmp_path)
    part = root / "set/manifest/part-00000.parquet"
    part.write_bytes(b"torn") if content is None else pq.write_table(pa.table(content), part)
    with pytest.raises(InputError, match=message):
        ForegroundSource(root / "set", [root / "backgrounds"])
    part.unlink()
    with pytest.raises(InputError, match="set has no manifest/part-\\*.parquet; expected what make foregrounds writes"):
        ForegroundSource(root / "set", [root / "backgrounds"])


def test_missing_folders(tmp_path: Path) -> None:
    root = write_foregrounds(tmp_path)
    with pytest.raises(MissingError, match="foregrounds folder .*gone does not exist"):
        ForegroundSource(root / "gone", [root / "backgrounds"])
    with pytest.raises(MissingError, match="backgrounds folder .*gone does not exist"):
        ForegroundSource(root / "set", [root / "backgrounds", root / "gone"])
