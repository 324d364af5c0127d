import math
from collections.abc import Iterator
from dataclasses import replace

import pytest
import torch
from torch import Tensor

from matting_models.networks.clipmat.backbone import Backbone
from matting_models.networks.clipmat.config import CLIPMatConfig
from matting_models.networks.clipmat.network import CLIPMatNet, Output
from matting_models.networks.clipmat.objective import objective

pytestmark = pytest.mark.usefixtures("one_thread")

B16 = CLIPMatConfig("b16@0", 768, 12, 12, 3072, 512, 12, 8, 2048, 49408, 77, 49407, "quick_gelu")
L14 = CLIPMatConfig("l14@0", 1024, 24, 16, 4096, 768, 12, 12, 3072, 49408, 77, 49407, "quick_gelu")


def built(config: CLIPMatConfig) -> CLIPMatNet:
    """Without memory or arithmetic."""
    with torch.device("meta"):
        return CLIPMatNet(config).eval()


def shapes(module: torch.nn.Module, *given: object) -> Iterator[tuple[int, ...]]:
    """Of what a module gives."""
    found = module(*given)
    for each in found if isinstance(found, list | tuple) else [found]:
        yield tuple(each.shape)


@pytest.mark.parametrize(("config", "tokens"), [(B16, 77), (replace(B16, setting="keyword"), 22), (L14, 77)])
def test_table_11_at_full_size(config: CLIPMatConfig, tokens: int) -> None:
    network = built(config)
    wide, text = config.hidden_size, config.text_size
    with torch.device("meta"):
        pixels, ids = torch.zeros(2, 3, 512, 512), torch.zeros(2, config.length, dtype=torch.int64)
        levels = network.image(pixels)
        assert [tuple(level.shape) for level in levels] == [(2, 1025, wide)] * 4
        textual, padding = network.text(ids, network.context)
        assert (tuple(textual.shape), tuple(padding.shape)) == ((2, tokens, text), (2, tokens))
        popped = network.pop_up(levels[3], textual, padding)
        assert tuple(popped.shape) == (2, 64, 32, 32)
        details = network.extractor(levels, pixels)
        assert [tuple(each.shape) for each in details] == [
            (2, 96, 256, 256), (2, 192, 128, 128), (2, 384, 64, 64), (2, 768, 32, 32),
        ]  # fmt: skip
        assert list(shapes(network.details, details)) == [(2, 1, 512, 512)]
        assert list(shapes(network.semantic, popped)) == [(2, 3, 512, 512)]
        stages = [(384, 64), (192, 128), (96, 256), (32, 512)]
        for stage, (channels, side) in zip(network.details.stages, stages, strict=True):
            before = torch.zeros(1, 2 * channels if channels > 32 else 96, side // 2, side // 2)
            assert list(shapes(stage, before)) == [(1, channels, side // 2, side // 2)]  # and enlarged twofold after


def test_parameters_by_module() -> None:
    """Counted by hand from Table 11 as repaired."""
    network = built(B16)
    counted = {name: sum(p.numel() for p in module.parameters()) for name, module in network.named_children()}
    block = 4 * (768 * 768 + 768) + (768 * 3072 + 3072) + (3072 * 768 + 768) + 2 * 2 * 768
    of_text = 4 * (512 * 512 + 512) + (512 * 2048 + 2048) + (2048 * 512 + 512) + 2 * 2 * 512
    assert counted == {
        "image": 16 * 16 * 3 * 768 + 768 + 1025 * 768 + 2 * 2 * 768 + 12 * block,
        "text": 49408 * 512 + 77 * 512 + 12 * of_text + 2 * 512,
        # Two alignments, two attentions of four projections, a norm, and 1 x 1.
        "pop_up": (1536 + 196_864 + 512) + (1024 + 131_328 + 512) + 2 * 263_168 + 512 + 16_448,
        "semantic": (18_432 + 64) + 3 * (9216 + 64) + 867,
        # 1 x 1 of tokens and of the photo at each level; 3 x 3 from 768 to 96 + 192 + 384 + 768 channels.
        "extractor": 4 * (295_296 + 1536) + 9 * 768 * 1440 + 2 * 1440,
        "details": 9 * (768 * 384 + 384**2 + 384 * 192 + 192**2 + 192 * 96 + 96**2 + 96 * 32 + 32**2)
        + 4 * (384 + 192 + 96 + 32)
        + 289,
    }
    assert (counted["image"], counted["text"]) == (86_435_328, 63_165_952)
    assert network.context.shape == (8, 512)
    assert sum(p.numel() for p in network.parameters()) == 166_936_580


def given(backbone: Backbone, *texts: str) -> tuple[Tensor, Tensor]:
    """A photo for each text, all the same."""
    photo = torch.rand(1, 3, 64, 64, generator=torch.Generator().manual_seed(0)).expand(len(texts), -1, -1, -1)
    return photo, torch.stack([torch.from_numpy(backbone.tokens.encode(text)) for text in texts])


def test_every_part_learns(network: CLIPMatNet, backbone: Backbone) -> None:
    truth = torch.zeros(1, 1, 64, 64)
    truth[:, :, 20:40, 20:40] = 0.5
    classes = (truth[:, 0] > 0).to(torch.uint8)
    output: Output = network.train()(*given(backbone, "the red disc"))
    objective(output, truth, classes)["loss"].backward()
    without = {name for name, p in network.named_parameters() if p.grad is None or not p.grad.any()}
    # It is of the class token that CLIP compares with texts. A softmax is blind to what is added to all keys, so that
    # their biases get rounding errors at most.
    frozen = {"image.clip.post_layernorm.weight", "image.clip.post_layernorm.bias"}
    assert frozen <= without
    assert {name for name in without - frozen if not name.endswith("k_proj.bias")} == set()


def test_the_same_text_gives_the_same_and_another_another_matte(network: CLIPMatNet, backbone: Backbone) -> None:
    with torch.no_grad():
        output = network(*given(backbone, "the red disc", "the blue square", "the red disc"))
    assert torch.equal(output.logits[0], output.logits[2])
    assert (output.logits[0] - output.logits[1]).abs().mean() > 1e-3
    assert torch.equal(output.details[0], output.details[1])  # which see no text


def test_padding_is_not_looked_at(network: CLIPMatNet, backbone: Backbone) -> None:
    """How far a text is padded changes nothing but rounding, and neither does what stands there."""
    photo, ids = given(backbone, "the red disc")
    with torch.no_grad():
        padded, cut = network(photo, ids).logits, network(photo, ids[:, :5]).logits
        other = ids.clone()
        other[0, 10:] = ids[0, 1]
        changed = network(photo, other).logits
    assert ids[0, 4] == backbone.tokens.end
    assert torch.allclose(padded, cut, atol=1e-5)
    assert torch.allclose(padded, changed, atol=1e-5)


def test_the_class_token_gives_no_patch(network: CLIPMatNet, backbone: Backbone) -> None:
    """It may ask and be asked, but the first patch comes from the second token."""
    photo, ids = given(backbone, "the red disc")
    with torch.no_grad():
        seen = network.see(photo)
        textual, padding = network.text(ids, network.context)
        network.pop_up.own.out_proj.weight.zero_()  # then every token stands for itself
        network.pop_up.own.out_proj.bias.zero_()
        popped = network.pop_up(seen.tokens, textual, padding)
        tokens = seen.tokens.clone()
        tokens[:, 0] += 1
        assert torch.equal(network.pop_up(tokens, textual, padding), popped)
        tokens[:, 1, ::2] += 3
        moved = (network.pop_up(tokens, textual, padding) - popped).abs().amax(dim=1)[0] > 1e-6
    assert moved.nonzero().tolist() == [[0, 0]]


def test_nothing_of_the_photo_passes_by_the_text(network: CLIPMatNet, backbone: Backbone) -> None:
    """Equation 3 has no residual: where all tokens of the text are alike, all patches are, whatever they show."""
    photo, ids = given(backbone, "the red disc")
    with torch.no_grad():
        textual, padding = network.text(ids, network.context)
        alike = textual[:, :1].expand_as(textual)
        popped = network.pop_up(network.see(photo).tokens, alike, padding)
    assert torch.allclose(popped, popped[:, :, :1, :1].expand_as(popped), atol=1e-5)


def test_half_precision_is_near(network: CLIPMatNet, backbone: Backbone) -> None:
    arguments = given(backbone, "the red disc")
    with torch.no_grad():
        exact = network(*arguments)
        with torch.autocast("cpu", torch.bfloat16):
            half = network(*arguments)
    assert half.logits.dtype == half.details.dtype == torch.float32
    assert (half.logits.softmax(1) - exact.logits.softmax(1)).abs().mean() < 0.05


def test_details_have_no_class_token_and_a_sigmoid(network: CLIPMatNet) -> None:
    draw = torch.Generator().manual_seed(0)
    tokens = [torch.rand(1, 17, network.config.hidden_size, generator=draw) for _ in range(4)]
    changed = [torch.cat([level[:, :1] + 1, level[:, 1:]], dim=1) for level in tokens]
    pixels = torch.rand(1, 3, 64, 64, generator=draw)
    with torch.no_grad():
        found = network.extractor(tokens, pixels)
        assert all(torch.equal(a, b) for a, b in zip(found, network.extractor(changed, pixels), strict=True))
        network.details.head.weight.zero_()
        network.details.head.bias.fill_(math.log(3))
        assert torch.allclose(network.details(found), torch.tensor(0.75))
