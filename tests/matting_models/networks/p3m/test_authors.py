"""The authors' code (github.com/JizhiziLi/P3M) on the same drawn weights; ``authors.json`` is what it says."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from matting_models.networks.p3m.config import P3MConfig
from matting_models.networks.p3m.network import P3MNet
from tests.matting_models.conversion.seeded import draw_state


@pytest.mark.slow
def test_without_a_coarse_alpha_it_is_the_authors_network() -> None:
    network = P3MNet(P3MConfig()).eval()
    shapes = {name: each.shape for name, each in network.state_dict().items() if not name.endswith("tracked")}
    network.load_state_dict(draw_state(shapes, 0))
    photo = torch.from_numpy(np.random.default_rng(1).random((1, 3, 64, 96), np.float32))
    with torch.inference_mode():
        output = network(photo, torch.zeros(1, 1, 64, 96))
    found = {"logits": output.logits, "details": output.details}
    found |= {f"side_{number}": side for number, side in enumerate(output.sides)}
    expected = json.loads(Path(__file__).with_name("authors.json").read_text())
    assert found.keys() == expected.keys()
    for name, numbers in expected.items():
        np.testing.assert_allclose(
            found[name][0, :, 5::20, 7::20].flatten(), numbers, rtol=1e-4, atol=1e-4, err_msg=name
        )
