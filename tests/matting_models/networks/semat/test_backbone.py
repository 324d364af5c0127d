"""The backbones against transformers' own forward passes."""

import pytest
import torch

from matting_models.networks.semat.build import wrap
from matting_models.networks.semat.config import Architecture, Family
from matting_models.networks.semat.tiny import tiny_model
from tests.matting_models.networks.semat.conftest import FAMILIES, batch, shake, tiny_semat


def reference(family: Family) -> torch.Tensor:
    """SAM logits of the untouched model, (2, 1, 16, 16).

    Of HQ-SAM not by transformers' decoder, which reads the wrong image embedding; the authors' own numbers are in
    tests/matting_models/conversion/test_semat.py.
    """
    model = tiny_model(family, 64)
    images, boxes = batch()
    pixels = tiny_semat(family).normalise(images)
    with torch.no_grad():
        if family == "sam_hq":
            backbone = wrap(model)
            features = backbone.encode(pixels, None)
            return backbone.sam_logits(backbone.decode(features, boxes), features, "paper")
        model.mask_decoder.train()  # in evaluation mode SAM2 chooses between masks
        masks = model(pixel_values=pixels, input_boxes=boxes[:, None], multimask_output=False).pred_masks
    return masks[:, 0]  # type: ignore[no-any-return]


@pytest.mark.parametrize("training", [False, True])
@pytest.mark.parametrize("family", FAMILIES)
def test_sam_logits_start_as_the_untouched_backbones(family: Family, training: bool) -> None:
    semat = tiny_semat(family).train(training)
    with torch.no_grad():
        output = semat(*batch(), regularise=True)
    expected = reference(family)
    assert expected.std() > 0.1  # a mask that is flat would prove nothing
    torch.testing.assert_close(output.sam_logits, expected, rtol=0, atol=1e-6)
    torch.testing.assert_close(output.frozen_logits, expected, rtol=0, atol=1e-6)


@pytest.mark.parametrize("family", FAMILIES)
def test_frozen_logits_stay_while_the_tuned_ones_move(family: Family) -> None:
    semat = tiny_semat(family)
    shake(semat)
    with torch.no_grad():
        output = semat(*batch(), regularise=True)
    torch.testing.assert_close(output.frozen_logits, reference(family), rtol=0, atol=1e-6)
    assert not torch.allclose(output.sam_logits, output.frozen_logits, atol=1e-3)


def test_copied_prompt_start_moves_the_sam_logits() -> None:
    with torch.no_grad():
        output = tiny_semat("sam", prompt_init="copied")(*batch(), regularise=True)
    assert not torch.allclose(output.sam_logits, output.frozen_logits, atol=1e-3)


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("architecture", ["paper", "released"])
def test_which_sam_logits_are_regularised(family: Family, architecture: Architecture) -> None:
    semat = tiny_semat(family, architecture=architecture)
    shake(semat)
    images, boxes = batch()
    with torch.no_grad():
        output = semat(images, boxes, regularise=True)
        features = semat.encode(semat.normalise(images), boxes)
        tokens = semat.matting_adapter.tokens.weight if architecture == "released" else None
        decoded = semat.backbone.decode(features, boxes, tokens)
        expected = semat.backbone.sam_logits(decoded, features, architecture)
        other = semat.backbone.sam_logits(semat.backbone.decode(features, boxes, torch.ones(3, 32)), features, "paper")
    torch.testing.assert_close(output.sam_logits, expected, rtol=0, atol=1e-6)
    assert not torch.allclose(expected, other, atol=1e-3)


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
