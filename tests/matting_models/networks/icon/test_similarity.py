import pytest
import torch

from matting_models.networks.icon.similarity import InterSimilarity, IntraSimilarity, reference_tokens


def test_inter_similarity_over_places_is_the_number_of_tokens() -> None:
    torch.manual_seed(0)
    tokens = [torch.randn(3, 8), torch.randn(11, 8)]
    found = InterSimilarity(8)(torch.randn(2, 8, 4, 6), tokens)
    assert found.shape == (2, 1, 4, 6)
    torch.testing.assert_close(found.sum(dim=(1, 2, 3)), torch.tensor([3.0, 11.0]))


def test_inter_similarity_is_where_the_target_is_like_the_token() -> None:
    target = torch.zeros(1, 4, 1, 2)
    target[0, :, 0, 0] = torch.tensor([1.0, -1, 0, 0])
    target[0, :, 0, 1] = torch.tensor([-1.0, 1, 0, 0])
    found = InterSimilarity(4)(target, [torch.tensor([[1.0, -1, 0, 0]])])
    # Normed they are +-(sqrt 2, -sqrt 2, 0, 0), their product +-4, over sqrt 4 +-2: a share of 1 / (1 + e^-4).
    torch.testing.assert_close(found[0, 0, 0], torch.tensor([0.98201, 0.01799]), atol=1e-4, rtol=0)


def test_intra_similarity_weighs_what_a_place_attends_to() -> None:
    module = IntraSimilarity(2, 4)
    torch.nn.init.zeros_(module.conv.weight)
    with torch.no_grad():
        module.conv.weight[range(4), range(4), 1, 1] = 1  # each output is one k
    attention = torch.tensor([[1.0, 0, 0, 0], [0.5, 0, 0, 0.5], [0.25, 0.25, 0.25, 0.25], [0, 0, 1, 0]])[None]
    similarity = torch.tensor([[8.0, 0], [0, 4.0]])[None, None]
    found = module(similarity, attention)
    # Rows of A S are (8 0 0 0), (4 0 0 2), (2 0 0 1), 0; normed, negative parts cut. Channels are k, places q.
    expected = torch.tensor(
        [[[1.7320, 1.5076], [1.5075, 0]], [[0.0, 0], [0, 0]], [[0, 0], [0, 0]], [[0, 0.3015], [0.3015, 0]]]
    )
    torch.testing.assert_close(found[0].detach(), expected, atol=2e-4, rtol=0)


@pytest.mark.parametrize(
    ("rows", "columns", "expected"),
    [
        (slice(0, 4), slice(0, 8), [0.0, 1.0]),  # two whole cells
        (slice(1, 4), slice(0, 8), [0.0, 1.0]),  # none whole: the fullest
        (slice(0, 3), slice(3, 8), [1.0]),
    ],
)
def test_tokens_are_of_whole_cells(rows: slice, columns: slice, expected: list[float]) -> None:
    mask = torch.zeros(8, 8, dtype=torch.bool)
    mask[rows, columns] = True
    features = torch.arange(4.0).view(1, 2, 2)
    assert reference_tokens(features, mask)[:, 0].tolist() == expected
