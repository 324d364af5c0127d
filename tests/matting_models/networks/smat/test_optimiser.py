import pytest

from matting_models.networks.smat.network import SMatNet
from matting_models.networks.smat.optimiser import make_optimiser, rate_share


@pytest.mark.parametrize(
    ("name", "power"),
    [
        ("backbone.embeddings.patch_embeddings.projection.bias", 13),
        ("backbone.embeddings.position_embeddings", 13),
        ("backbone.encoder.layer.0.norm1.weight", 12),
        ("backbone.encoder.layer.11.mlp.fc1.weight", 1),
        ("backbone.embeddings.cls_token", 0),  # the authors' patterns do not name it
        ("backbone.layernorm.weight", 0),
        ("cross_attention.linear1.weight", 0),
        ("decoder.stream.0.0.weight", 0),
    ],
)
def test_rates_fall_into_the_backbone(name: str, power: int) -> None:
    assert rate_share(name, 12, 0.01) == 0.01**power


def test_every_parameter_has_one_rate_and_norms_no_decay(network: SMatNet) -> None:
    groups = make_optimiser(network, 1.0, 0.1, 0.5).param_groups
    of = {id(parameter): (group["lr"], group["weight_decay"]) for group in groups for parameter in group["params"]}
    named = dict(network.named_parameters())
    trained = {name: of.pop(id(parameter)) for name, parameter in named.items() if parameter.requires_grad}
    assert not of
    assert named.keys() - trained.keys() == {"backbone.embeddings.mask_token"}
    assert trained["backbone.embeddings.position_embeddings"] == (0.125, 0.0)
    assert trained["backbone.encoder.layer.1.norm1.weight"] == (0.5, 0.0)
    assert trained["backbone.encoder.layer.1.mlp.fc1.weight"] == (0.5, 0.1)
    assert trained["decoder.fusion.0.1.weight"] == (1.0, 0.0)
    assert trained["decoder.head.0.bias"] == (1.0, 0.1)
