import json
import shutil
from pathlib import Path

import pytest
import torch
from transformers import CLIPTextModel, CLIPVisionModel

from matting_models.errors import InputError
from matting_models.networks.clipmat.backbone import Backbone, config_of, load_backbone
from matting_models.networks.clipmat.network import CLIPMatNet
from matting_models.networks.clipmat.tiny import save_tiny
from tests.tiny_models import save_sam

pytestmark = pytest.mark.usefixtures("one_thread")


def test_the_image_tower_is_clips_at_its_own_side(backbone: Backbone, clip: Path) -> None:
    network = CLIPMatNet(config_of(backbone, "expression", 0.125, 64), backbone).eval()
    pixels = torch.rand(1, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        theirs = CLIPVisionModel.from_pretrained(clip)(pixel_values=pixels, output_hidden_states=True).hidden_states
        ours = network.image(pixels)
    for level, expected in zip(ours, theirs[1:], strict=True):
        torch.testing.assert_close(level, expected, rtol=0, atol=1e-6)


def test_other_sides_interpolate_positions_as_transformers_does(backbone: Backbone, clip: Path) -> None:
    network = CLIPMatNet(config_of(backbone, "expression", 0.125, 112), backbone).eval()
    pixels = torch.rand(1, 3, 112, 112, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        theirs = CLIPVisionModel.from_pretrained(clip)(pixel_values=pixels, interpolate_pos_encoding=True)
        torch.testing.assert_close(network.image(pixels)[-1], theirs.last_hidden_state, rtol=0, atol=1e-6)


def test_details_are_read_after_every_quarter_of_the_blocks(tmp_path: Path) -> None:
    loaded = load_backbone(str(save_tiny(tmp_path / "eight", ["disc"], layers=8)), 69)
    tower = CLIPMatNet(config_of(loaded, "expression", 0.125, 64), loaded).image.eval()
    pixels = torch.rand(1, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        states = tower.clip(pixel_values=pixels, output_hidden_states=True).hidden_states
        assert all(torch.equal(a, b) for a, b in zip(tower(pixels), states[2::2], strict=True))


def test_the_text_tower_is_clips_with_eight_more_tokens_after_the_start(backbone: Backbone, clip: Path) -> None:
    """Were the context eight words, CLIP itself would say the same."""
    network = CLIPMatNet(config_of(backbone, "expression", 0.125, 64), backbone).eval()
    ids = torch.from_numpy(backbone.tokens.encode("the red disc"))[None]
    words = torch.arange(8) + 60
    with torch.no_grad():
        context = network.text.clip.embeddings.token_embedding(words)
        ours, padding = network.text(ids, context)
        whole = torch.cat([ids[:, :1], words[None], ids[:, 1:]], dim=1)
        theirs = CLIPTextModel.from_pretrained(clip)(input_ids=whole).last_hidden_state
    torch.testing.assert_close(ours, theirs, rtol=0, atol=1e-6)
    assert padding[0].tolist() == [False] * (1 + 8 + 3 + 1) + [True] * 64


def test_patches_of_14_pixels_become_16(tmp_path: Path) -> None:
    loaded = load_backbone(str(save_tiny(tmp_path / "l14", ["disc"], patch=14, side=56)), 69)
    network = CLIPMatNet(config_of(loaded, "expression", 0.125, 64), loaded)
    assert network.image.clip.embeddings.patch_embedding.weight.shape == (32, 3, 16, 16)
    assert network.image.clip.embeddings.patch_embedding.stride == (16, 16)


def test_what_cannot_be_used_is_said(clip: Path, tmp_path: Path) -> None:
    sam = save_sam(tmp_path / "sam")
    with pytest.raises(InputError, match=f"weights {sam} are of architecture 'sam', expected 'clip'"):
        load_backbone(str(sam), 69)
    bare = shutil.copytree(clip, tmp_path / "bare")
    for name in ("vocab.json", "merges.txt", "tokenizer_config.json"):
        (bare / name).unlink()
    with pytest.raises(InputError, match=f"weights {bare} have a tokenizer of 2 tokens, expected 5[0-9]+: vocab.json"):
        load_backbone(str(bare), 69)
    loaded = load_backbone(str(save_tiny(tmp_path / "six", ["disc"], layers=6)), 69)
    with pytest.raises(InputError, match="layers is 6, expected a multiple of 4"):
        config_of(loaded, "expression", 1.0, 64)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"layer_norm_eps": 1e-6}, "has layer_norm_eps 1e-06, expected 1e-05"),
        ({"hidden_act": "gelu"}, "has towers of gelu and of quick_gelu"),
    ],
)
def test_towers_unlike_released_ones_are_refused(
    change: dict[str, object], message: str, clip: Path, tmp_path: Path
) -> None:
    folder = shutil.copytree(clip, tmp_path / "odd")
    config = json.loads((folder / "config.json").read_text())
    config["vision_config"] |= change
    (folder / "config.json").write_text(json.dumps(config))
    with pytest.raises(InputError, match=message):
        config_of(load_backbone(str(folder), 69), "expression", 1.0, 64)
