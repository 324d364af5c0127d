from dataclasses import replace

import pytest
import torch

from matting_models.networks.smat.network import SMatNet, candidate_feature, similarity_map

pytestmark = pytest.mark.usefixtures("one_thread")


def images(*shape: int) -> torch.Tensor:
    return torch.rand(*shape, generator=torch.Generator().manual_seed(0))


def test_an_empty_prompt_is_the_class_token_bit_for_bit(network: SMatNet) -> None:
    """As if there were no prompts at all, whatever else is in the batch."""
    photos = images(2, 3, 42, 56)
    prompts = torch.zeros(2, 1, 42, 56)
    prompts[0, 0, 5:30, 20:50] = 1
    with torch.no_grad():
        seen = network.see(photos)
        mixed = network.matte(seen, prompts)
        updated = network.cross_attention(seen.class_token[:, None], seen.tokens.flatten(2).transpose(1, 2))[:, 0]
        similarity = similarity_map(updated, seen.tokens)
        alpha = network.decoder(torch.cat([seen.tokens, similarity], dim=1), seen.pixels)
    assert torch.equal(mixed.similarity[1], similarity[1])
    assert torch.equal(mixed.alpha[1], alpha[1])
    assert not torch.allclose(mixed.alpha[0], alpha[0], atol=1e-4)


def test_the_candidate_is_the_mean_of_what_is_marked() -> None:
    tokens = torch.tensor([[[[1.0, 2.0], [4.0, 8.0]]]])
    marks = torch.zeros(1, 1, 4, 4)
    marks[:, :, 0, :] = 1  # the corners of both upper tokens
    assert candidate_feature(tokens, torch.tensor([[9.0]]), marks).item() == pytest.approx(1.5, abs=1e-5)
    marks = torch.zeros(1, 1, 4, 4)
    marks[:, :, 3, 3] = 1  # a stroke that no corner lies on
    assert candidate_feature(tokens, torch.tensor([[9.0]]), marks).item() == pytest.approx(8.0, abs=1e-4)
    assert candidate_feature(tokens, torch.tensor([[9.0]]), 0 * marks).item() == 9


def test_similarity_is_the_cosine_stretched_to_0_and_1() -> None:
    tokens = torch.tensor([[1.0, 0.0], [0.0, 3.0], [-2.0, 0.0], [5.0, 5.0]]).T.reshape(1, 2, 2, 2)
    found = similarity_map(torch.tensor([[0.0, 1.0]]), tokens)
    # Cosines are 0, 1, 0 and sqrt(1/2); the least is 0.
    assert found.flatten().tolist() == pytest.approx([0, 1, 0, 0.5**0.5], abs=1e-5)
    half = similarity_map(torch.tensor([[0.0, 1.0]]).half(), tokens.half())
    assert half.dtype == torch.float32  # in half precision alike tokens would give 0 / 0
    assert torch.equal(similarity_map(torch.zeros(1, 2), torch.ones(1, 2, 2, 2)), torch.zeros(1, 1, 2, 2))


@pytest.mark.parametrize(("height", "width"), [(1, 1), (9, 40), (14, 15), (57, 28)])
def test_any_size(height: int, width: int, network: SMatNet) -> None:
    """Smaller than a patch too."""
    with torch.no_grad():
        output = network(images(1, 3, height, width), torch.ones(1, 1, height, width))
    assert output.alpha.shape == (1, 1, height, width)
    assert output.similarity.shape[2:] == (-(-height // 14), -(-width // 14))
    assert torch.isfinite(output.alpha).all()


def test_only_the_side_that_needs_it_is_padded(network: SMatNet) -> None:
    """The authors' code adds a whole patch to the other side."""
    assert network.see(images(1, 3, 42, 50)).pixels.shape == (1, 3, 42, 56)


def test_position_embeddings_are_those_of_the_backbone_at_its_own_size(network: SMatNet) -> None:
    """And another size is seen otherwise: positions matter."""
    with torch.no_grad():
        network.backbone.embeddings.position_embeddings.zero_()
        without = network.see(images(1, 3, 28, 28)).tokens
        network.backbone.embeddings.position_embeddings[0, 1].fill_(1)
        assert not torch.equal(network.see(images(1, 3, 28, 28)).tokens, without)


def test_half_precision_is_near(network: SMatNet) -> None:
    photos, prompts = images(1, 3, 56, 56), torch.zeros(1, 1, 56, 56)
    prompts[..., 10:30, 10:30] = 1
    with torch.no_grad():
        exact = network(photos, prompts)
        with torch.autocast("cpu", torch.bfloat16):
            half = network(photos, prompts)
    assert half.alpha.dtype == half.similarity.dtype == torch.float32
    assert (half.alpha - exact.alpha).abs().mean() < 0.02


def test_several_prompts_of_one_photo(network: SMatNet) -> None:
    prompts = torch.zeros(2, 1, 30, 30)
    prompts[0, 0, :10], prompts[1, 0, 20:] = 1, 1
    with torch.no_grad():
        seen = network.see(images(1, 3, 30, 30))
        both = network.matte(seen.repeat(2), prompts).alpha
        assert torch.allclose(both[1:], network.matte(seen, prompts[1:]).alpha, atol=1e-6)


def test_width_narrows_the_decoder(network: SMatNet) -> None:
    wider = SMatNet(replace(network.config, width=0.5))
    assert [len(layer[0].weight) for layer in network.decoder.fusion] == [32, 16, 8, 8]
    assert [len(layer[0].weight) for layer in wider.decoder.fusion] == [128, 64, 32, 16]
