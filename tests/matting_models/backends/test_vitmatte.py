import json
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from matting_models.backends import create_backend
from matting_models.backends.vitmatte import VitMatte
from tests.tiny_models import save_vitmatte


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny ViTMatte with random weights, on disk as a released one would be."""
    return save_vitmatte(tmp_path_factory.mktemp("models") / "tiny-vitmatte")


@pytest.fixture
def copy(weights: Path, tmp_path: Path) -> Path:
    """The same folder, to be spoilt."""
    folder = tmp_path / "spoilt"
    folder.mkdir()
    for file in weights.iterdir():
        (folder / file.name).write_bytes(file.read_bytes())
    return folder


def crop(height: int, width: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    image = np.random.default_rng(seed).integers(0, 256, (height, width, 3)).astype(np.uint8)
    trimap = np.full((height, width), 128, np.uint8)
    trimap[0, 0], trimap[-1, -1] = 0, 255
    return image, trimap


def test_contract(weights: Path) -> None:
    backend = create_backend("vitmatte", weights=str(weights), device="cpu", batch_size=3)
    assert (backend.name, backend.context, backend.batch_size) == ("vitmatte", 32, 3)
    name, _, digest = backend.revision.partition("@")
    assert name == "tiny-vitmatte"
    assert len(digest) == 12
    image, trimap = crop(50, 70)
    trimap[:5], trimap[-5:] = 0, 255
    alpha = backend(image, trimap)
    assert alpha.dtype == np.float32
    assert alpha.shape == (50, 70)
    assert ((alpha >= 0) & (alpha <= 1)).all()
    assert (alpha[:5] == 0).all()
    assert (alpha[-5:] == 1).all()
    assert alpha[5:-5].std() > 0.01


@pytest.mark.parametrize("shape", [(1, 2), (3, 5), (4, 3), (3, 3), (64, 64)])
def test_small_crops(weights: Path, shape: tuple[int, int]) -> None:
    assert VitMatte(str(weights), device="cpu")(*crop(*shape)).shape == shape


def test_input_is_what_the_network_was_trained_on(weights: Path) -> None:
    image = np.full((2, 3, 3), 255, np.uint8)
    trimap = np.array([[0, 1, 128], [127, 254, 255]], np.uint8)
    pixels = VitMatte(str(weights), device="cpu")._prepare(image, trimap)
    assert pixels.shape == (4, 64, 64)
    np.testing.assert_allclose(pixels[:3, :2, :3], 1.0)
    np.testing.assert_allclose(pixels[3, :2, :3], [[0, 0.5, 0.5], [0.5, 0.5, 1]])
    assert pixels[:, 2:].abs().max() == 0
    assert pixels[:, :, 3:].abs().max() == 0


def test_batch_equals_single_and_keeps_order(weights: Path) -> None:
    shapes = [(100, 30), (40, 50), (64, 64), (30, 100), (33, 33), (90, 60), (65, 10), (60, 60)]
    crops = [crop(*shape, seed) for seed, shape in enumerate(shapes)]
    backend = VitMatte(str(weights), device="cpu", batch_size=3)
    sizes = []
    run = backend._run
    backend._run = lambda inputs: (sizes.append(tuple(inputs.shape)), run(inputs))[1]
    alphas = backend.batch(*map(list, zip(*crops, strict=True)))
    assert sizes == [(3, 4, 64, 64), (1, 4, 64, 64), (1, 4, 64, 128), (3, 4, 128, 64)]
    assert [alpha.shape for alpha in alphas] == shapes
    for alpha, (image, trimap) in zip(alphas, crops, strict=True):
        np.testing.assert_allclose(alpha, backend(image, trimap), atol=1e-5)


def test_empty_batch(weights: Path) -> None:
    assert VitMatte(str(weights), device="cpu").batch([], []) == []


def test_padded_pixels_limit_the_batch(weights: Path) -> None:
    backend = VitMatte(str(weights), device="cpu", batch_size=8, max_crop_pixels=2 * 64 * 64)
    assert list(backend._groups([(64, 64)] * 5)) == [[0, 1], [2, 3], [4]]


def test_large_crop_is_reduced_and_known_pixels_restored(weights: Path) -> None:
    backend = VitMatte(str(weights), device="cpu", max_crop_pixels=64 * 64)
    image, trimap = crop(200, 150)
    trimap[100, 20:40] = 255
    alpha = backend(image, trimap)
    assert alpha.shape == (200, 150)
    assert (alpha[100, 20:40] == 1).all()
    assert alpha[0, 0] == 0
    assert ((alpha >= 0) & (alpha <= 1)).all()


def test_bf16_on_the_cpu_is_close(weights: Path) -> None:
    image, trimap = crop(60, 60)
    exact = VitMatte(str(weights), device="cpu")(image, trimap)
    rough = VitMatte(str(weights), device="cpu", precision="bf16")(image, trimap)
    assert 0 < np.abs(exact - rough).mean() < 0.15


def test_revision_follows_the_weights(weights: Path, copy: Path) -> None:
    tensors = load_file(copy / "model.safetensors")
    tensors["decoder.matting_head.matting_convs.0.weight"] += 1
    save_file(tensors, copy / "model.safetensors", metadata={"format": "pt"})
    digests = {VitMatte(str(folder), device="cpu").revision.split("@")[1] for folder in (weights, copy)}
    assert len(digests) == 2


def test_out_of_memory_halves_the_batch(weights: Path) -> None:
    backend = VitMatte(str(weights), device="cpu")
    run, tried = backend._run, []

    def cramped(inputs: torch.Tensor) -> list[np.ndarray]:
        tried.append(len(inputs))
        if len(inputs) > 1:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return run(inputs)

    crops = [crop(40, 40, seed) for seed in range(4)]
    expected = [backend(*one) for one in crops]
    backend._run = cramped
    alphas = backend.batch(*map(list, zip(*crops, strict=True)))
    assert tried == [4, 2, 1, 1, 2, 1, 1]
    np.testing.assert_array_equal(alphas, expected)


def test_one_crop_out_of_memory(weights: Path) -> None:
    backend = VitMatte(str(weights), device="cpu")

    def full(inputs: torch.Tensor) -> list[np.ndarray]:
        raise torch.OutOfMemoryError("CUDA out of memory")

    backend._run = full
    message = r"^a crop of 128 x 64 pixels does not fit in GPU memory; lower max_crop_pixels$"
    with pytest.raises(RuntimeError, match=message):
        backend(*crop(40, 100))


def test_overflow_is_not_passed_on(weights: Path) -> None:
    backend = VitMatte(str(weights), device="cpu")
    overflown = SimpleNamespace(alphas=torch.full((1, 1, 64, 64), torch.nan))
    backend._model = lambda pixel_values: overflown
    with pytest.raises(RuntimeError, match=r"^the network's output is not finite: its weights are damaged$"):
        backend(*crop(40, 40))
    backend = VitMatte(str(weights), device="cpu", precision="bf16")
    backend._model = lambda pixel_values: overflown
    message = r"^the network's output overflowed in bfloat16; use precision fp32 \(or bf16\)$"
    with pytest.raises(RuntimeError, match=message):
        backend(*crop(40, 40))


# ---- bad input


def test_bad_crop(weights: Path) -> None:
    image, trimap = crop(40, 40)
    with pytest.raises(ValueError, match=r"^trimap has no known background"):
        VitMatte(str(weights), device="cpu")(image, np.maximum(trimap, 1))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"device": "tpu"}, "unknown device 'tpu', expected one of auto, cpu, cuda"),
        (
            {"device": "cpu", "precision": "int8"},
            "unknown precision 'int8', expected one of auto, fp32, bf16, fp16",
        ),
        (
            {"device": "cpu", "precision": "fp16"},
            "precision fp16 needs a GPU; use fp32, bf16 or auto on the CPU",
        ),
        ({"batch_size": 0}, "batch_size is 0, expected at least 1"),
        ({"max_crop_pixels": 9}, "max_crop_pixels is 9, expected at least 4096"),
    ],
)
def test_bad_options(options: dict, message: str) -> None:
    with pytest.raises(ValueError) as caught:
        VitMatte("nowhere", **options)
    assert str(caught.value) == message


def test_cuda_asked_for_but_absent(weights: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    message = r"^CUDA was asked for, but torch sees no GPU; use device cpu or auto$"
    with pytest.raises(ValueError, match=message):
        VitMatte(str(weights), device="cuda")
    assert VitMatte(str(weights), device="auto")._device.type == "cpu"


def load(folder: Path) -> VitMatte:
    return VitMatte(str(folder), device="cpu")


def test_missing_folder(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError) as caught:
        load(tmp_path / "gone")
    assert str(caught.value) == f"weights folder {tmp_path / 'gone'} does not exist"


def test_unreachable_hub(monkeypatch: pytest.MonkeyPatch) -> None:
    import transformers

    def offline(*arguments: object, **options: object) -> None:
        raise OSError("no network\nand a long explanation")

    monkeypatch.setattr(transformers.AutoConfig, "from_pretrained", offline)
    with pytest.raises(FileNotFoundError) as caught:
        load(Path("someone/something"))
    assert str(caught.value) == (
        "weights someone/something are neither a local folder nor to be had from the Hugging Face hub (OSError); "
        "give a local folder, or a hub name that can be reached"
    )


def test_a_file_is_not_a_folder(weights: Path) -> None:
    file = weights / "model.safetensors"
    with pytest.raises(ValueError) as caught:
        load(file)
    assert str(caught.value) == f"weights {file} is a file, expected a folder with config.json and model.safetensors"


@pytest.mark.parametrize(
    ("absent", "message"),
    [
        ("config.json", "weights folder {} has no config.json"),
        ("model.safetensors", "weights folder {} has no .safetensors file, the only format that is loaded"),
        ("preprocessor_config.json", "weights {} have no image processor settings (preprocessor_config.json)"),
    ],
)
def test_missing_file(copy: Path, absent: str, message: str) -> None:
    (copy / absent).unlink()
    with pytest.raises(FileNotFoundError) as caught:
        load(copy)
    assert str(caught.value) == message.format(copy)


def test_other_architecture(copy: Path) -> None:
    config = json.loads((copy / "config.json").read_text())
    (copy / "config.json").write_text(json.dumps(config | {"model_type": "sam"}))
    with pytest.raises(ValueError) as caught:
        load(copy)
    assert str(caught.value) == f"weights {copy} are of architecture 'sam', expected 'vitmatte'"


@pytest.mark.parametrize("text", ["{", "[]", "{}"])
def test_config_of_no_model(copy: Path, text: str) -> None:
    (copy / "config.json").write_text(text)
    with pytest.raises(ValueError) as caught:
        load(copy)
    assert str(caught.value) == f"{copy / 'config.json'} is not a model's configuration: it names no model_type"


KEY = "decoder.matting_head.matting_convs.0.weight"


def test_missing_tensor(copy: Path) -> None:
    tensors = load_file(copy / "model.safetensors")
    del tensors[KEY]
    save_file(tensors, copy / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(ValueError) as caught:
        load(copy)
    assert str(caught.value) == f"weights {copy} do not fit the model: 1 missing tensors ({KEY})"


def test_tensor_without_a_place_is_left_aside(weights: Path, copy: Path) -> None:
    tensors = load_file(copy / "model.safetensors") | {"decoder.extra": torch.zeros(1)}
    save_file(tensors, copy / "model.safetensors", metadata={"format": "pt"})
    np.testing.assert_array_equal(load(copy)(*crop(40, 40)), load(weights)(*crop(40, 40)))


def test_tensor_of_another_shape(copy: Path) -> None:
    tensors = load_file(copy / "model.safetensors") | {KEY: torch.zeros(2, 2)}
    save_file(tensors, copy / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(ValueError, match=f"^weights {copy} "):
        load(copy)


def test_damaged_file(copy: Path) -> None:
    (copy / "model.safetensors").write_bytes(b"not tensors")
    with pytest.raises(ValueError, match=f"^weights {copy} could not be loaded: "):
        load(copy)
