import cv2
import numpy as np
import pytest
import torch

from matting_models.losses import laplacian_loss


def test_an_impulse_by_hand() -> None:
    # One level of a 4 x 4 impulse in the corner. Blurred and halved it is the outer product of (6, 1) / 16 with itself;
    # enlarged again, that of u with itself.
    u = np.array([0.296875, 0.21875, 0.1015625, 0.0625])
    expected = np.abs(np.diag([1.0, 0, 0, 0]) - np.outer(u, u)).mean()
    impulse = torch.zeros(1, 1, 4, 4)
    impulse[0, 0, 0, 0] = 1
    assert laplacian_loss(impulse, torch.zeros(1, 1, 4, 4), levels=1).item() == pytest.approx(expected)


def reference(difference: np.ndarray, levels: int) -> float:
    """The same by OpenCV's pyramid."""
    total, current = 0.0, difference
    for level in range(levels):
        smaller = cv2.pyrDown(current)
        total += 2**level * np.abs(current - cv2.pyrUp(smaller)).mean()
        current = smaller
    return total / levels


def test_opencvs_pyramid_gives_the_same_but_for_the_border() -> None:
    rng = np.random.default_rng(0)
    prediction, truth = np.zeros((2, 256, 256))
    # OpenCV enlarges with another border; far from it both are the binomial pyramid.
    prediction[96:160, 96:160], truth[96:160, 96:160] = rng.random((2, 64, 64))
    ours = laplacian_loss(*(torch.from_numpy(x)[None, None] for x in (prediction, truth)), levels=4)
    assert ours.item() == pytest.approx(reference(prediction - truth, 4), rel=1e-9)


def test_equal_maps_and_a_constant_difference_cost_nothing() -> None:
    truth = torch.rand(1, 1, 96, 64, dtype=torch.float64, generator=torch.Generator().manual_seed(0)) / 2
    assert laplacian_loss(truth, truth).item() == 0
    assert laplacian_loss(truth + 0.25, truth).item() == pytest.approx(0, abs=1e-12)


def test_odd_sides_lose_their_last_line() -> None:
    prediction, truth = torch.rand(2, 1, 1, 97, 65, generator=torch.Generator().manual_seed(0))
    expected = laplacian_loss(prediction[:, :, :96, :64], truth[:, :, :96, :64], levels=1)
    assert laplacian_loss(prediction, truth, levels=1).item() == pytest.approx(expected.item())
    assert torch.isfinite(laplacian_loss(prediction, truth))


def test_gradient() -> None:
    prediction, truth = torch.rand(2, 1, 1, 16, 18, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    assert torch.autograd.gradcheck(lambda p: laplacian_loss(p, truth, levels=3), prediction.requires_grad_())


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_also_under_autocast(dtype: torch.dtype) -> None:
    prediction, truth = torch.rand(2, 1, 1, 64, 64, generator=torch.Generator().manual_seed(0)).to(dtype)
    with torch.autocast("cpu", torch.bfloat16):
        value = laplacian_loss(prediction, truth)
    assert value.dtype == torch.float32
    assert value.item() == pytest.approx(laplacian_loss(prediction.float(), truth.float()).item())


def test_a_side_too_short_is_refused() -> None:
    with pytest.raises(ValueError, match="maps are 63 x 64, expected sides of at least 64 for 5 levels"):
        laplacian_loss(torch.zeros(1, 1, 63, 64), torch.zeros(1, 1, 63, 64))
    assert laplacian_loss(torch.zeros(1, 1, 64, 64), torch.ones(1, 1, 64, 64)).item() == pytest.approx(0, abs=1e-6)
