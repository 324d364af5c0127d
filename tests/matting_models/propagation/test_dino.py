import json
import shutil
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from PIL import Image
from transformers import AutoModel

from matting_models.propagation import dino
from matting_models.propagation.dino import DinoFeatures
from pipelines.propagation.features import FeatureMap, View, unit
from tests.tiny_models import IMAGENET_MEAN, IMAGENET_STD, save_dinov2, save_dinov3

KINDS = ("dinov2", "registers", "dinov3")
PATCH = {"dinov2": 14, "registers": 14, "dinov3": 16}
EXTRA = {"dinov2": 1, "registers": 5, "dinov3": 5}
SIZES = [(300, 300), (120, 400), (400, 121), (50, 70), (231, 157), (41, 13)]
"""Height and width: square, wide, tall, smaller than the side, no multiples of a patch, both."""


def noise(height: int, width: int) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (height, width, 3)).astype(np.uint8)


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Tiny networks with random weights, on disk as released ones would be."""
    root = tmp_path_factory.mktemp("models")
    return {
        "dinov2": save_dinov2(root / "tiny-dinov2"),
        "registers": save_dinov2(root / "tiny-registers", registers=True),
        "dinov3": save_dinov3(root / "tiny-dinov3"),
    }


@pytest.fixture
def copy(folders: dict[str, Path], tmp_path: Path) -> Path:
    """A DINOv2's folder, to be spoilt."""
    return Path(shutil.copytree(folders["dinov2"], tmp_path / "spoilt"))


class Planted:
    """A network whose token of a patch is (mean red, mean green, 1) of the pixels it is given, in [0, 1]."""

    def __init__(self, patch: int, extra: int) -> None:
        self.patch, self.extra = patch, extra
        self.mean = torch.tensor(IMAGENET_MEAN)[:, None, None]
        self.std = torch.tensor(IMAGENET_STD)[:, None, None]

    def __call__(self, pixel_values: torch.Tensor) -> SimpleNamespace:
        colour = torch.nn.functional.avg_pool2d(pixel_values * self.std + self.mean, self.patch)
        colour[:, 2] = 1
        tokens = torch.cat([torch.full((1, self.extra, 3), 7.0), colour.flatten(2).transpose(1, 2)], dim=1)
        return SimpleNamespace(last_hidden_state=tokens)


def planted(folders: dict[str, Path], kind: str, image: np.ndarray, side: int) -> tuple[FeatureMap, np.ndarray]:
    """Features of the planted network, and the (h, w, 2) mean red and green that they say."""
    features = DinoFeatures(str(folders[kind]), device="cpu", side=side)
    features._model = Planted(PATCH[kind], EXTRA[kind])
    found = features.extract(image)
    values = found.values.astype(np.float64)
    return found, values[..., :2] / values[..., 2:]


def cell_centres(found: FeatureMap) -> np.ndarray:
    """(h, w, 2) x and y of every cell in pixels."""
    height, width = found.values.shape[:2]
    cells = np.stack(np.meshgrid(np.arange(width), np.arange(height)), axis=-1).reshape(-1, 2).astype(np.float64)
    return found.to_pixels(cells).reshape(height, width, 2)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("size", SIZES)
def test_bright_square_is_where_it_was_drawn(folders: dict[str, Path], kind: str, size: tuple[int, int]) -> None:
    height, width = size
    image = np.zeros((height, width, 3), np.uint8)
    top, bottom, left, right = height // 4, height * 3 // 4, width // 3, width * 2 // 3
    image[top:bottom, left:right] = 255
    found, values = planted(folders, kind, image, 40 * PATCH[kind])
    weight = values[..., 0]
    centroid = (weight[..., None] * cell_centres(found)).sum((0, 1)) / weight.sum()
    expected = np.array([(left + right - 1) / 2, (top + bottom - 1) / 2])
    assert (np.abs(centroid - expected) < 0.05 * np.array(found.step)).all()
    brightest = np.unravel_index(values[..., 0].argmax(), weight.shape)
    column, row = found.to_pixels(np.array([[brightest[1], brightest[0]]], np.float64))[0]
    assert left <= column < right
    assert top <= row < bottom


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("patches", [10, 40])
def test_cells_are_where_they_say(folders: dict[str, Path], kind: str, size: tuple[int, int], patches: int) -> None:
    """Red grows with x and green with y: a patch's mean names its centre."""
    height, width = size
    image = np.zeros((height, width, 3), np.uint8)
    image[..., 0] = np.rint(np.arange(width) * 255 / (width - 1))
    image[..., 1] = np.rint(np.arange(height) * 255 / (height - 1))[:, None]
    found, values = planted(folders, kind, image, patches * PATCH[kind])
    assert max(found.values.shape[:2]) == patches
    named = values * [width - 1, height - 1]
    wrong = (named - cell_centres(found))[1:-1, 1:-1]  # Beyond the border nothing goes on growing.
    assert np.abs(wrong).max() < 0.005 * max(size)
    assert (np.abs(wrong.mean((0, 1))) < 0.04 * np.array(found.step)).all()
    assert np.abs(wrong.mean((0, 1))).max() < 0.1


@pytest.mark.parametrize(
    ("size", "grid"),
    [
        ((300, 300), (40, 40)),
        ((120, 400), (12, 40)),
        ((3, 2000), (1, 40)),
        ((2000, 1), (40, 1)),
        ((1, 1), (40, 40)),
        ((560, 565), (40, 40)),
    ],
)
def test_grid(folders: dict[str, Path], size: tuple[int, int], grid: tuple[int, int]) -> None:
    features = DinoFeatures(str(folders["dinov2"]), device="cpu")
    found = features.extract(noise(*size))
    assert found.values.shape == (*grid, 32)
    assert found.values.dtype == np.float16
    assert found.size == size
    assert found.step == (size[1] / grid[1], size[0] / grid[0])
    assert found.origin == pytest.approx(((found.step[0] - 1) / 2, (found.step[1] - 1) / 2))
    # The network saw grid * 14 pixels a side.
    assert found.work**2 == pytest.approx(size[0] * size[1] / (grid[0] * grid[1] * 14**2))
    np.testing.assert_allclose(np.linalg.norm(found.values.astype(np.float32), axis=-1), 1, atol=2e-3)
    corners = np.array([[0, 0], [size[1] - 1, size[0] - 1], [3.25, -1.5]])
    np.testing.assert_allclose(found.to_pixels(found.to_cells(corners)), corners, atol=1e-9)
    # The border of the cells is the border of the image.
    np.testing.assert_allclose(found.to_cells(np.array([[-0.5, -0.5]])), -0.5)
    outer = np.array([[size[1] - 0.5, size[0] - 0.5]])
    np.testing.assert_allclose(found.to_cells(outer), [[grid[1] - 0.5, grid[0] - 0.5]])


def seen(features: DinoFeatures, image: np.ndarray) -> np.ndarray:
    """(h, w, 3) pixels that reach the network."""
    pixels: list[torch.Tensor] = []
    model = features._model
    hook = model.register_forward_pre_hook(lambda _, __, given: pixels.append(given["pixel_values"]), with_kwargs=True)
    features.extract(image)
    hook.remove()
    assert len(pixels) == 1
    return np.asarray(pixels[0][0].permute(1, 2, 0))


@pytest.mark.parametrize("kind", KINDS)
def test_normalisation(folders: dict[str, Path], kind: str) -> None:
    patch = PATCH[kind]
    features = DinoFeatures(str(folders[kind]), device="cpu", side=5 * patch)
    exact = noise(3 * patch, 5 * patch)  # As the network takes it, so not resized.
    np.testing.assert_allclose(seen(features, exact), (exact / 255 - IMAGENET_MEAN) / IMAGENET_STD, atol=1e-5)
    image = noise(61, 100)
    resample = Image.Resampling.BILINEAR if kind == "dinov3" else Image.Resampling.BICUBIC
    resized = np.asarray(Image.fromarray(image).resize((5 * patch, 3 * patch), resample))
    np.testing.assert_allclose(seen(features, image), (resized / 255 - IMAGENET_MEAN) / IMAGENET_STD, atol=1e-5)


def test_normalisation_is_the_files(copy: Path) -> None:
    file = copy / "preprocessor_config.json"
    settings = json.loads(file.read_text())
    settings |= {"image_mean": [0.1, 0.2, 0.3], "image_std": [0.5, 0.25, 0.125], "rescale_factor": 1 / 128}
    file.write_text(json.dumps(settings))
    image = noise(28, 42)
    expected = (image / 128 - [0.1, 0.2, 0.3]) / [0.5, 0.25, 0.125]
    np.testing.assert_allclose(seen(DinoFeatures(str(copy), device="cpu", side=42), image), expected, atol=1e-5)


@pytest.mark.parametrize("kind", KINDS)
def test_patches_are_the_networks_own_tokens(folders: dict[str, Path], kind: str) -> None:
    patch = PATCH[kind]
    image = noise(2 * patch, 3 * patch)
    features = DinoFeatures(str(folders[kind]), device="cpu", side=3 * patch)
    pixels = ((image / 255 - IMAGENET_MEAN) / IMAGENET_STD).transpose(2, 0, 1)[None].astype(np.float32)
    with torch.no_grad():
        tokens = AutoModel.from_pretrained(folders[kind]).eval()(torch.tensor(pixels)).last_hidden_state[0].numpy()
    assert len(tokens) == EXTRA[kind] + 6
    expected = unit(tokens[EXTRA[kind] :]).reshape(2, 3, 32)
    found = features.extract(image).values
    np.testing.assert_allclose(found, expected, atol=1e-3)
    assert np.abs(found[0, 0] - found[1, 2]).max() > 0.1


def test_describer_is_the_map_between_cells(folders: dict[str, Path]) -> None:
    image = noise(90, 150)
    features = DinoFeatures(str(folders["registers"]), device="cpu", side=140)
    found = features.extract(image)
    describe = features.describer(image, found)
    points = cell_centres(found).reshape(-1, 2)
    described = describe(points, View())
    assert described.dtype == np.float32
    np.testing.assert_allclose(described, unit(found.values.astype(np.float32)).reshape(-1, 32), atol=1e-6)
    np.testing.assert_array_equal(describe(points, View(angle=40, scale=2, mirrored=True)), described)
    between = (points[:1] + points[1:2]) / 2
    halfway = unit(found.values[0, :1].astype(np.float32) + found.values[0, 1:2])
    np.testing.assert_allclose(describe(between, View()), halfway, atol=1e-6)


def test_same_bytes_again(folders: dict[str, Path]) -> None:
    image = noise(90, 150)
    first, again = (DinoFeatures(str(folders["dinov2"]), device="cpu", side=140).extract(image) for _ in range(2))
    assert first.values.tobytes() == again.values.tobytes()


def test_contract(folders: dict[str, Path]) -> None:
    features = DinoFeatures(str(folders["dinov2"]), device="cpu")
    assert (features.name, features.tolerance, features.min_score) == ("dino", 0.35, 0.5)
    assert {view.angle for view in features.views} == {0.0}
    assert {(view.scale, view.mirrored) for view in features.views} == {
        (scale, mirrored) for scale in (0.5, 0.71, 1.0, 1.41, 2.0) for mirrored in (False, True)
    }
    assert features.views[0] == View()
    name, _, rest = features.revision.partition("@")
    assert name == "tiny-dinov2"
    digest, _, side = rest.partition("-")
    assert (len(digest), side) == (12, "side560")


def test_revision_follows_the_side(folders: dict[str, Path]) -> None:
    revisions = {DinoFeatures(str(folders["dinov2"]), device="cpu", side=side).revision for side in (70, 140)}
    assert len(revisions) == 2


def test_bf16_on_the_cpu_is_close(folders: dict[str, Path]) -> None:
    image = noise(90, 150)
    exact, rough = (
        DinoFeatures(str(folders["dinov2"]), "cpu", precision, 140).extract(image).values.astype(np.float32)
        for precision in ("fp32", "bf16")
    )
    cosine = (exact * rough).sum(-1)
    assert 0.99 < cosine.min() < cosine.max() < 1.002
    assert (exact != rough).any()


def test_cuda_absent(folders: dict[str, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(ValueError, match=r"^CUDA was asked for, but torch sees no GPU; use device cpu or auto$"):
        DinoFeatures(str(folders["dinov2"]), device="cuda")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"device": "tpu"}, "unknown device 'tpu', expected one of auto, cpu, cuda"),
        ({"precision": "fp8"}, "unknown precision 'fp8', expected one of auto, fp32, bf16, fp16"),
        ({"precision": "fp16"}, "precision fp16 needs a GPU; use fp32, bf16 or auto on the CPU"),
        ({"side": 13}, "side is 13, expected at least a patch of 14"),
    ],
)
def test_bad_settings(folders: dict[str, Path], given: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError) as caught:
        DinoFeatures(str(folders["dinov2"]), **{"device": "cpu", **given})
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("image", "message"),
    [
        (noise(4, 4)[..., 0], "image has shape (4, 4), expected (H, W, 3)"),
        (np.zeros((4, 0, 3), np.uint8), "image has shape (4, 0, 3), expected (H, W, 3)"),
        (noise(4, 4) / 255, "image has dtype float64, expected uint8"),
    ],
)
def test_bad_image(folders: dict[str, Path], image: np.ndarray, message: str) -> None:
    features = DinoFeatures(str(folders["dinov2"]), device="cpu")
    with pytest.raises(ValueError) as caught:
        features.extract(image)
    assert str(caught.value) == message


def test_missing_folder(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError) as caught:
        DinoFeatures(str(tmp_path / "gone"))
    assert str(caught.value) == f"weights folder {tmp_path / 'gone'} does not exist"


def test_other_architecture(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text('{"model_type": "sam"}')
    with pytest.raises(ValueError) as caught:
        DinoFeatures(str(tmp_path))
    expected = "'dinov2' or 'dinov2_with_registers' or 'dinov3_vit'"
    assert str(caught.value) == f"weights {tmp_path} are of architecture 'sam', expected {expected}"


def test_no_processor_settings(copy: Path) -> None:
    (copy / "preprocessor_config.json").unlink()
    with pytest.raises(FileNotFoundError) as caught:
        DinoFeatures(str(copy), device="cpu")
    assert str(caught.value) == f"weights {copy} have no image processor settings (preprocessor_config.json)"


def test_out_of_memory(folders: dict[str, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    features = DinoFeatures(str(folders["dinov2"]), device="cpu", side=140)

    def full(pixels: torch.Tensor) -> torch.Tensor:
        raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr(features, "_run", full)
    message = r"^an image of 140 x 70 pixels does not fit in GPU memory; lower side, which is 140$"
    with pytest.raises(ValueError, match=message):
        features.extract(noise(500, 1000))


def test_overflow_is_not_passed_on(folders: dict[str, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    features = DinoFeatures(str(folders["dinov2"]), device="cpu", side=14)
    features._dtype = torch.float16
    monkeypatch.setattr(features, "_run", lambda pixels: torch.full((2, 32), torch.nan))
    with pytest.raises(ValueError) as caught:
        features.extract(noise(5, 5))
    assert str(caught.value) == "the network's output overflowed in float16; use precision fp32 (or bf16)"


def test_default_side_is_whole_patches_of_all() -> None:
    assert (dino.SIDE / 14, dino.SIDE / 16) == (40, 35)
