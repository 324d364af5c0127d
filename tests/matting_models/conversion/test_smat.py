"""The authors' network with seeded weights gave ``smat_authors.json``: its alphas at every third pixel, and the names
of its tensors. For the third picture, of odd sides, DINOv2's positions were interpolated there as transformers does."""

import json
from argparse import Namespace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from matting_models.conversion.smat import SMatConversion, config_of, renamed
from matting_models.convert import main
from matting_models.errors import InputError
from matting_models.networks.saved import read_config
from matting_models.networks.smat import Box, SMat, SMatConfig

pytestmark = pytest.mark.usefixtures("one_thread")

AUTHORS: dict[str, Any] = json.loads(Path(__file__).with_name("smat_authors.json").read_text())


@pytest.fixture(scope="module")
def tensors() -> dict[str, Tensor]:
    """The authors' state: every tensor drawn from one stream, in order of name."""
    rng = np.random.default_rng(AUTHORS["seed"])
    found = {}
    for name, shape in sorted(AUTHORS["shapes"].items()):
        if name.endswith("num_batches_tracked"):
            found[name] = torch.tensor(0)
            continue
        drawn = rng.standard_normal(shape)
        if name.endswith("running_var"):
            drawn = np.exp(0.2 * drawn)
        elif name.endswith("gamma") or (len(shape) == 1 and name.endswith("weight")):
            drawn = 1 + 0.1 * drawn
        elif name.endswith(("pos_embed", "token")):
            drawn = 0.5 * drawn
        else:
            drawn = drawn * (np.sqrt(2 / np.prod(shape[1:])) if len(shape) > 1 else 0.1)
        found[name] = torch.from_numpy(drawn.astype(np.float32))
    return found


@pytest.fixture(scope="module")
def converted(tensors: dict[str, Tensor], tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("converted")
    torch.save({"model": tensors}, root / "smat.pth")
    assert main(["smat", str(root / "smat.pth"), "--out", str(root / "smat")]) == 0
    return root / "smat"


@pytest.mark.parametrize("case", AUTHORS["cases"], ids=["a box", "no prompt", "odd sides"])
def test_the_same_alpha_as_the_authors_network(case: dict[str, Any], converted: Path) -> None:
    network = SMat.from_pretrained(converted, "cpu")._network
    height, width = case["height"], case["width"]
    image = np.random.default_rng(AUTHORS["image_seed"]).random((1, 3, height, width), dtype=np.float32)
    prompt = torch.zeros(1, 1, height, width)
    if case["marked"]:
        prompt[:, :, 14:45, 20:60] = 1
    with torch.no_grad():
        alpha = network(torch.from_numpy(image), prompt).alpha[0, 0].numpy()
    assert np.abs(alpha[::3, ::3] - np.array(case["alpha"])).max() < 2e-6


def test_sizes_are_read_from_the_shapes(converted: Path) -> None:
    found = read_config(converted, SMatConfig)
    assert found == SMatConfig("dinov2@converted", 64, 2, 1, 4, False, 14, 70)
    alpha = SMat.from_pretrained(converted, "cpu").predict(np.zeros((20, 30, 3), np.uint8), Box((0, 0, 9, 9)))
    assert alpha.shape == (20, 30)


def test_what_does_not_fit_is_named(tensors: dict[str, Tensor], tmp_path: Path) -> None:
    given = Namespace(checkpoint=Path("a.pth"), out=tmp_path / "out")
    with pytest.raises(InputError, match=r"checkpoint a\.pth has decoder\.odd, which is no tensor of SMat"):
        SMatConversion().convert(tensors | {"decoder.odd": torch.zeros(1)}, given)
    part = {name: tensor for name, tensor in tensors.items() if not name.startswith("backbone.")}
    with pytest.raises(InputError, match=r"a\.pth has no backbone\.patch_embed\.proj\.weight, expected a whole SMat"):
        SMatConversion().convert(part, given)
    name = "decoder.fusion_blks.0.conv.conv.weight"
    with pytest.raises(
        InputError, match=r"no SMat: 1 tensors differ; decoder\.fusion\.0\.0\.weight is \(256, 9, 3, 3\)"
    ):
        SMatConversion().convert(tensors | {name: torch.zeros(256, 9, 3, 3)}, given)
    assert not given.out.exists()


@pytest.mark.parametrize(
    ("name", "shape", "said"),
    [
        ("backbone.patch_embed.proj.weight", (64, 3), r"\(64, 3\), expected 4 dimensions"),
        ("backbone.pos_embed", (1, 0, 64), r"\(1, 0, 64\), expected 3 dimensions"),
        ("backbone.blocks.0.mlp.fc1.weight", (), r"\(\), expected 2 dimensions"),
        ("backbone.blocks.0.attn.qkv.bias", (), r"\(\), not three parts"),
        ("backbone.blocks.0.attn.qkv.weight", (2, 64), r"\(2, 64\), not three parts"),
    ],
)
def test_tensors_of_no_such_shape_are_named(
    tensors: dict[str, Tensor], tmp_path: Path, name: str, shape: tuple[int, ...], said: str
) -> None:
    given = Namespace(checkpoint=Path("a.pth"), out=tmp_path / "out")
    with pytest.raises(InputError, match=rf"^checkpoint a\.pth is no SMat: {name} is {said}"):
        SMatConversion().convert(tensors | {name: torch.zeros(shape)}, given)


def test_constants_are_left_unused(tensors: dict[str, Tensor], tmp_path: Path) -> None:
    given = Namespace(checkpoint=Path("a.pth"), out=tmp_path / "out")
    unused = SMatConversion().convert(tensors | {"pixel_mean": torch.zeros(3, 1, 1)}, given)
    assert unused == {"pixel_mean": "the mean colour, a constant here"}


def test_the_giants_gated_layers_have_their_names() -> None:
    names = {"backbone.blocks.3.mlp.w12.weight": torch.zeros(8, 2), "backbone.blocks.3.mlp.w3.bias": torch.zeros(2)}
    place = "backbone.encoder.layer.3.mlp"
    assert list(renamed(names, "a.pth")) == [f"{place}.weights_in.weight", f"{place}.weights_out.bias"]
    shapes = {
        "backbone.patch_embed.proj.weight": (128, 3, 14, 14),
        "backbone.pos_embed": (1, 26, 128),
        "backbone.blocks.0.mlp.w12.weight": (8, 2),
        "backbone.blocks.1.norm1.bias": (2,),
    }
    sizes = config_of({name: torch.zeros(shape) for name, shape in shapes.items()}, "a.pth")
    assert sizes == SMatConfig("dinov2@converted", 128, 2, 2, 4, True, 14, 70)
