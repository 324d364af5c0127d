from pathlib import Path

import numpy as np
import pytest
import torch

from matting_models.backends import create_backend
from matting_models.networks.net_m.backend import NetMBackend
from matting_models.networks.net_m.inputs import network_inputs, planes_of
from matting_models.networks.net_m.network import NetM
from matting_models.networks.revision import revision_of


def crop(height: int, width: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    image = np.random.default_rng(seed).integers(0, 256, (height, width, 3)).astype(np.uint8)
    trimap = np.full((height, width), 128, np.uint8)
    trimap[0, 0], trimap[-1, -1] = 0, 255
    return image, trimap


def test_contract(weights: Path) -> None:
    backend = create_backend("net-m", weights=str(weights), device="cpu", batch_size=3)
    assert (backend.name, backend.context, backend.batch_size) == ("net-m", 32, 3)
    assert backend.revision == revision_of(weights)
    image, trimap = crop(50, 70)
    trimap[:5], trimap[-5:] = 0, 255
    alpha = backend(image, trimap)
    assert (alpha.shape, alpha.dtype) == ((50, 70), np.float32)
    assert ((alpha >= 0) & (alpha <= 1)).all()
    assert (alpha[:5] == 0).all() and (alpha[-5:] == 1).all()
    classes = np.clip(trimap, 127, 129) - np.uint8(127)
    inputs = network_inputs(torch.from_numpy(planes_of(image, classes))[None])
    with torch.inference_mode():
        refined = NetM.from_pretrained(weights)(*inputs)[1][0, 0].clamp(0, 1)
    np.testing.assert_allclose(alpha[5:-5], refined[5:45, :70], atol=1e-5)
    assert alpha[5:-5].std() > 0.01


@pytest.mark.parametrize("shape", [(1, 2), (3, 33), (32, 32)])
def test_small_crops(weights: Path, shape: tuple[int, int]) -> None:
    assert NetMBackend(str(weights), "cpu")(*crop(*shape)).shape == shape


def test_results_do_not_depend_on_companions(weights: Path) -> None:
    shapes = [(60, 30), (40, 50), (64, 64), (33, 33)]
    crops = [crop(*shape, seed) for seed, shape in enumerate(shapes)]
    backend = NetMBackend(str(weights), "cpu", batch_size=3)
    alphas = backend.batch(*map(list, zip(*crops, strict=True)))
    for alpha, one in zip(alphas, crops, strict=True):
        np.testing.assert_allclose(alpha, backend(*one), atol=1e-5)


def test_bf16_is_close(weights: Path) -> None:
    exact = NetMBackend(str(weights), "cpu")(*crop(60, 60))
    rough = NetMBackend(str(weights), "cpu", "bf16")(*crop(60, 60))
    assert 0 < np.abs(exact - rough).mean() < 0.05


def test_mistakes(weights: Path) -> None:
    image, trimap = crop(40, 40)
    with pytest.raises(ValueError, match=r"^trimap has no known background"):
        NetMBackend(str(weights), "cpu")(image, np.maximum(trimap, 1))
    with pytest.raises(ValueError, match=r"^trimap has shape \(40, 39\), expected \(40, 40\) as the image$"):
        NetMBackend(str(weights), "cpu")(image, trimap[:, 1:])
    with pytest.raises(ValueError, match=r"^max_crop_pixels is 9, expected at least 1024$"):
        NetMBackend("nowhere", max_crop_pixels=9)
    with pytest.raises(FileNotFoundError, match=r"^nowhere/config.json does not exist"):
        NetMBackend("nowhere")
