"""Converted checkpoints against the authors' modules, whose outputs for the same weights stand in data/.

How they were made: docs/released_weights.md.
"""

import argparse
import json
import re
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from matting_models import convert
from matting_models.conversion import semat
from matting_models.conversion.semat import SEMatConversion
from matting_models.errors import InputError
from matting_models.evaluation.reading import resize_alpha, resize_photo
from matting_models.networks.semat import SEMat
from matting_models.networks.semat.config import Family
from matting_models.networks.semat.framing import corner_pixels, scaled_size
from matting_models.networks.semat.preparation import prepare_box, prepare_image
from matting_models.networks.semat.tiny import save_tiny
from tests.matting_models.conversion.semat_reduced import photo, reduced_model, seeded
from tests.matting_models.networks.semat.conftest import FAMILIES

DATA = Path(__file__).parent / "data"
SAMPLED = {
    "matting_logits": np.s_[:, ::3, ::3],
    "alpha": np.s_[:, ::2, ::2],
    **{f"level_{i}": np.s_[::4] for i in range(4)},
}
"""Of the larger outputs the fixtures hold a part."""

TOKENS = {
    "sam": "sam_model.mask_decoder.matting_hf_token.weight",
    "sam_hq": "sam_model.mask_decoder.matting_hf_token.weight",
    "sam2": "sam_model.sam_mask_decoder.matting_mask_tokens.weight",
}


def expected(family: Family) -> dict[str, np.ndarray]:
    with np.load(DATA / f"semat_{family}.npz") as file:
        return dict(file)


def checkpoint(family: Family = "sam") -> dict[str, Tensor]:
    """The authors' state, by their names."""
    known = expected(family)
    shapes = {
        name: tuple(int(side) for side in shape if side)
        for name, shape in zip(str(known["names"]).split("\n"), known["shapes"], strict=True)
    }
    return seeded(shapes, int(known["seed"]))


def given(out: Path, backbone: Path | None = None) -> argparse.Namespace:
    return argparse.Namespace(
        checkpoint=Path("model.pth"), out=out, backbone=None if backbone is None else str(backbone)
    )


@pytest.fixture(scope="module")
def sam_weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The reduced SAM checkpoint converted, its own Segment Anything weights beside it."""
    folder = tmp_path_factory.mktemp("sam")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(semat, "large_model", reduced_model)
        SEMatConversion().convert(checkpoint(), given(folder))
    return folder


def stages(model: SEMat, image: np.ndarray, corners: np.ndarray) -> dict[str, np.ndarray]:
    """What passes between the parts, for one photo."""
    images = torch.from_numpy(image).permute(2, 0, 1)[None]
    boxes = torch.tensor(corners, dtype=torch.float32)[None]
    with torch.no_grad():
        pixels = model.normalise(images)
        features = model.encode(pixels, boxes)
        output = model(images, boxes, regularise=True)
        levels = features.high_resolution or features.levels
        found = {
            "patch_embedding": model.backbone.embed(pixels, model.box_prompt(pixels, boxes)),
            **{f"level_{i}": level for i, level in enumerate(levels)},
            "deep": features.deep,
            "sam_logits": output.sam_logits,
            "frozen_logits": output.frozen_logits,
            "matting_logits": output.matting_logits,
            "alpha": torch.sigmoid(output.alpha_logits),
        }
    return {
        name: tensor[0].numpy()[SAMPLED.get(name, np.s_[:])] for name, tensor in found.items() if tensor is not None
    }


@pytest.mark.parametrize("family", FAMILIES)
def test_every_stage_equals_the_authors(family: Family, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(semat, "large_model", reduced_model)
    torch.save({"model": checkpoint(family), "iteration": 59_999}, tmp_path / "model.pth")
    assert convert.main(["semat", str(tmp_path / "model.pth"), "--out", str(tmp_path / "out")]) == 0
    model = SEMat.from_pretrained(tmp_path / "out", device="cpu")
    known = expected(family)
    image = photo(model.image_size, model.image_size, 0)
    found = stages(model, image, known["box"])
    assert known.keys() - found.keys() == {"names", "shapes", "box", "seed"}
    for name, values in found.items():
        assert known[name].std() > 0.05, name  # what hardly varies would prove little
        np.testing.assert_allclose(values, known[name], rtol=0, atol=1e-4, err_msg=name)
    x0, y0, x1, y1 = (int(corner) for corner in known["box"])
    alpha = model.predict(image, (x0, y0, x1 + 1, y1 + 1))  # edges here, the last pixel there
    np.testing.assert_allclose(alpha[::2, ::2], known["alpha"][0], rtol=0, atol=1e-4)


def test_preparation_equals_the_authors_demo_and_evaluation() -> None:
    for case in json.loads((DATA / "semat_preparation.json").read_text()):
        height, width = case["height"], case["width"]
        picture = photo(height, width, height)
        x0, y0, x1, y1 = case["corners"]
        assert scaled_size(height, width, 1024, "released") == tuple(case["size"])
        square = prepare_image(picture, 1024, "released")
        np.testing.assert_array_equal(square[5::146, 3::146], case["pixels"])
        box = (x0, y0, x1 + 1, y1 + 1)
        assert prepare_box(box, height, width, 1024, "released").tolist() == case["box"]

        # The evaluation scales photo and truth first, and takes the box of the scaled truth.
        size = tuple(case["size"])
        scaled = resize_photo(picture, size)
        alpha = np.zeros((height, width))
        alpha[y0 : y1 + 1, x0 : x1 + 1] = 1
        rows, columns = np.nonzero(resize_alpha(alpha, size))
        box = (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
        assert prepare_box(box, *size, 1024, "released").tolist() == case["evaluated_box"]
        evaluated = prepare_image(scaled, 1024, "released")[5::146, 3::146]
        np.testing.assert_allclose(evaluated, case["evaluated_pixels"], rtol=0, atol=1e-3)


def test_corner_pixels() -> None:
    assert corner_pixels(3, 4, 10, 9) == (3, 4, 9, 8)
    assert corner_pixels(3.2, 4.9, 10.1, 9.5) == (3, 4, 10, 9)


def test_a_backbone_that_is_the_same_is_taken(sam_weights: Path, tmp_path: Path) -> None:
    assert SEMatConversion().convert(checkpoint(), given(tmp_path, sam_weights / "backbone")) == {}
    config = json.loads((tmp_path / "config.json").read_text())
    assert config["backbone"] == str(sam_weights / "backbone")
    assert config["architecture"] == "released"
    assert config["prompt_dropout"] == 0
    assert (tmp_path / "model.safetensors").read_bytes() == (sam_weights / "model.safetensors").read_bytes()
    assert not (tmp_path / "backbone").exists()


def test_its_own_backbone_moves_with_the_weights(sam_weights: Path, tmp_path: Path) -> None:
    shutil.copytree(sam_weights, tmp_path / "moved")
    model = SEMat.from_pretrained(tmp_path / "moved", device="cpu")
    name = "sam_model.prompt_encoder.no_mask_embed.weight"
    torch.testing.assert_close(model.backbone.model.prompt_encoder.no_mask_embed.weight, checkpoint()[name])


def test_what_is_not_needed_is_named(sam_weights: Path, tmp_path: Path) -> None:
    tensors = checkpoint()
    copies = {
        name.replace("mask_decoder", "frozen_mask_decoder"): tensor
        for name, tensor in tensors.items()
        if name.startswith("sam_model.mask_decoder") and "matting" not in name
    }
    unused = SEMatConversion().convert(tensors | copies, given(tmp_path, sam_weights / "backbone"))
    assert unused.keys() == copies.keys()
    assert set(unused.values()) == {"a second copy of mask_decoder, for the regularisation in training"}


def test_a_checkpoint_of_what_was_trained_alone(sam_weights: Path, tmp_path: Path) -> None:
    trained = {
        name: tensor
        for name, tensor in checkpoint().items()
        if not name.startswith("sam_model") or "lora" in name or "matting" in name
    }
    with pytest.warns(UserWarning, match="no Segment Anything weights of its own, so that whether it was trained on"):
        SEMatConversion().convert(trained, given(tmp_path, sam_weights / "backbone"))
    assert (tmp_path / "model.safetensors").read_bytes() == (sam_weights / "model.safetensors").read_bytes()
    with pytest.raises(InputError, match="has no Segment Anything weights of its own; give --backbone"):
        SEMatConversion().convert(trained, given(tmp_path))


def test_a_checkpoint_of_half_precision_is_on_its_backbone(sam_weights: Path, tmp_path: Path) -> None:
    half = {name: tensor.half() for name, tensor in checkpoint().items()}
    assert SEMatConversion().convert(half, given(tmp_path, sam_weights / "backbone")) == {}
    name = "sam_model.prompt_encoder.no_mask_embed.weight"
    half[name] = half[name] + 0.001
    with pytest.raises(InputError, match=f"was trained on other weights than .*: {name} differs by up to 0.00"):
        SEMatConversion().convert(half, given(tmp_path, sam_weights / "backbone"))


def test_nothing_is_left_of_a_conversion_that_failed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(semat, "large_model", reduced_model)
    tensors = checkpoint() | {"matting_decoder.tail.weight": torch.zeros(1)}
    with pytest.raises(InputError, match="is of no layer of a SEMat on sam"):
        SEMatConversion().convert(tensors, given(tmp_path))
    assert list(tmp_path.iterdir()) == []


def test_other_backbones_are_refused(sam_weights: Path, tmp_path: Path) -> None:
    model = SEMat.from_pretrained(sam_weights, device="cpu").backbone.model
    other = reduced_model("sam")
    other.load_state_dict(
        {name.replace(".base_layer.", "."): each for name, each in model.state_dict().items() if "lora" not in name}
    )
    with torch.no_grad():
        other.mask_decoder.iou_token.weight[0, 3] += 0.25
    other.save_pretrained(tmp_path / "other")
    expected = (
        "model.pth was trained on other weights than .*other: sam_model.mask_decoder.iou_token.weight differs by "
    )
    with pytest.raises(InputError, match=expected + "up to 0.25; without --backbone its own are taken"):
        SEMatConversion().convert(checkpoint(), given(tmp_path / "out", tmp_path / "other"))
    hq = save_tiny("sam_hq", tmp_path / "hq", 64)
    with pytest.raises(InputError, match="model.pth is a SEMat on sam, .*hq is sam_hq"):
        SEMatConversion().convert(checkpoint(), given(tmp_path / "out", hq))
    small = save_tiny("sam", tmp_path / "small", 64)
    with pytest.raises(InputError, match=r"model.pth: \S+ is \(\d+.*\), expected \(\d+.*\)"):
        SEMatConversion().convert(checkpoint(), given(tmp_path / "out", small))
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("name", "tensor", "message"),
    [
        ("matting_decoder.tail.weight", torch.zeros(1), "matting_decoder.tail.weight is of no layer of a SEMat on sam"),
        (
            "matting_decoder.matting_head.weight",
            torch.zeros(2, 16, 3, 3),
            "matting_decoder.matting_head.weight is (2, 16, 3, 3), expected (1, 16, 3, 3)",
        ),
        (
            "matting_decoder.matting_head.weight",
            torch.full((1, 16, 3, 3), torch.nan),
            "model.pth: matting_decoder.matting_head.weight has values that are not finite",
        ),
        ("matting_decoder.matting_head.bias", None, "matting_decoder.head.bias is missing, expected (1,)"),
        ("matting_decoder.down_blks.3.res_layer.weight", None, "not four down blocks: it is cut"),
        (TOKENS["sam"], None, "model.pth has no matting tokens of SEMat's: it is another network's checkpoint"),
        ("sam_model.prompt_encoder.more", torch.zeros(1), "sam_model.prompt_encoder.more is of no layer of a SEMat"),
    ],
)  # fmt: skip
def test_what_does_not_fit(name: str, tensor: Tensor | None, message: str, sam_weights: Path, tmp_path: Path) -> None:
    tensors = checkpoint()
    tensors.pop(name, None)
    if tensor is not None:
        tensors[name] = tensor
    with pytest.raises(InputError, match=re.escape(message)):
        SEMatConversion().convert(tensors, given(tmp_path, sam_weights / "backbone"))
    assert not (tmp_path / "config.json").exists()
