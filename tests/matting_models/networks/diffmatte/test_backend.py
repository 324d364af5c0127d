from pathlib import Path

import numpy as np
import pytest
import torch

from matting_models.backends import create_backend, weights_revision
from matting_models.networks.diffmatte.backend import DiffMatteBackend
from matting_models.networks.diffmatte.inputs import network_inputs, planes_of
from matting_models.networks.diffmatte.network import DiffMatte
from matting_models.networks.diffmatte.sampler import noise_of


def crop(height: int, width: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    image = np.random.default_rng(seed).integers(0, 256, (height, width, 3)).astype(np.uint8)
    trimap = np.full((height, width), 128, np.uint8)
    trimap[0, 0], trimap[-1, -1] = 0, 255
    return image, trimap


def test_contract(weights: Path) -> None:
    backend = create_backend("diffmatte", weights=str(weights), device="cpu", batch_size=3)
    assert (backend.name, backend.context, backend.batch_size) == ("diffmatte", 32, 3)
    assert backend.revision == f"{weights_revision('diffmatte', str(weights))}-ddim3-seed7"
    image, trimap = crop(50, 70)
    trimap[:5], trimap[-5:] = 0, 255
    alpha = backend(image, trimap)
    assert (alpha.shape, alpha.dtype) == ((50, 70), np.float32)
    assert (alpha[:5] == 0).all() and (alpha[-5:] == 1).all()
    planes = planes_of(image, np.clip(trimap, 127, 129) - np.uint8(127))
    noise = torch.zeros(1, 1, 64, 96)
    noise[0, 0, :50, :70] = noise_of(7, 50, 70)
    with torch.inference_mode():
        matte = DiffMatte.from_pretrained(weights).matte(*network_inputs(torch.from_numpy(planes)[None]), noise, 3)
    np.testing.assert_allclose(alpha[5:-5], matte[0, 0, 5:45, :70], atol=1e-5)
    assert alpha[5:-5].std() > 0.01


@pytest.mark.parametrize("shape", [(1, 2), (3, 33), (32, 32)])
def test_small_crops(weights: Path, shape: tuple[int, int]) -> None:
    assert DiffMatteBackend(str(weights), "cpu")(*crop(*shape)).shape == shape


def test_results_do_not_depend_on_companions(weights: Path) -> None:
    shapes = [(60, 30), (40, 50), (64, 64), (33, 33), (45, 50)]
    crops = [crop(*shape, seed) for seed, shape in enumerate(shapes)]
    backend = DiffMatteBackend(str(weights), "cpu", batch_size=3)
    alphas = backend.batch(*map(list, zip(*crops, strict=True)))
    for alpha, one in zip(alphas, crops, strict=True):
        np.testing.assert_allclose(alpha, backend(*one), atol=1e-5)


def test_same_bytes_again_and_others_with_other_noise_or_steps(weights: Path) -> None:
    one = crop(40, 40)
    alpha = DiffMatteBackend(str(weights), "cpu")(*one)
    np.testing.assert_array_equal(DiffMatteBackend(str(weights), "cpu")(*one), alpha)
    for more in ({"seed": 8}, {"steps": 2}):
        other = DiffMatteBackend(str(weights), "cpu", **more)
        assert other.revision.endswith({"seed": "-ddim3-seed8", "steps": "-ddim2-seed7"}[next(iter(more))])
        assert not np.array_equal(other(*one), alpha)


def test_bf16_is_close(weights: Path) -> None:
    exact = DiffMatteBackend(str(weights), "cpu")(*crop(60, 60))
    rough = DiffMatteBackend(str(weights), "cpu", "bf16")(*crop(60, 60))
    assert 0 < np.abs(exact - rough).mean() < 0.05


def test_mistakes(weights: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"^nowhere/config.json does not exist"):
        DiffMatteBackend("nowhere")
    file = weights / "model.safetensors"
    message = (
        rf"^weights {file} are a file, expected a folder; python -m matting_models\.convert makes one of released "
    )
    for ask in (DiffMatteBackend, lambda path: weights_revision("diffmatte", path)):
        with pytest.raises(ValueError, match=message + "checkpoints$"):
            ask(str(file))
    with pytest.raises(ValueError, match=r"^steps is 0, expected at least 1$"):
        DiffMatteBackend(str(weights), "cpu", steps=0)
    with pytest.raises(ValueError, match=r"^seed is -1, expected at least 0$"):
        DiffMatteBackend(str(weights), "cpu", seed=-1)
