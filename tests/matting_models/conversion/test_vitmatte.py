"""The fixture is of the authors' modules on ``seeded_state`` and ``picture``: names and shapes of the released sizes
and of a reduced network, and that network's features, alpha, and 8-bit picture of it."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor
from transformers import VitDetConfig, VitMatteConfig, VitMatteForImageMatting

from matting_models.backends.vitmatte import VitMatte
from matting_models.conversion.vitmatte import authors_name, config_of
from matting_models.convert import main
from matting_models.evaluation.vitmatte import AuthorsVitMatte

AUTHORS = np.load(Path(__file__).parent / "vitmatte.npz")
SHAPES = json.loads(str(AUTHORS["names"]))

GAIN = 1.5
"""Activations neither die nor overflow, and the output depends on the input."""


def seeded_state(shapes: Mapping[str, Sequence[int]], seed: int) -> dict[str, Tensor]:
    """One draw a tensor, in order of the names."""
    rng = np.random.default_rng(seed)
    return {name: _drawn(name, tuple(shapes[name]), rng) for name in sorted(shapes)}


def _drawn(name: str, shape: tuple[int, ...], rng: np.random.Generator) -> Tensor:
    if name.endswith("num_batches_tracked"):
        return torch.zeros((), dtype=torch.int64)
    values = rng.standard_normal(shape)
    if name.endswith("running_var"):
        values = 0.5 + values**2
    elif len(shape) == 1:
        values = 0.1 * values + (1.0 if name.endswith("weight") else 0.0)
    elif "pos" in name:
        values = 0.2 * values
    else:
        values = GAIN * values / np.sqrt(np.prod(shape[1:]))
    return torch.from_numpy(values.astype(np.float32))


@pytest.fixture(scope="module")
def converted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the command line makes of a reduced network, saved as the authors' trainer does."""
    folder = tmp_path_factory.mktemp("vitmatte")
    torch.save({"model": seeded_state(SHAPES["reduced"], 5), "iteration": 9}, folder / "model_final.pth")
    assert main(["vitmatte", str(folder / "model_final.pth"), "--out", str(folder / "out")]) == 0
    return folder / "out"


def picture(height: int, width: int) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    image = np.random.default_rng(7).integers(0, 256, (height, width, 3)).astype(np.uint8)
    trimap = np.full((height, width), 128, np.uint8)
    trimap[:8], trimap[-8:, 16:] = 0, 255
    return image, trimap


def test_evaluation_gives_the_authors_numbers(converted: Path) -> None:
    model = AuthorsVitMatte(str(converted), "cpu")
    image, trimap = picture(40, 64)  # one side fits, and is padded all the same
    with torch.no_grad():
        inputs = model._prepare(image, trimap)[None]
        features = model._model.backbone(inputs).feature_maps[-1][0]
        alpha = model._model(pixel_values=inputs).alphas[0, 0, :40, :64]
    np.testing.assert_allclose(features, AUTHORS["padded_features"], atol=1e-4)
    np.testing.assert_allclose(alpha, AUTHORS["padded_alpha"], atol=1e-4)
    saved = np.rint(model(image, trimap) * 255).astype(int)
    assert np.abs(saved - AUTHORS["padded_saved"]).max() <= 1
    assert (saved == AUTHORS["padded_saved"]).mean() > 0.99


def test_the_backend_gives_the_authors_alpha_where_the_trimap_is_unknown(converted: Path) -> None:
    image, trimap = picture(64, 64)
    unknown = trimap == 128
    alpha = VitMatte(str(converted), "cpu")(image, trimap)
    np.testing.assert_allclose(alpha[unknown], AUTHORS["whole_alpha"][unknown], atol=1e-4)


@pytest.mark.parametrize(("size", "width", "heads"), [("small", 384, 6), ("base", 768, 12)])
def test_released_sizes_are_transformers_own(size: str, width: int, heads: int) -> None:
    backbone = VitDetConfig(  # transformers' convert_vitmatte_to_hf.py
        num_channels=4,
        image_size=512,
        pretrain_image_size=224,
        patch_size=16,
        hidden_size=width,
        num_attention_heads=heads,
        use_absolute_position_embeddings=True,
        use_relative_position_embeddings=True,
        window_size=14,
        window_block_indices=[0, 1, 3, 4, 6, 7, 9, 10],
        residual_block_indices=[2, 5, 8, 11],
        out_features=["stage12"],
    )
    expected = VitMatteConfig(backbone_config=backbone, hidden_size=width)
    config = config_of({name: torch.empty(shape, device="meta") for name, shape in SHAPES[size].items()}, "")
    different = {"architectures", "dtype"}  # which saving the model adds
    found, wanted = (
        {k: v for k, v in json.loads(c.to_json_string(use_diff=False)).items() if k not in different}
        for c in (config, expected)
    )
    assert found == wanted
    with torch.device("meta"):
        state = VitMatteForImageMatting(config).state_dict()
    assert {authors_name(name): list(tensor.shape) for name, tensor in state.items()} == SHAPES[size]


def spoilt(tmp_path: Path, without: str = "", **other: torch.Tensor) -> Path:
    state = seeded_state(SHAPES["reduced"], 5)
    state.pop(without, None)
    torch.save(state | other, tmp_path / "a.pth")
    return tmp_path / "a.pth"


FUSION, POSITIONS = "decoder.fusion_blks.1.conv.conv.weight", "backbone.pos_embed"


@pytest.mark.parametrize(
    ("without", "other", "message"),
    [
        (POSITIONS, {}, f" is of another network: it has no {POSITIONS}, expected a ViTMatte's"),
        ("", {POSITIONS: torch.zeros(9)}, f": {POSITIONS} is (9,), expected 3 dimensions, each above 0"),
        (
            "",
            {FUSION: torch.zeros(16, 3, 3, 3)},
            f" is no whole ViTMatte: 1 tensors differ; {FUSION} is (16, 3, 3, 3), expected (16, 112, 3, 3)",
        ),
        (
            "",
            {"decoder.extra": torch.zeros(1)},
            " is no whole ViTMatte: 1 tensors differ; decoder.extra is (1,), expected none of that name",
        ),
    ],
)
def test_checkpoints_that_do_not_fit(
    without: str, other: dict, message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = spoilt(tmp_path, without, **other)
    assert main(["vitmatte", str(path), "--out", str(tmp_path / "out")]) == 2
    assert capsys.readouterr().err == f"error: checkpoint {path}{message}\n"
    assert not (tmp_path / "out").exists()
