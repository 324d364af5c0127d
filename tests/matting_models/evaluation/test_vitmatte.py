import numpy as np
import pytest
import torch

from matting_models.evaluation.vitmatte import AuthorsVitMatte
from tests.tiny_models import save_vitmatte


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> AuthorsVitMatte:
    return AuthorsVitMatte(str(save_vitmatte(tmp_path_factory.mktemp("models") / "tiny")), "cpu")


def test_the_trimap_enters_as_it_stands(model: AuthorsVitMatte) -> None:
    image = np.full((2, 32, 3), 255, np.uint8)
    trimap = np.zeros((2, 32), np.uint8)
    trimap[0, :2] = 128, 255
    inputs = model._prepare(image, trimap)
    assert inputs.shape == (4, 32, 64)
    np.testing.assert_allclose(inputs[3, 0, :3], [128 / 255, 1, 0], atol=1e-7)
    assert inputs[:, 2:].abs().max() == 0
    assert inputs[:, :, 32:].abs().max() == 0


def test_the_output_is_cut_to_8_bits_and_known_pixels_stay(
    model: AuthorsVitMatte, monkeypatch: pytest.MonkeyPatch
) -> None:
    says = torch.zeros((1, 32, 32))
    says[0, 0, :3] = torch.tensor([0.9999, 0.4, 1.0])  # 254.97, 102, 255 of 255
    monkeypatch.setattr(model, "_predict", lambda inputs: says)
    trimap = np.zeros((1, 3), np.uint8)  # nothing is known to be foreground
    alpha = model(np.zeros((1, 3, 3), np.uint8), trimap)
    assert alpha.dtype == np.float32
    np.testing.assert_allclose(alpha * 255, [[254, 102, 255]], atol=1e-4)
