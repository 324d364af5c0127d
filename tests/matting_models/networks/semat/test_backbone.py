"""The backbones against transformers' own forward passes."""

import pytest
import torch

from matting_models.networks.semat.build import wrap
from matting_models.networks.semat.config import Family
from matting_models.networks.semat.tiny import tiny_model
from tests.matting_models.networks.semat.conftest import FAMILIES, batch, shake, tiny_semat


def reference(family: Family, training: bool) -> torch.Tensor:
    """SAM logits of the untouched model, (2, 1, 16, 16)."""
    model = tiny_model(family, 64).train(training)
    images, boxes = batch()
    pixels = tiny_semat(family).normalise(images)
    with torch.no_grad():
        masks = model(pixel_values=pixels, input_boxes=boxes[:, None], multimask_output=False).pred_masks
    return masks[:, 0]  # type: ignore[no-any-return]


@pytest.mark.parametrize("training", [False, True])
@pytest.mark.parametrize("family", FAMILIES)
def test_sam_logits_start_as_the_untouched_backbones(family: Family, training: bool) -> None:
    semat = tiny_semat(family).train(training)
    with torch.no_grad():
        output = semat(*batch(), regularise=True)
    expected = reference(family, training)
    assert expected.std() > 0.1  # a mask that is flat would prove nothing
    torch.testing.assert_close(output.sam_logits, expected, rtol=0, atol=0)
    torch.testing.assert_close(output.frozen_logits, expected, rtol=0, atol=0)


@pytest.mark.parametrize("family", FAMILIES)
def test_frozen_logits_stay_while_the_tuned_ones_move(family: Family) -> None:
    semat = tiny_semat(family)
    shake(semat)
    with torch.no_grad():
        output = semat(*batch(), regularise=True)
    torch.testing.assert_close(output.frozen_logits, reference(family, False), rtol=0, atol=0)
    assert not torch.allclose(output.sam_logits, output.frozen_logits, atol=1e-3)


def test_copied_prompt_start_moves_the_sam_logits() -> None:
    with torch.no_grad():
        output = tiny_semat("sam", prompt_init="copied")(*batch(), regularise=True)
    assert not torch.allclose(output.sam_logits, output.frozen_logits, atol=1e-3)


@pytest.mark.parametrize("family", ["sam", "sam2"])
def test_decoding_without_matting_tokens_is_sams_own(family: Family) -> None:
    backbone = wrap(tiny_model(family, 64).train())  # SAM2 chooses between masks in evaluation mode
    images, boxes = batch()
    first_mask = 2 if family == "sam2" else 1
    with torch.no_grad():
        features = backbone.encode(tiny_semat(family).normalise(images), None)
        everything = backbone.decode(features, boxes, torch.zeros(0, backbone.width))
        own = backbone._output_tokens()
        assert everything.tokens.shape == (2, 0, backbone.width)
        # Taking SAM's tokens as if they were matting tokens gives them back from the transformer.
        backbone._output_tokens = lambda: own[:first_mask]  # type: ignore[method-assign]
        tokens = backbone.decode(features, boxes, own[first_mask:]).tokens
        weights = backbone.model.mask_decoder.output_hypernetworks_mlps[0](tokens[:, :1])
        logits = torch.einsum("bnc,bchw->bnhw", weights, everything.upscaled)
        torch.testing.assert_close(logits, backbone.sam_logits(features, boxes), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("family", FAMILIES)
def test_recomputed_activations_give_the_same_gradients(family: Family) -> None:
    gradients = []
    for checkpointing in (False, True):
        semat = tiny_semat(family)
        shake(semat)
        semat.backbone.checkpointing = checkpointing
        output = semat(*batch(), regularise=True)
        (output.alpha_logits.square().mean() + output.sam_logits.square().mean()).backward()
        gradients.append([p.grad for p in semat.components()["LoRA"]])
    for plain, again in zip(*gradients, strict=True):
        torch.testing.assert_close(plain, again)


def test_other_models_are_refused() -> None:
    with pytest.raises(ValueError, match="Linear is no Segment Anything model that SEMat knows"):
        wrap(torch.nn.Linear(1, 1))
