"""Our DiffMatte against what the authors' code gave with the same weights, picture, trimap and noise.

``diffmatte/NAME.json`` has the names and shapes of their floating tensors, ``NAME.npz`` what their network gave:
features, one step of the decoder, and alpha after ten steps. docs/released_weights.md says how.
"""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from matting_models.convert import main
from matting_models.data.trimaps import to_classes
from matting_models.networks.diffmatte import DiffMatte
from matting_models.networks.diffmatte.authors import AuthorsDiffMatte
from matting_models.networks.diffmatte.inputs import network_inputs, planes_of
from tests.matting_models.conversion.seeded import draw_crop, draw_state

FIXTURES = Path(__file__).parent / "diffmatte"
HEIGHT, WIDTH = 64, 50


def checkpoint(encoder: str) -> dict[str, Tensor]:
    return draw_state(json.loads((FIXTURES / f"{encoder}.json").read_text()), seed=0)


@pytest.mark.parametrize("encoder", ["vit-s", "vit-b", "swin-t", "res34"])
def test_the_authors_numbers(encoder: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tensors = checkpoint(encoder)
    index = "model.backbone.layers.2.blocks.5.attn.relative_position_index"
    if encoder == "swin-t":
        tensors[index] = torch.zeros(49, 67, dtype=torch.long)
    torch.save({"model": tensors, "iteration": 7}, tmp_path / "a.pth")
    assert main(["diffmatte", str(tmp_path / "a.pth"), "--out", str(tmp_path / "out")]) == 0
    said = capsys.readouterr().out
    assert f"unused: {index}" in said if encoder == "swin-t" else "unused" not in said

    image, trimap = draw_crop(HEIGHT, WIDTH, seed=1)
    theirs = np.load(FIXTURES / f"{encoder}.npz")
    network = DiffMatte.from_pretrained(tmp_path / "out")
    with torch.inference_mode():
        seen = network.see(*network_inputs(torch.from_numpy(planes_of(image, to_classes(trimap)))[None]))
        x = torch.zeros(1, 1, *seen.inside.shape[2:])
        x[0, 0, :HEIGHT, :WIDTH] = torch.from_numpy(
            np.random.default_rng(2).standard_normal((HEIGHT, WIDTH), np.float32)
        )
        step = network.clean(seen, x, torch.tensor([0.7]))[0, :, :HEIGHT, :WIDTH]
    np.testing.assert_allclose(seen.features[0], theirs["features"], atol=1e-4, rtol=0)
    np.testing.assert_allclose(step, theirs["step"], atol=1e-4, rtol=0)
    alpha = AuthorsDiffMatte(str(tmp_path / "out"), "cpu")(image, trimap)
    np.testing.assert_allclose(alpha, np.where(trimap == 0, 0, theirs["alpha"][0]), atol=1e-4, rtol=0)


def test_what_does_not_fit_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    small = checkpoint("vit-s")
    heads = "model.backbone.blocks.2.attn.rel_pos_h"
    bias = "model.decoder.up_blks.1.bn1.bias"
    path = tmp_path / "a.pth"
    cases = [
        ({"a": torch.zeros(1)}, f"{path} has no matrix backbone.layer_bottleneck.0.conv1.module.weight_bar, expected"),
        (small | {heads: torch.zeros(7, 3)}, f"{path} has 8 heads of attention, expected 6 (ViT-S) or 12 (ViT-B)"),
        (
            small | {bias: torch.zeros(9)},
            f"{path} does not fit a DiffMatte of encoder vit-s: 1 tensors differ; {bias} is (9,), expected (8,)",
        ),
        ({name: small[name] for name in small if name != bias}, "decoder.up.2.first_norm.bias is missing, expected (8"),
        (small | {"model.odd": torch.zeros(2)}, "model.odd is (2,), expected none of that name"),
        (small | {heads: torch.zeros(7, 0)}, f"{path} has no matrix backbone.blocks.2.attn.rel_pos_h, expected a"),
        (small | {bias.removeprefix("model."): small[bias]}, f"{path} has tensors twice, with model. before their"),
    ]
    for tensors, message in cases:
        torch.save(tensors, path)
        assert main(["diffmatte", str(path), "--out", str(tmp_path / "out")]) == 2
        assert message in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
