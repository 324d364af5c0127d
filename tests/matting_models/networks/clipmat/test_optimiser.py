from matting_models.networks.clipmat.network import CLIPMatNet
from matting_models.networks.clipmat.optimiser import make_optimiser


def test_towers_have_rates_of_their_own_and_the_context_the_full_one(network: CLIPMatNet) -> None:
    groups = make_optimiser(network, 1e-4, 1e-6, 1e-7, 0.0).param_groups
    rate_of = {id(p): group["lr"] for group in groups for p in group["params"]}
    named = dict(network.named_parameters())
    expected = {
        "context": 1e-4,
        "pop_up.cross.in_proj_weight": 1e-4,
        "details.head.weight": 1e-4,
        "image.clip.embeddings.class_embedding": 1e-6,
        "text.clip.embeddings.token_embedding.weight": 1e-7,
    }
    assert {name: rate_of[id(named[name])] for name in expected} == expected
    assert len(rate_of) == sum(p.requires_grad for p in named.values())


def test_frozen_towers_are_left_out(network: CLIPMatNet) -> None:
    network.image.requires_grad_(False)
    network.text.requires_grad_(False)
    assert [group["lr"] for group in make_optimiser(network, 1e-4, 1e-6, 1e-7, 0.0).param_groups] == [1e-4]
