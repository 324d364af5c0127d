import json
import shutil
from pathlib import Path

import pytest
from diffusers import UNet2DConditionModel

from matting_models.errors import InputError
from matting_models.networks.icon.backbone import Diffusion
from matting_models.networks.icon.loading import load_empty_prompt, load_unet, locate


def test_a_folder_is_known_by_its_weights(backbone: Path, tmp_path: Path) -> None:
    moved = shutil.copytree(backbone, tmp_path / "moved")
    here, there = locate(str(backbone)).revision, locate(str(moved)).revision
    assert here.partition("@")[2] == there.partition("@")[2]
    assert there.startswith("moved@")
    weights = next((moved / "vae").glob("*.safetensors"))
    weights.write_bytes(weights.read_bytes()[:-4] + b"1234")
    assert locate(str(moved)).revision != there


def test_a_hub_name_is_pinned_to_its_commit(monkeypatch: pytest.MonkeyPatch, backbone: Path) -> None:
    config = json.loads((backbone / "unet" / "config.json").read_text())
    commit = "0123456789abcdef"
    monkeypatch.setattr(UNet2DConditionModel, "load_config", lambda name, **_: (config, commit))
    source = locate("org/sd")
    assert (source.revision, source.options) == ("org/sd@0123456789ab", {"revision": commit})


def test_the_empty_prompt_is_as_long_as_the_encoder_reads(backbone: Path) -> None:
    prompt = load_empty_prompt(locate(str(backbone)))
    assert prompt.shape == (1, 7, 8)
    assert prompt.std() > 0


def test_the_backbone_stays_frozen(diffusion: Diffusion) -> None:
    assert not diffusion.train().training
    assert not any(p.requires_grad for p in diffusion.parameters())


def spoil(folder: Path, what: str) -> None:
    config = folder / "unet" / "config.json"
    if what == "no weights":
        next((folder / "vae").glob("*.safetensors")).unlink()
    elif what == "cut short":
        weights = next((folder / "unet").glob("*.safetensors"))
        weights.write_bytes(weights.read_bytes()[:1000])
    elif what == "no unet":
        config.unlink()
    elif what in ("[]", "{"):
        config.write_text(what)
    else:
        changed = {"_class_name": "VQ"} if what == "class" else {"down_block_types": ["DownBlock2D"] * 2}
        config.write_text(json.dumps(json.loads(config.read_text()) | changed))


@pytest.mark.parametrize(
    ("what", "message"),
    [
        ("no unet", "has no unet/config.json; expected a Stable Diffusion model of diffusers"),
        ("no weights", r"has no vae/\*.safetensors, the only format that is loaded"),
        ("class", "has a VQ for U-Net, expected Stable Diffusion's"),
        ("blocks", "has 2 down blocks, of which 0 attend; expected 4 and 3"),
        ("cut short", "could not be"),
        ("[]", "config.json is damaged"),
        ("{", "config.json is damaged"),
    ],
)
def test_what_is_no_stable_diffusion_is_refused(backbone: Path, tmp_path: Path, what: str, message: str) -> None:
    folder = shutil.copytree(backbone, tmp_path / "sd")
    spoil(folder, what)
    with pytest.raises(InputError, match=message):
        load_unet(locate(str(folder)))


def test_unreachable_names_say_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def offline(*_: object, **__: object) -> None:
        raise OSError

    monkeypatch.setattr(UNet2DConditionModel, "load_config", offline)
    with pytest.raises(
        InputError, match="backbone org/sd is neither a local folder nor to be had from the Hugging Face"
    ):
        locate("org/sd")
