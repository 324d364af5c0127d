from pathlib import Path

import torch
from safetensors.torch import load_file

from matting_models.networks.semat.training import SEMatTraining
from tests.matting_models.networks.semat.conftest import tiny_semat


def test_only_what_is_trained_is_saved(tmp_path: Path) -> None:
    network = object.__new__(SEMatTraining)
    network.model = tiny_semat()
    network.save(tmp_path)
    saved = load_file(tmp_path / "model.safetensors")
    trained = {name for name, p in network.model.named_parameters() if p.requires_grad}
    statistics = {name.rpartition(".")[2] for name in saved.keys() - trained}
    assert trained <= saved.keys()
    assert statistics == {"running_mean", "running_var", "num_batches_tracked"}
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(SEMatTraining.files)
    assert all(torch.isfinite(x).all() for x in saved.values())
