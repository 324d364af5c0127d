from pathlib import Path

import numpy as np
import pytest

from matting_models.errors import InputError
from matting_models.networks.net_m.config import NetMConfig
from matting_models.networks.p3m.model import P3M
from matting_models.networks.p3m.network import P3MNet
from matting_models.networks.saved import save_network


@pytest.mark.parametrize("size", [(90, 110), (20, 300), (1, 1)])
def test_alphas_have_the_photos_size_and_stay_in_range(weights: Path, size: tuple[int, int]) -> None:
    rng = np.random.default_rng(0)
    image, coarse = rng.integers(0, 256, (*size, 3), np.uint8), rng.random(size).astype(np.float32)
    model = P3M.from_pretrained(weights, "cpu")
    alpha = model.predict(image, coarse)
    assert alpha.shape == size
    assert alpha.dtype == np.float32
    assert 0 <= alpha.min() <= alpha.max() <= 1
    np.testing.assert_array_equal(alpha, model.predict(image[:, ::-1][:, ::-1], coarse))


def test_a_mask_is_a_coarse_alpha_of_512(weights: Path) -> None:
    image = np.random.default_rng(0).integers(0, 256, (40, 1000, 3), np.uint8)
    mask = np.zeros((40, 1000), np.uint8)
    mask[:, :501] = 1
    # A pixel of the square is 1.95 wide: the mask's border becomes soft, and nothing else changes.
    given: list[np.ndarray] = []
    model = P3M.from_pretrained(weights, "cpu")
    model.predict = lambda _, coarse: given.append(coarse)  # type: ignore[method-assign, return-value]
    model.predict_from_mask(image, mask)
    assert set(np.unique(given[0][:, :495])) == {1}
    assert set(np.unique(given[0][:, 505:])) == {0}
    assert ((given[0] > 0) & (given[0] < 1)).any()


def test_what_will_not_do_is_said(weights: Path, network: P3MNet, tmp_path: Path) -> None:
    model = P3M.from_pretrained(weights, "cpu")
    image = np.zeros((32, 40, 3), np.uint8)
    with pytest.raises(InputError, match=r"the coarse alpha is \(40, 32\), expected \(32, 40\) as the image"):
        model.predict(image, np.zeros((40, 32), np.float32))
    with pytest.raises(InputError, match="not finite: its weights are damaged"):
        model.predict(image, np.full((32, 40), np.inf, np.float32))
    with pytest.raises(InputError, match="expected a folder that training p3m wrote"):
        P3M.from_pretrained(tmp_path, "cpu")
    save_network(tmp_path / "other", NetMConfig(), network)
    with pytest.raises(InputError, match=r"config\.json is of network 'net-m', expected 'p3m'"):
        P3M.from_pretrained(tmp_path / "other", "cpu")
