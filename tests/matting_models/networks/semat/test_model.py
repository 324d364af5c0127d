import json
import re
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch

from matting_models.errors import InputError, MissingError
from matting_models.networks.semat import SEMat, SEMatConfig
from matting_models.networks.semat.config import Architecture, Family
from matting_models.networks.semat.tiny import save_tiny
from tests.matting_models.networks.semat.conftest import CHANNELS, FAMILIES, batch, shake, tiny_semat

BOX = (10, 5, 60, 40)


def photo(height: int = 50, width: int = 75) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (height, width, 3), np.uint8)


def saved(sam_folder: Path, tmp_path: Path, **options: object) -> Path:
    """A SEMat on disk whose weights are not those it was born with."""
    model = SEMat.create(str(sam_folder), decoder_channels=CHANNELS, **options)
    shake(model)
    model.save_pretrained(tmp_path / "weights")
    return tmp_path / "weights"


@pytest.mark.parametrize("family", FAMILIES)
def test_shapes(family: Family) -> None:
    output = tiny_semat(family)(*batch(), regularise=True)
    assert output.alpha_logits.shape == (2, 1, 64, 64)
    assert output.matting_logits.shape == (2, 3, 64, 64)
    assert output.sam_logits.shape == output.frozen_logits.shape == (2, 1, 16, 16)
    assert not output.frozen_logits.requires_grad


@pytest.mark.parametrize("family", FAMILIES)
def test_alpha_has_the_photos_size_and_depends_on_photo_and_box(family: Family) -> None:
    model = tiny_semat(family)
    shake(model)
    alpha = model.predict(photo(), BOX)
    assert alpha.shape == (50, 75)
    assert alpha.dtype == np.float32
    assert 0 <= alpha.min() < alpha.max() <= 1
    assert not np.allclose(alpha, model.predict(photo(), (0, 0, 20, 20)), atol=1e-4)
    assert not np.allclose(alpha, model.predict(photo()[::-1].copy(), BOX), atol=1e-4)
    np.testing.assert_array_equal(alpha, model.predict(photo(), BOX))


def test_photos_that_were_resized_need_not_be_rounded() -> None:
    model = tiny_semat()
    shake(model)
    exact = photo().astype(np.float32)
    np.testing.assert_allclose(model.predict_unrounded(exact, BOX), model.predict(photo(), BOX), atol=5e-3)
    with pytest.raises(InputError, match=r"^image has dtype float32, expected uint8$"):
        model.predict(exact, BOX)  # which may as well be of 0 to 1


@pytest.mark.parametrize("family", FAMILIES)
def test_boxes_on_one_encoding_are_predictions_without_prompt_enhancement(family: Family) -> None:
    model = tiny_semat(family)
    shake(model)
    boxes = [BOX, (0, 0, 75, 50), (30, 10, 50, 45)]
    model.set_image(photo())
    together = model.predict_boxes(boxes, batch_size=2)
    with torch.no_grad():
        model.box_prompt.projection.weight.zero_()
        model.box_prompt.projection.bias.zero_()
    for box, alpha in zip(boxes, together, strict=True):
        np.testing.assert_allclose(alpha, model.predict(photo(), box), atol=1e-5)


def test_encoding_is_not_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    model = tiny_semat()
    model.set_image(photo())
    monkeypatch.setattr(model.backbone, "encode", lambda *_: pytest.fail("encoded again"))
    assert len(model.predict_boxes([BOX] * 3)) == 3


def test_one_encoding_warns_if_training_never_left_the_prompt_out() -> None:
    model = tiny_semat(prompt_dropout=0.0)
    with pytest.warns(UserWarning, match="trained with prompt_dropout 0"):
        model.set_image(photo())


def test_a_failed_image_leaves_none() -> None:
    model = tiny_semat()
    model.set_image(photo())
    with pytest.raises(InputError, match="image is a list, expected a NumPy array"):
        model.set_image([[0]])  # type: ignore[arg-type]
    with pytest.raises(InputError, match="no image is set; call set_image first"):
        model.predict_boxes([BOX])


def test_boxes_are_a_list_of_boxes() -> None:
    model = tiny_semat()
    model.set_image(photo())
    with pytest.raises(InputError, match="box is 8, expected four finite numbers x0, y0, x1, y1"):
        model.predict_boxes((8, 8, 30, 30))  # type: ignore[arg-type]


def test_boxes_need_an_image() -> None:
    with pytest.raises(InputError, match="no image is set; call set_image first"):
        tiny_semat().predict_boxes([BOX])


def test_training_mode_is_put_back() -> None:
    model = tiny_semat().train()
    model.predict(photo(), BOX)
    assert model.training
    assert model.matting_decoder.training


@pytest.mark.parametrize("architecture", ["paper", "released"])
@pytest.mark.parametrize("family", FAMILIES)
def test_saved_and_loaded_predicts_the_same(family: Family, architecture: Architecture, tmp_path: Path) -> None:
    backbone = save_tiny(family, tmp_path / "backbone", 64)
    model = SEMat.create(str(backbone), decoder_channels=CHANNELS, architecture=architecture)
    shake(model)
    model.train()(*batch())  # moves the running statistics of batch normalisation
    model.save_pretrained(tmp_path / "weights")
    again = SEMat.from_pretrained(tmp_path / "weights", device="cpu")
    np.testing.assert_array_equal(again.predict(photo(), BOX), model.predict(photo(), BOX))


def test_only_what_is_trained_is_saved(sam_folder: Path, tmp_path: Path) -> None:
    folder = saved(sam_folder, tmp_path)
    from safetensors import safe_open

    with safe_open(folder / "model.safetensors", "pt") as file:
        names = set(file.keys())
    assert not any("base_layer" in name or "prompt_encoder" in name or "mask_decoder" in name for name in names)
    assert any("lora_A" in name for name in names)
    assert any("running_mean" in name for name in names)


def test_backbone_may_move(sam_folder: Path, tmp_path: Path) -> None:
    folder = saved(sam_folder, tmp_path)
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"backbone": str(tmp_path / "gone")}))
    with pytest.raises(MissingError, match=r"weights folder .*gone does not exist; .* say where it is now \(backbone="):
        SEMat.from_pretrained(folder, device="cpu")
    SEMat.from_pretrained(folder, backbone=str(sam_folder), device="cpu")


def test_relative_backbone_is_found_from_elsewhere(
    sam_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(sam_folder.parent)
    SEMat.create(sam_folder.name, decoder_channels=CHANNELS).save_pretrained(tmp_path / "weights")
    monkeypatch.chdir(tmp_path)
    assert SEMat.from_pretrained("weights", device="cpu").config.backbone == str(sam_folder)


@pytest.mark.parametrize(
    ("then", "now", "accepted"),
    [
        ("sam@0123", "sam@0123", True),
        ("sam@0123", "renamed@0123", True),
        ("sam@0123", "sam@4567", False),
        ("facebook/sam@0123", "facebook/sam@4567", False),
        ("facebook/sam@0123", "downloaded@4567", None),
        ("downloaded@4567", "facebook/sam@0123", None),
    ],
)
def test_backbones_are_told_apart_by_content(then: str, now: str, accepted: bool | None) -> None:
    config = SEMatConfig("backbone", then, "sam")
    if accepted:
        config.check_backbone(Path("weights"), "sam", now)
    elif accepted is None:
        with pytest.warns(UserWarning, match=f"weights was trained on backbone {then}, and whether {now} is"):
            config.check_backbone(Path("weights"), "sam", now)
    else:
        with pytest.raises(InputError, match=f"weights was trained on backbone {then}, this one is {now}; its"):
            config.check_backbone(Path("weights"), "sam", now)


def test_another_backbone_is_refused(sam_folder: Path, tmp_path: Path) -> None:
    folder = saved(sam_folder, tmp_path)
    other = save_tiny("sam", tmp_path / "other" / sam_folder.name, 64, seed=9)
    with pytest.raises(InputError, match=r"was trained on backbone .*@\w{12}, this one is .*@\w{12}; its adapters fit"):
        SEMat.from_pretrained(folder, backbone=str(other), device="cpu")
    with pytest.raises(InputError, match="was trained on a sam backbone, this one is sam2"):
        SEMat.from_pretrained(folder, backbone=str(save_tiny("sam2", tmp_path / "sam2", 64)), device="cpu")


def test_weights_cut_short(sam_folder: Path, tmp_path: Path) -> None:
    file = saved(sam_folder, tmp_path) / "model.safetensors"
    file.write_bytes(file.read_bytes()[:-100])
    with pytest.raises(InputError, match=r"model.safetensors is damaged or cut short: "):
        SEMat.from_pretrained(file.parent, device="cpu")


def test_saved_elsewhere_it_still_finds_the_backbone_that_lay_in_its_folder(sam_folder: Path, tmp_path: Path) -> None:
    folder = saved(sam_folder, tmp_path)
    shutil.copytree(sam_folder, folder / "backbone")
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"backbone": "./backbone"}))
    SEMat.from_pretrained(folder, device="cpu").save_pretrained(tmp_path / "elsewhere")
    again = SEMat.from_pretrained(tmp_path / "elsewhere", device="cpu")
    assert again.config.backbone == str(folder / "backbone")


def test_weights_that_do_not_fit(sam_folder: Path, tmp_path: Path) -> None:
    folder = saved(sam_folder, tmp_path)
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"lora_rank": 3}))
    with pytest.raises(InputError, match=r"does not fit this model: 16 tensors differ; "):
        SEMat.from_pretrained(folder, device="cpu")


GOOD = {"model_type": "semat", "format": 1, "backbone": "b", "backbone_revision": "b@0", "family": "sam"}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "config.json is not JSON"),
        ("[]", "config.json is of architecture None, expected 'semat'"),
        ('{"model_type": "vitmatte"}', "config.json is of architecture 'vitmatte', expected 'semat'"),
        ('{"model_type": "semat", "format": 2}', "config.json has format 2, this code reads 1"),
        ('{"model_type": "semat", "format": 1}', "config.json lacks backbone, backbone_revision, family"),
        *(
            (json.dumps(GOOD | {key: value}), f"config.json: {key} is {value!r}, which no training writes")
            for key, value in {
                "backbone": 5,
                "family": "sam3",
                "lora_rank": 0,
                "lora_alpha": "16",
                "lora_dropout": 2,
                "prompt_init": "foo",
                "prompt_dropout": None,
                "architecture": "mine",
                "decoder_channels": [8, 8, 8],
            }.items()
        ),
    ],
)
def test_bad_configs(content: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(content)
    with pytest.raises(InputError, match=re.escape(message)):
        SEMat.from_pretrained(tmp_path)


def test_configs_of_before_are_the_papers(sam_folder: Path, tmp_path: Path) -> None:
    folder = saved(sam_folder, tmp_path)
    config = json.loads((folder / "config.json").read_text())
    assert config.pop("architecture") == "paper"
    (folder / "config.json").write_text(json.dumps(config))
    assert SEMat.from_pretrained(folder, device="cpu").config.architecture == "paper"


def test_missing_weights(tmp_path: Path) -> None:
    with pytest.raises(MissingError, match="weights folder .*nowhere does not exist"):
        SEMat.from_pretrained(tmp_path / "nowhere")
    with pytest.raises(MissingError, match="has no config.json; expected what training writes to --out"):
        SEMat.from_pretrained(tmp_path)


def test_backbone_of_another_architecture(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text('{"model_type": "vitmatte"}')
    expected = "are of architecture 'vitmatte', expected 'sam' or 'sam_hq' or 'sam2' or 'sam2_video'"
    with pytest.raises(InputError, match=expected):
        SEMat.create(str(tmp_path))


def test_cuda_asked_for_and_absent(sam_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(InputError, match="CUDA was asked for, but torch sees no GPU; use device cpu or auto"):
        SEMat.from_pretrained(saved(sam_folder, tmp_path), device="cuda")


def test_half_precision_is_close(sam_folder: Path, tmp_path: Path) -> None:
    folder = saved(sam_folder, tmp_path)
    exact = SEMat.from_pretrained(folder, device="cpu").predict(photo(), BOX)
    half = SEMat.from_pretrained(folder, device="cpu", precision="bf16").predict(photo(), BOX)
    assert np.abs(exact - half).mean() < 0.05
