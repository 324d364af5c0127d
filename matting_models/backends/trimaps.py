"""Networks that make the trimap of a mask, by the name of their trimap rule."""

from pathlib import Path

from matting_models.weights import models_extra
from pipelines.labelling.matting import MaskTrimaps


def create_trimaps(rule: str, weights: str | None = None, device: str = "auto", precision: str = "auto") -> MaskTrimaps:
    """Load the network of a trimap rule.

    Args:
        rule: ``learned``, mask-to-matte's, or ``net-t``.
        weights: a folder that training wrote; for ``learned`` None is what comes with the package.
        device: ``auto``, ``cpu`` or ``cuda``.
        precision: ``auto``, ``fp32``, ``bf16`` or ``fp16``.

    Raises:
        ValueError: unknown rule, no weights where some are needed, or such as cannot be used.
        FileNotFoundError: the weights are not to be had.
        ModuleNotFoundError: torch or transformers is not installed; the message says what to install.
    """
    if rule == "learned":
        from matting_models.networks.mask_to_matte import MaskToMatte

        return MaskToMatte(weights, device, precision)
    folder = _folder(rule, weights)
    from matting_models.networks.net_t.predictor import TrimapNetwork

    return TrimapNetwork(folder, device, precision)


def trimaps_revision(rule: str, weights: str | None = None) -> str:
    """What tells a network's weights from others before anything is loaded: ``NAME@DIGEST...``.

    Args:
        rule, weights: as ``create_trimaps``, which has the same errors.
    """
    if rule == "learned":
        from matting_models.networks.mask_to_matte.weights import revision_of

        return revision_of(weights)
    folder = _folder(rule, weights)
    with models_extra(f"the trimap rule {rule}"):
        from matting_models.networks.saved import revision_of as saved_revision

    return saved_revision(Path(folder))


def _folder(rule: str, weights: str | None) -> str:
    if rule != "net-t":
        raise ValueError(f"unknown trimap rule {rule!r} of a network, expected learned or net-t")
    if weights is None:
        raise ValueError("the trimap rule net-t needs weights, a folder that training net-t wrote")
    return weights
