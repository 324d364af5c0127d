import pytest
import torch

from matting_models.networks.semat.config import Family
from tests.matting_models.networks.semat.conftest import FAMILIES, batch, shake, tiny_semat


def alphas(family: Family, silent: str, images: torch.Tensor, logits: torch.Tensor) -> torch.Tensor:
    """Alpha logits with the deepest features, or every way around them, put to zero."""
    model = tiny_semat(family)
    shake(model)
    decoder = model.matting_decoder
    pixels, boxes = model.normalise(images), batch()[1]
    with torch.no_grad():
        features = model.encode(pixels, boxes)
        if silent == "bottom":
            decoder.fusion.register_forward_hook(lambda _module, _inputs, output: torch.zeros_like(output))
        for block in decoder.down if silent == "shortcuts" else ():
            block.register_forward_hook(lambda _module, _inputs, output: torch.zeros_like(output))
        return decoder(pixels, logits, features)  # type: ignore[no-any-return]


@pytest.mark.parametrize("family", FAMILIES)
def test_details_reach_the_alpha_around_the_bottom_and_features_through_it(family: Family) -> None:
    images, _ = batch()
    logits = torch.zeros(2, 3, 64, 64)
    for silent in ("bottom", "shortcuts"):
        first, second = (alphas(family, silent, x, logits) for x in (images, 255 - images))
        assert first.shape == (2, 1, 64, 64)
        assert not torch.allclose(first, second, atol=1e-5), silent


@pytest.mark.parametrize("family", FAMILIES)
def test_matting_logits_guide_the_alpha(family: Family) -> None:
    images, _ = batch()
    first, second = (alphas(family, "", images, torch.full((2, 3, 64, 64), value)) for value in (-6.5, 6.5))
    assert not torch.allclose(first, second, atol=1e-5)
