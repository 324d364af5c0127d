import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from matting_models.networks.mask_to_matte import MaskToMatte
from matting_models.networks.mask_to_matte import model as module


@pytest.fixture(scope="module")
def model() -> MaskToMatte:
    return MaskToMatte(device="cpu")


def disc(height: int, width: int, radius: float, soft: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    """A bright disc on dark noise, and its true alpha."""
    rows, columns = np.mgrid[:height, :width]
    distance = radius - np.hypot(rows - height / 2, columns - width / 2)
    alpha = np.clip(distance / soft + 0.5, 0, 1)[..., None]
    rng = np.random.default_rng(0)
    back = np.array([40, 60, 50]) + rng.normal(0, 6, (height, width, 1))
    front = np.array([210, 170, 120]) + rng.normal(0, 6, (height, width, 1))
    image = np.clip(alpha * front + (1 - alpha) * back, 0, 255).astype(np.uint8)
    return image, alpha[..., 0].astype(np.float32)


def test_a_matte_is_closer_to_the_truth_than_its_coarse_mask(model: MaskToMatte) -> None:
    image, truth = disc(160, 200, 50)
    mask = disc(160, 200, 54)[1] > 0.5  # four pixels too large
    alpha = model.predict(image, mask)
    assert alpha.dtype == np.float32
    assert 0 <= alpha.min() <= alpha.max() <= 1
    assert np.abs(alpha - truth).sum() < 0.3 * np.abs(mask - truth).sum()


def test_alpha_is_exact_where_the_trimap_is_known(model: MaskToMatte) -> None:
    image, truth = disc(120, 120, 35, soft=6)
    matte = model.matte(image, (truth > 0.5).astype(np.uint8))
    assert set(np.unique(matte.trimap)) == {0, 128, 255}
    assert (matte.alpha[matte.trimap == 0] == 0).all()
    assert (matte.alpha[matte.trimap == 255] == 1).all()
    assert np.array_equal(model.trimap(image, truth > 0.5), matte.trimap)


def test_where_the_network_is_sure_texture_does_not_cross_the_edge(
    model: MaskToMatte, monkeypatch: pytest.MonkeyPatch
) -> None:
    image = np.random.default_rng(0).integers(90, 130, (220, 220, 3), np.uint8)  # alike on both sides
    mask = np.zeros((220, 220), np.uint8)
    mask[40:180, 40:180] = 1
    monkeypatch.setattr(model, "_run", lambda planes: planes[3])  # the mask
    assert model.predict(image, mask) == pytest.approx(mask, abs=0.3)


def test_a_small_crop_is_seen_enlarged(model: MaskToMatte, monkeypatch: pytest.MonkeyPatch) -> None:
    image, truth = disc(40, 40, 10, soft=2)
    mask = (truth > 0.5).astype(np.uint8)
    matte = model.matte(image, mask)
    known = matte.trimap != 128
    assert np.array_equal(matte.alpha[known], matte.trimap[known] / np.float32(255))
    assert 0 < np.count_nonzero(~known) < 0.5 * np.count_nonzero(matte.trimap)
    monkeypatch.setattr(module, "MOST_ENLARGED", 1)
    as_it_is = model.matte(image, mask)
    assert np.count_nonzero(~known) < np.count_nonzero(as_it_is.trimap == 128)


def test_far_from_the_mask_there_is_nothing(model: MaskToMatte) -> None:
    image, truth = disc(120, 400, 30)
    alpha = model.predict(image, truth > 0.5)
    assert not alpha[:, :130].any()


def test_the_same_input_gives_the_same_bytes(model: MaskToMatte) -> None:
    image, truth = disc(90, 75, 25)
    assert (
        model.predict(image, truth > 0.4).tobytes() == MaskToMatte(device="cpu").predict(image, truth > 0.4).tobytes()
    )


def test_other_weights_are_used(other_weights: Path) -> None:
    model = MaskToMatte(str(other_weights), device="cpu")
    image, truth = disc(60, 60, 20)
    assert model.revision.startswith("other@")
    assert model.predict(image, truth > 0.5)[30, 30] == pytest.approx(0.5, abs=1e-3)


def test_large_pictures_are_matted_at_reduced_size_along_their_edges(
    model: MaskToMatte, monkeypatch: pytest.MonkeyPatch
) -> None:
    image, truth = disc(300, 300, 90)
    mask = disc(300, 300, 95)[1] > 0.5
    monkeypatch.setattr(module, "NETWORK_SIDE", 96)
    monkeypatch.setattr(module, "SOLVER_SIDE", 128)
    alpha = model.predict(image, mask)
    assert np.abs(alpha - truth).sum() < 0.35 * np.abs(mask - truth).sum()


@pytest.mark.parametrize("shape", [(1, 1), (1, 50), (50, 1), (3, 2)])
def test_pictures_of_hardly_any_pixels(model: MaskToMatte, shape: tuple[int, int]) -> None:
    image = np.full((*shape, 3), 90, np.uint8)
    mask = np.zeros(shape, np.uint8)
    mask[0, 0] = 1
    assert model.predict(image, mask).shape == shape


def test_a_mask_of_the_whole_picture(model: MaskToMatte) -> None:
    image = disc(64, 64, 20)[0]
    assert model.predict(image, np.ones((64, 64), np.uint8)).shape == (64, 64)


def test_a_line_thinner_than_a_pixel_of_the_reduced_size(model: MaskToMatte, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "NETWORK_SIDE", 64)
    mask = np.zeros((400, 400), np.uint8)
    mask[200, 20:380] = 1
    assert model.predict(np.zeros((400, 400, 3), np.uint8), mask).shape == (400, 400)


@pytest.mark.parametrize(
    ("image", "mask", "message"),
    [
        (np.zeros((4, 5), np.uint8), np.ones((4, 5), np.uint8), r"image is \(H, W, 3\) uint8, got shape \(4, 5\)"),
        (np.zeros((4, 5, 3)), np.ones((4, 5), np.uint8), "dtype float64"),
        (np.zeros((4, 5, 3), np.uint8), np.ones((5, 4), np.uint8), r"image's size \(4, 5\), got shape \(5, 4\)"),
        (np.zeros((4, 5, 3), np.uint8), np.ones((4, 5), np.float32), "dtype float32"),
        (np.zeros((4, 5, 3), np.uint8), np.zeros((4, 5), np.uint8), "mask has no pixel set"),
        (np.zeros((4, 5, 3), np.uint8), np.full((4, 5), 255, np.uint8), "mask holds 0 and 1, got 255"),
    ],
)
def test_wrong_input(model: MaskToMatte, image: np.ndarray, mask: np.ndarray, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        model.predict(image, mask)


def test_half_precision_is_for_gpus() -> None:
    with pytest.raises(ValueError, match="mask-to-matte runs in fp32 on the CPU, but precision bf16 was asked for"):
        MaskToMatte(device="cpu", precision="bf16")


THIRTY_MEGAPIXELS = """
import resource
import numpy as np
from matting_models.networks.mask_to_matte import MaskToMatte

image = np.full((5000, 6000, 3), 40, np.uint8)
image[1000:4000, 1200:4800] = 190
mask = np.zeros((5000, 6000), np.uint8)
mask[1020:4020, 1180:4780] = 1
model = MaskToMatte(device="cpu")
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
alpha = model.predict(image, mask)
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024)
print(alpha[2500, 3000], alpha[500, 500])
"""


@pytest.mark.slow
def test_thirty_megapixels_in_bounded_memory() -> None:
    done = subprocess.run([sys.executable, "-c", THIRTY_MEGAPIXELS], capture_output=True, text=True, check=True)
    megabytes, *alphas = map(float, done.stdout.split())
    assert megabytes < 1000  # alpha and trimap alone are 150
    assert alphas == [1, 0]
