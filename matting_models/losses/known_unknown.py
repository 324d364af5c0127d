"""L1 on the known and on the unknown region."""

from torch import Tensor

from matting_models.losses._inputs import at_least_float32, check_maps, region_scale


def unknown_l1(prediction: Tensor, truth: Tensor, unknown: Tensor) -> Tensor:
    """``sum over U |p - t| / |U|``, the mean absolute difference over the unknown region U of the whole batch.

    ViTMatte's loss as SEMat adopts it (SEMat paper, section 4.2): the mean of the masked difference over B x H x W,
    times B H W / sum(U); zero where U is empty.

    Args:
        prediction, truth: (B, 1, H, W) alpha in [0, 1].
        unknown: (B, 1, H, W) bool or 0 and 1.

    Returns:
        Scalar, float32 (float64 for float64 inputs).

    Raises:
        ValueError: the shapes differ.
    """
    check_maps(prediction=prediction, truth=truth, unknown=unknown)
    return _masked_l1(prediction, truth, at_least_float32(unknown))


def known_l1(prediction: Tensor, truth: Tensor, unknown: Tensor) -> Tensor:
    """``unknown_l1`` of the complement: the known region K."""
    check_maps(prediction=prediction, truth=truth, unknown=unknown)
    return _masked_l1(prediction, truth, 1 - at_least_float32(unknown))


def _masked_l1(prediction: Tensor, truth: Tensor, region: Tensor) -> Tensor:
    difference = (at_least_float32(prediction) - at_least_float32(truth)).abs()
    return (difference * region).mean() * region_scale(region)
