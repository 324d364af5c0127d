import torch

from matting_models.networks.semat.optimiser import make_optimiser
from tests.matting_models.networks.semat.conftest import tiny_semat


def test_everything_trained_is_in_it_once_and_norms_do_not_decay() -> None:
    model = tiny_semat("sam2")
    optimiser = make_optimiser(model, 0.5, 0.1)
    plain, norms = optimiser.param_groups
    assert (plain["weight_decay"], norms["weight_decay"], plain["lr"]) == (0.1, 0.0, 0.5)
    inside = [id(p) for group in optimiser.param_groups for p in group["params"]]
    assert sorted(inside) == sorted(id(p) for p in model.trainable_parameters())
    names = {id(p): name for name, p in model.named_parameters()}
    assert {names[id(p)].rpartition(".")[2] for p in norms["params"]} == {"weight", "bias"}
    assert all(p.ndim == 1 for p in norms["params"])
    assert any(isinstance(m, torch.nn.BatchNorm2d) for m in model.modules())
