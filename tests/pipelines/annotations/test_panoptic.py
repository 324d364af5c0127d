from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pipelines.annotations.panoptic import PanopticProblem, read_segment_ids


def test_ids_are_r_plus_256_g_plus_65536_b(tmp_path: Path) -> None:
    pixels = np.array([[[1, 0, 0], [0, 1, 0]], [[0, 0, 1], [4, 3, 2]]], np.uint8)
    Image.fromarray(pixels).save(tmp_path / "a.png")
    ids, digest = read_segment_ids(tmp_path / "a.png", 2, 2)
    assert ids.tolist() == [[1, 256], [65536, 4 + 3 * 256 + 2 * 65536]]
    assert len(digest) == 64


@pytest.mark.parametrize("mode", ["L", "P", "I;16"])
def test_single_channel_holds_the_id(tmp_path: Path, mode: str) -> None:
    values = np.array([[0, 7], [200, 7]], np.uint16 if mode == "I;16" else np.uint8)
    image = Image.fromarray(values)
    if mode == "P":
        image.putpalette([9] * 768)
    image.save(tmp_path / "a.png")
    assert read_segment_ids(tmp_path / "a.png", 2, 2)[0].tolist() == [[0, 7], [200, 7]]


@pytest.mark.parametrize("mode", ["RGBA", "LA"])
def test_alpha_is_ignored(tmp_path: Path, mode: str) -> None:
    Image.new(mode, (2, 1), (5,) * len(mode)).save(tmp_path / "a.png")
    expected = 5 + 256 * 5 + 65536 * 5 if mode == "RGBA" else 5
    assert read_segment_ids(tmp_path / "a.png", 2, 1)[0].tolist() == [[expected, expected]]


@pytest.mark.parametrize(
    ("content", "reason", "detail"),
    [
        (None, "panoptic_missing", "a.png: panoptic PNG not found"),
        (b"", "panoptic_empty", "a.png: panoptic PNG has zero bytes"),
        (b"not a picture", "panoptic_unreadable", "a.png: not a readable PNG"),
        ("cut", "panoptic_unreadable", "a.png: not a readable PNG"),
        ("size", "panoptic_wrong_size", "a.png: panoptic PNG is 3x4, annotated 64x64"),
    ],
)
def test_bad_files(tmp_path: Path, content: bytes | str | None, reason: str, detail: str) -> None:
    path = tmp_path / "a.png"
    if isinstance(content, bytes):
        path.write_bytes(content)
    elif content == "cut":
        noise = np.random.default_rng(0).integers(0, 255, (64, 64, 3), np.uint8)
        Image.fromarray(noise).save(path)
        path.write_bytes(path.read_bytes()[:3000])
    elif content == "size":
        Image.new("RGB", (3, 4)).save(path)
    with pytest.raises(PanopticProblem) as error:
        read_segment_ids(path, 64, 64)
    assert error.value.reason == reason
    assert error.value.detail.startswith(detail)
